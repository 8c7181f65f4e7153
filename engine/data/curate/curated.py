"""A curated version: numbers of rows and what is changed in them; the rows themselves stay in their source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.data.curate.changes import Change, changed
from engine.data.records import Records, Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_READ_AT_ONCE = 2048
"""Numbers looked at together; only one batch of rows is in memory."""
_GAP = 64
"""Rows this close are read in one go, and those between passed over: making a row is cheaper than seeking one."""


@dataclass(frozen=True, slots=True)
class StepLog:
    """What a step did."""

    step: str
    """Its name, such as `drop_duplicates`."""
    before: int
    """Rows before it."""
    after: int
    """Rows after it."""
    words: str
    """In words, for a person."""


@dataclass(frozen=True, eq=False)
class Curated:
    """Rows after some steps. It is a `Records`; a row is read and changed when it is asked for."""

    opened: tuple[Records, ...]
    """The source, then the sources that were mixed in, whose rows come as the source's layout has them."""
    origins: "Numbers"
    """int64, one a row: its number in its source, from 0."""
    sources: "NDArray[np.uint8]"
    """One a row: 0 for the source, then 1, 2, … for those mixed in, in the order of their steps."""
    changes: tuple[Change, ...] = ()
    """What is done to rows, in order."""
    log: tuple[StepLog, ...] = ()
    """One a step."""
    key: str = ""
    """Names the rows: the same source and the same steps have the same key; "" where the source has no digest."""

    @property
    def count(self) -> int:
        """Rows there are."""
        return len(self.origins)

    @property
    def copied(self) -> "Flags":
        """(count,): whether a row is a copy of the one before it, which `balance` has made."""
        same = (self.origins[1:] == self.origins[:-1]) & (self.sources[1:] == self.sources[:-1])
        return np.concatenate((np.zeros(min(1, self.count), dtype=np.bool_), same))

    def row(self, number: int) -> Row:
        """One row. Raises IndexError outside."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        source, origin = int(self.sources[number]), int(self.origins[number])
        return changed(self.changes, source, origin, self.opened[source].row(origin))

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows in order, a batch at a time in memory."""
        stop = self.count if stop is None else min(stop, self.count)
        for first in range(start, stop, _READ_AT_ONCE):
            last = min(first + _READ_AT_ONCE, stop)
            yield from self._read(self.origins[first:last], self.sources[first:last])

    def has(self, origin: int) -> bool:
        """Whether a row of the source is among the rows; they come before all mixed in, in their order."""
        own = self.origins[: int(np.searchsorted(self.sources, 1))]
        place = int(np.searchsorted(own, origin))
        return place < len(own) and int(own[place]) == origin

    def kept(self, keep: "Flags", step: str, words: str) -> "Curated":
        """The rows that `keep` says."""
        origins, sources = self.origins[keep], self.sources[keep]
        done = StepLog(step, self.count, len(origins), words)
        return replace(self, origins=origins, sources=sources, log=(*self.log, done))

    def with_change(self, change: Change, step: str, words: str) -> "Curated":
        """The same rows, changed."""
        done = StepLog(step, self.count, self.count, words)
        return replace(self, changes=(*self.changes, change), log=(*self.log, done))

    def _read(self, origins: "Numbers", sources: "NDArray[np.uint8]") -> Iterator[Row]:
        steps = np.diff(origins)
        ends = np.flatnonzero((steps < 0) | (steps > _GAP) | (np.diff(sources) != 0)) + 1
        for run in np.split(np.arange(len(origins)), ends):
            if len(run):
                yield from self._read_run(int(sources[run[0]]), origins[run].tolist())

    def _read_run(self, source: int, origins: list[int]) -> Iterator[Row]:
        """Rows of one source whose numbers rise."""
        numbered = enumerate(self.opened[source].rows(origins[0], origins[-1] + 1), start=origins[0])
        number, row = next(numbered)
        for origin in origins:
            while number < origin:
                number, row = next(numbered)
            yield changed(self.changes, source, origin, row)


def picked(records: Records, numbers: Sequence[int], places: Sequence[int] | None = None) -> Curated:
    """Some rows of a source, by number; `places`: of those numbers only these."""
    chosen = np.asarray(numbers, dtype=np.int64)
    chosen = chosen if places is None else chosen[np.asarray(places, dtype=np.int64)]
    return Curated((records,), chosen, np.zeros(len(chosen), dtype=np.uint8))


def uncurated(records: Records, key: str = "") -> Curated:
    """All rows of a source."""
    return Curated(
        (records,), np.arange(records.count, dtype=np.int64), np.zeros(records.count, dtype=np.uint8), key=key
    )
