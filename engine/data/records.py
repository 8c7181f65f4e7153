"""Rows by number: what recognising, checking, splitting and training need to know of where rows lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]
"""A record as its file holds it: fields in their order, values as JSON has them."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no row."""

    line: int
    """From 1; for a JSON array the item's place."""
    offset: int
    """Bytes from the beginning of the file (uncompressed) to the line; 0 where the format has no lines."""
    reason: str
    file: str = ""
    """Which file of a folder, relative to it; "" where the source is one file."""


class Records(Protocol):
    """Any number of rows, of which only those asked for need to be in memory."""

    @property
    def count(self) -> int:
        """Rows there are."""

    def row(self, number: int) -> Row:
        """One row; numbers run from 0. Raises IndexError outside."""

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows from `start` up to `stop` (not included), in order, read a batch at a time."""


@dataclass(frozen=True, slots=True)
class ListedRecords:
    """Rows that are in memory."""

    listed: Sequence[Row]

    @property
    def count(self) -> int:
        """Rows there are."""
        return len(self.listed)

    def row(self, number: int) -> Row:
        """One row."""
        return self.listed[number]

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows in order."""
        return iter(self.listed[start:stop])
