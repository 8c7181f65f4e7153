"""Lengths of rows, sorted once for as long as the same array is asked about."""

from collections.abc import Callable
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

    def total_within(self, tokens: int) -> int:
        """Tokens of all rows, each cut at so many."""
        whole = int(self.sorted.searchsorted(tokens, side="right"))
        return int(self.sorted[:whole].sum()) + (self.rows - whole) * tokens

    def percentile(self, percent: float) -> int:
        """Tokens that this share of rows does not exceed; `percent` from 0 to 100."""
        return int(self.sorted[min(self.rows - 1, int(percent / 100 * self.rows))])

    def above(self, tokens: int) -> int:
        """Rows with more tokens."""
        return self.rows - int(self.sorted.searchsorted(tokens, side="right"))


_known: tuple[tuple[tuple[Any, ...], Lengths], ...] = ()
_KEPT = 8
"""Arrays that are remembered: lengths, answers' tokens, wider and untrained parts of data before and after a change."""


def measure(lengths: Any) -> Lengths | None:
    """An array of tokens as `Lengths`; None for none, or for an empty one.

    A million rows take 60 ms to sort, far more than advice may take as one types, so the newest arrays are remembered.
    """
    return _remembered("all", lambda: lengths, lengths)


def measure_wider(lengths: Any, others: Any) -> Lengths | None:
    """The greater of two arrays of tokens, row by row."""
    return _remembered("wider", lambda: lengths.clip(min=others), lengths, others)


def measure_rest(lengths: Any, part: Any) -> Lengths | None:
    """What each row holds beside a part of it: tokens, never below 0."""
    return _remembered("rest", lambda: (lengths - part).clip(min=0), lengths, part)


def _remembered(what: str, make: Callable[[], Any], *arrays: Any) -> Lengths | None:
    """What is made of these arrays, all of a length; None where one is missing or empty."""
    global _known
    if any(array is None or not len(array) or len(array) != len(arrays[0]) for array in arrays):
        return None
    key = (what, *arrays)
    for known, made in _known:
        if len(known) == len(key) and all(ours is theirs for ours, theirs in zip(known, key, strict=True)):
            return made
    counted = make()
    ordered = counted.copy()
    ordered.sort()
    made = Lengths(ordered, int(counted.sum()))
    _known = ((key, made), *_known[: _KEPT - 1])
    return made
