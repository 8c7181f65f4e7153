"""Lengths of rows, sorted once for as long as the same array is asked about."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Lengths:
    """Tokens of rows. Each question takes microseconds, whatever the number of rows."""

    sorted: Any
    """(rows,): int, rising."""
    total: int

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.sorted)

    @property
    def longest(self) -> int:
        """Tokens of the longest row."""
        return int(self.sorted[-1])

    @property
    def mean(self) -> float:
        """Tokens of a row on average."""
        return self.total / self.rows

    def percentile(self, percent: float) -> int:
        """Tokens that this share of rows does not exceed; `percent` from 0 to 100."""
        return int(self.sorted[min(self.rows - 1, int(percent / 100 * self.rows))])

    def above(self, tokens: int) -> int:
        """Rows with more tokens."""
        return self.rows - int(self.sorted.searchsorted(tokens, side="right"))


_known: tuple[tuple[Any, Lengths], ...] = ()
_KEPT = 4
"""Arrays that are remembered: lengths and trained tokens of the data before and after a change."""


def measure(lengths: Any) -> Lengths | None:
    """An array of tokens as `Lengths`; None for none, or for an empty one.

    A million rows take 60 ms to sort, far more than advice may take as one types, so the newest arrays are remembered.
    """
    global _known
    if lengths is None or not len(lengths):
        return None
    for array, made in _known:
        if array is lengths:
            return made
    ordered = lengths.copy()
    ordered.sort()
    made = Lengths(ordered, int(lengths.sum()))
    _known = ((lengths, made), *_known[: _KEPT - 1])
    return made
