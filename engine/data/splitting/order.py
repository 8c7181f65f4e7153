"""Random orders that are the same on every machine, in every version of Python and numpy."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

_STEP = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


def mixed(keys: "Keys", seed: int) -> "Keys":
    """Each key scattered over all 64 bits by a seed: SplitMix64 (Steele, Lea, Flood 2014), whose output is fixed."""
    x = keys.astype(np.uint64) + np.uint64((_STEP * (seed + 1)) & _MASK)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def shuffled(keys: "Keys", seed: int) -> "Numbers":
    """The order in which groups are dealt out. `keys`: one a group.

    A group's place follows from its own key and the seed alone: rows that come or go leave the others on their sides,
    but for the few at the edges.
    """
    return np.argsort(mixed(keys, seed), kind="stable").astype(np.int64)


def latest_first(groups: "Numbers", times: "NDArray[np.float64]", count: int) -> "Numbers":
    """Groups by their newest row, newest first; of rows of one time the later in the file is the newer.

    A row without a time (NaN) is older than all others.
    """
    known = np.where(np.isnan(times), -np.inf, times)
    by_time = np.argsort(known, kind="stable")
    rank = np.empty(len(groups), dtype=np.int64)
    rank[by_time] = np.arange(len(groups))
    newest = np.zeros(count, dtype=np.int64)
    np.maximum.at(newest, groups, rank)
    return np.argsort(-newest, kind="stable").astype(np.int64)
