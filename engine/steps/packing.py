"""Which rows share a packed row: the same answer for the forecast, the form and the trainer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Bins(Sequence[Rows]):
    """Packed rows in the order in which they were opened; each is an array of row numbers."""

    rows: Rows
    """(rows,): every row once, bin after bin."""
    bounds: NDArray[np.int64]
    """(bins + 1,): where in `rows` each bin begins, and the end."""

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, place: int) -> Rows: ...
    @overload
    def __getitem__(self, place: slice) -> list[Rows]: ...
    def __getitem__(self, place: int | slice) -> Rows | list[Rows]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        at = range(len(self))[place]
        return self.rows[self.bounds[at] : self.bounds[at + 1]]

    def __iter__(self) -> Iterator[Rows]:
        return iter(np.split(self.rows, self.bounds[1:-1]) if len(self) else [])

    def tokens(self, lengths: NDArray[np.integer], capacity: int) -> NDArray[np.int64]:
        """(bins,): tokens in each bin, of the lengths and the capacity that it was packed for."""
        cut = np.minimum(lengths, capacity).astype(np.int64)[self.rows]
        return np.add.reduceat(cut, self.bounds[:-1]) if len(self) else np.empty(0, np.int64)


def pack(lengths: NDArray[np.integer], capacity: int) -> Bins:
    """Best-fit decreasing: the longest row first, each into the fullest bin that still has room for it.

    `lengths`: (rows,) in tokens; a longer row than `capacity` counts as capacity, since it loses its end, and one of 0
    as 1. The same lengths give the same bins. Rows of one length and bins of one room are handled together, so that a
    million rows take no longer than there are different lengths.
    """
    if not len(lengths):
        return Bins(np.empty(0, np.int32), np.zeros(1, np.int64))
    cut = np.clip(lengths, 1, capacity)
    shorter = (int(cut.max()) - cut).astype(np.uint16 if capacity < 1 << 16 else np.int64)  # 16 bits sort in one pass
    order = np.argsort(shorter, kind="stable").astype(np.int32)
    counts = np.bincount(shorter)
    packing = _Packing(capacity)
    first = 0
    for below in np.flatnonzero(counts).tolist():
        count = int(counts[below])
        packing.place(order[first : first + count], int(cut[order[first]]))
        first += count
    return packing.bins()


@dataclass
class _Packing:
    """Bins that are being filled."""

    capacity: int
    _count: int = 0
    _open: dict[int, list[NDArray[np.int64]]] = field(default_factory=dict)
    """Bins by the room left in them."""
    _rooms: int = 0
    """Bit n is set where there are bins with n tokens of room: the least room that is enough is found at once."""
    _placed_rows: list[Rows] = field(default_factory=list)
    _placed_bins: list[NDArray[np.int64]] = field(default_factory=list)

    def place(self, rows: Rows, length: int) -> None:
        """Put rows of one length where they fit best."""
        while len(rows):
            enough = self._rooms >> length
            if enough:
                room = length + (enough & -enough).bit_length() - 1
                bins = self._take(room)
            else:
                room = self.capacity
                bins = self._new_bins(-(-len(rows) // (room // length)))
            rows = self._fill(bins, room, rows, length)

    def _fill(self, bins: NDArray[np.int64], room: int, rows: Rows, length: int) -> Rows:
        """Fill one bin after the other: one that took a row is now the fullest with room. What is left of the rows."""
        each = room // length
        full = min(len(bins), len(rows) // each)
        if full:
            self._put(rows[: full * each], bins[:full] if each == 1 else np.repeat(bins[:full], each))
            self._keep(room - each * length, bins[:full])
            rows, bins = rows[full * each :], bins[full:]
        if len(bins) and len(rows):
            self._put(rows, np.repeat(bins[:1], len(rows)))
            self._keep(room - len(rows) * length, bins[:1])
            rows, bins = rows[:0], bins[1:]
        self._keep(room, bins)
        return rows

    def _new_bins(self, count: int) -> NDArray[np.int64]:
        self._count += count
        return np.arange(self._count - count, self._count)

    def _take(self, room: int) -> NDArray[np.int64]:
        self._rooms &= ~(1 << room)
        kept = self._open.pop(room)
        return kept[0] if len(kept) == 1 else np.sort(np.concatenate(kept))

    def _keep(self, room: int, bins: NDArray[np.int64]) -> None:
        if len(bins) and room:
            self._rooms |= 1 << room
            self._open.setdefault(room, []).append(bins)

    def _put(self, rows: Rows, bins: NDArray[np.int64]) -> None:
        self._placed_rows.append(rows)
        self._placed_bins.append(bins)

    def bins(self) -> Bins:
        """What came of it."""
        rows, bins = np.concatenate(self._placed_rows), np.concatenate(self._placed_bins)
        order = np.argsort(bins, kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(bins, minlength=self._count))])
        return Bins(rows[order], bounds)
