"""Any records as pieces small enough to look at in milliseconds: an import's record batches, or rows read one by one.

A curated view's pieces are its sources' batches, mapped to its own row numbers; rows that its steps change are read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from engine.data.curate.changes import Edits
from engine.data.curate.curated import Curated
from engine.data.importing.shape import Shape
from engine.data.records import Records, Row
from engine.data.store import RowStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

Kind = TypeVar("Kind", bound=np.generic)

_READ_ROWS = 256
"""Rows that are read as Python objects at once: a piece of them takes about as long as a batch of columns."""
_NO_COLUMNS = Shape("object")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows. Either a record batch of an import, or rows to be read."""

    numbers: "Numbers"
    """int64: the rows' numbers in the records, one for each of `places`."""
    places: "Numbers | None"
    """Which rows of the batch they are; None for all of it."""
    shape: Shape = _NO_COLUMNS
    batch: pa.RecordBatch | None = None
    read: Callable[[], list[Row]] | None = None
    """The rows, where there is no batch. Called by the thread that looks at them."""
    last: bool = False
    """Whether the batch is its part's last: its pages are given back when the next piece is asked for."""

    @property
    def count(self) -> int:
        """Rows of the batch, or to be read."""
        return len(self.numbers) if self.batch is None else self.batch.num_rows

    def picked(self, values: "NDArray[Kind]") -> "NDArray[Kind]":
        """What belongs to `numbers`, of one value for each row of the batch."""
        return values if self.places is None else values[self.places]

    def found(self, flags: "Flags") -> "Numbers":
        """The numbers of rows that are flagged, of one flag for each row of the batch."""
        found: Numbers = self.numbers[self.picked(flags)]
        return found


def pieces(records: Records) -> Iterator[Piece]:
    """Every row in exactly one piece; of an import in the order of its rows."""
    if isinstance(records, RowStore):
        for first, piece in _batches(records):
            yield _placed(piece, np.arange(first, first + piece.count, dtype=np.int64), None)
    elif isinstance(records, Curated):
        yield from _curated(records)
    else:
        yield from _read(records, np.arange(records.count, dtype=np.int64))


def _batches(store: RowStore) -> Iterator[tuple[int, Piece]]:
    none = np.empty(0, np.int64)
    left = 0
    for first, batch, part in store.batches():
        left = (left or len(part.batches)) - 1
        yield first, Piece(none, None, part.shape, batch, last=not left)


def _placed(piece: Piece, numbers: "Numbers", places: "Numbers | None") -> Piece:
    return Piece(numbers, places, piece.shape, piece.batch, last=piece.last)


def _curated(view: Curated) -> Iterator[Piece]:
    changed = changed_rows(view)
    for source, opened in enumerate(view.opened):
        numbers = np.flatnonzero((view.sources == source) & ~changed)
        if not isinstance(opened, RowStore):
            yield from _read(view, numbers)
            continue
        origins = view.origins[numbers]
        if np.any(origins[1:] < origins[:-1]):
            order = np.argsort(origins, kind="stable")
            numbers, origins = numbers[order], origins[order]
        for first, piece in _batches(opened):
            low, high = np.searchsorted(origins, (first, first + piece.count))
            if low < high or piece.last:
                yield _placed(piece, numbers[low:high], origins[low:high] - first)
    yield from _read(view, np.flatnonzero(changed))


def changed_rows(view: Curated) -> "Flags":
    """(rows,): whether a step may have changed the row, so that its source's columns do not tell what it holds."""
    flags = np.zeros(view.count, dtype=np.bool_)
    for change in view.changes:
        if isinstance(change, Edits):
            edited = np.fromiter(change.records, np.int64, len(change.records))
            flags |= (view.sources == 0) & np.isin(view.origins, edited)
        else:
            for source, marked in enumerate(change.marked):
                mine = np.flatnonzero(view.sources == source)
                flags[mine] |= marked[view.origins[mine]]
    return flags


def _read(records: Records, numbers: "Numbers") -> Iterator[Piece]:
    for first in range(0, len(numbers), _READ_ROWS):
        some = numbers[first : first + _READ_ROWS]
        yield Piece(some, None, read=_reader(records, some))


def _reader(records: Records, numbers: "Numbers") -> Callable[[], list[Row]]:
    start, stop = int(numbers[0]), int(numbers[-1]) + 1
    if stop - start == len(numbers):
        return lambda: list(records.rows(start, stop))
    return lambda: [records.row(number) for number in numbers.tolist()]
