"""The split itself: groups of rows are dealt out to held-out, validation and training, a million in about a second."""

from typing import TYPE_CHECKING

import numpy as np

from engine.data.places import Places
from engine.data.splitting.order import latest_first, mixed, shuffled
from engine.data.splitting.together import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]
    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def deal(
    keys: "Keys",
    shares: tuple[float, float],
    seed: int,
    *,
    strata: "Keys | None" = None,
    together: "Keys | None" = None,
    times: "NDArray[np.float64] | None" = None,
) -> tuple[Places, Places, Places]:
    """Places of training, validation and held-out rows, which are every row once.

    `keys`: one a row; rows of one key stay together. `shares`: of validation and held-out rows.
    `strata`: one a row; each keeps its share on every side. `together`: rows of one value stay together too.
    `times`: one a row, NaN where unknown; held-out rows are the latest, then validation rows.
    """
    groups, unique = joined(keys, together)
    sizes = np.bincount(groups, minlength=len(unique)).astype(np.int64)
    order = shuffled(unique, seed) if times is None else latest_first(groups, times, len(unique))
    kinds, classes = _kinds(groups, strata, len(unique))
    side = np.zeros(len(unique), dtype=np.uint8)
    for code, share in ((2, shares[1]), (1, shares[0])):
        wanted = _quotas(round(share * len(keys)), sizes, kinds, classes, order, seed)
        taken = _taken(order, sizes, kinds, wanted)
        if not taken.any() and wanted.sum():
            taken = _smallest(order, sizes)
        side[order[taken]] = code
        order = order[~taken]
    rows = side[groups]
    train, validation, held_out = (Places(np.flatnonzero(rows == code)) for code in (0, 1, 2))
    return train, validation, held_out


def _kinds(groups: "Numbers", strata: "Keys | None", count: int) -> tuple["Numbers", int]:
    """The stratum of each group, that of its smallest value where its rows differ, and how many strata there are."""
    if strata is None:
        return np.zeros(count, dtype=np.int64), 1
    values, codes = np.unique(strata, return_inverse=True)
    kinds = np.full(count, len(values), dtype=np.int64)
    np.minimum.at(kinds, groups, codes)
    return kinds, max(1, len(values))


def _quotas(wanted: int, sizes: "Numbers", kinds: "Numbers", classes: int, order: "Numbers", seed: int) -> "Numbers":
    """How many rows each stratum gives: its share of what is left, the largest remainders rounded up."""
    if classes == 1:
        return np.array([wanted], dtype=np.int64)
    left = np.bincount(kinds[order], weights=sizes[order], minlength=classes)
    exact = left * (min(1.0, wanted / left.sum()) if left.sum() else 0.0)
    quotas = np.floor(exact).astype(np.int64)
    tie = mixed(np.arange(classes, dtype=np.uint64), seed)
    most = np.lexsort((tie, -np.round(exact - quotas, 9)))
    quotas[most[: max(0, min(wanted, int(left.sum())) - int(quotas.sum()))]] += 1
    return quotas


def _taken(order: "Numbers", sizes: "Numbers", kinds: "Numbers", wanted: "Numbers") -> "Flags":
    """Which of `order` fill a side: groups in their order until each stratum has the rows it wants.

    A group larger than the whole side is passed over: it would empty the training rows into it.
    """
    by_kind = np.argsort(kinds[order], kind="stable")
    kind, size = kinds[order][by_kind], sizes[order][by_kind]
    fits = size <= wanted[kind]
    before = np.cumsum(np.where(fits, size, 0)) - np.where(fits, size, 0)
    starts = np.searchsorted(kind, np.arange(len(wanted)))
    before_in_kind = before - (before[np.minimum(starts, len(before) - 1)][kind] if len(before) else 0)
    taken = np.zeros(len(order), dtype=np.bool_)
    taken[by_kind] = fits & (before_in_kind < wanted[kind])
    return taken


def _smallest(order: "Numbers", sizes: "Numbers") -> "Flags":
    """Where every group was passed over: the smallest, if that leaves more than it takes."""
    taken = np.zeros(len(order), dtype=np.bool_)
    if len(order) and 2 * sizes[order].min() < sizes[order].sum():
        taken[np.argmin(sizes[order])] = True
    return taken
