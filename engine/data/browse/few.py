"""Values of fields that have few of them, such as labels: what a person may pick from while a filter is typed."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.browse.labels import own_values
from engine.data.browse.paths import paths_of
from engine.data.browse.pieces import Piece
from engine.data.browse.values import as_texts, leaves
from engine.data.browse.working import over_pieces
from engine.data.records import Records

MOST_VALUES = 200
"""Different values of a field; one that has more is given up, as a rule within the first batch."""
LONGEST = 60
"""Characters of a value; a field with a longer one is given up."""
MOST_FIELDS = 64
"""Fields looked at. With the other bounds: at most a megabyte is kept, whatever the rows are."""
_KINDS = ("text", "integer", "boolean")

Values = dict[str, tuple[str, ...]]
"""Values by path, the most frequent first."""
Counts = dict[str, int]


def few_values(records: Records, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Values]:
    """What is known after the first rows, then after all. Raises Cancelled when `cancelled` says so.

    Only columns are looked at: rows of another shape, and those that a step has changed, would have to be decoded.
    """
    kept: dict[str, Counts] = {path: {} for path in _candidates(records)}
    paths = tuple(kept)

    def count(piece: Piece) -> "dict[str, Counts | None]":
        return {path: _counted(piece, path) for path in paths}

    told = False
    for _, found in over_pieces(records, count, cancelled, lambda piece: piece.batch is not None):
        for path, counts in found.items():
            if path in kept and not _added(kept[path], counts):
                del kept[path]
        paths = tuple(kept)  # another tuple: threads are at work with the one before
        if not paths:
            break
        if not told:
            told = True
            yield _ordered(kept)
    yield _ordered(kept)


def _candidates(records: Records) -> list[str]:
    """Paths to plain values, of lists too."""
    found = (path for path, kind in paths_of(records).items() if kind.removeprefix("list of ") in _KINDS)
    return [path for path, _ in zip(found, range(MOST_FIELDS), strict=False)]


def _counted(piece: Piece, path: str) -> Counts | None:
    """How often each value is there in a piece; None where they are too many, or one is too long."""
    counts: Counts = {}
    for leaf in leaves(piece, path, _no_json):
        texts, rows = as_texts(leaf), np.arange(piece.count) if leaf.parents is None else leaf.parents
        if (pc.max(pc.binary_length(texts)).as_py() or 0) > 4 * LONGEST:  # bytes; before anything is hashed
            return None
        pairs = pc.value_counts(own_values(piece, texts, rows))
        if len(pairs) > MOST_VALUES + 1:
            return None
        for pair in pairs.to_pylist():
            if pair["values"]:
                counts[pair["values"]] = counts.get(pair["values"], 0) + pair["counts"]
    return counts if max(map(len, counts), default=0) <= LONGEST else None


def _no_json(texts: pa.Array) -> "np.typing.NDArray[np.bool_]":
    return np.zeros(len(texts), dtype=np.bool_)


def _added(kept: Counts, more: Counts | None) -> bool:
    """Add counts to those kept; False where that makes too many values."""
    for value, count in (more or {}).items():
        kept[value] = kept.get(value, 0) + count
    return more is not None and len(kept) <= MOST_VALUES


def _ordered(kept: dict[str, Counts]) -> Values:
    """Without values that a line of text cannot hold."""
    return {
        path: tuple(sorted(filter(str.isprintable, counts), key=lambda value: (-counts[value], value)))
        for path, counts in kept.items()
    }
