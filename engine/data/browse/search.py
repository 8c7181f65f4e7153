"""Search in all rows: the first hit at once, the rest while it is shown."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from engine.data.browse.pattern import Pattern, has_capital
from engine.data.browse.pieces import Piece
from engine.data.browse.values import as_texts, below, leaves
from engine.data.browse.working import over_pieces
from engine.data.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_TELL_S = 0.2
"""Seconds between two answers, the first and the last aside."""


@dataclass(frozen=True)
class Search:
    """What is looked for in rows' values. Names of fields and the punctuation of JSON are not looked at."""

    text: str
    regex: bool = False
    """Whether the text is a regex in RE2's syntax."""
    field: str = ""
    """Path of the values to look at; "" for all."""
    case: bool = False
    """Whether capitals count."""

    @cached_property
    def pattern(self) -> Pattern:
        """As it is matched."""
        return Pattern(self.text, self.regex, self.case)


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found so far."""

    rows: "Numbers"
    """int64: numbers of all rows found, rising."""
    done: int
    """Rows looked at."""
    complete: bool
    """Whether that is all."""


def parse_search(line: str, fields: Collection[str] = ()) -> Search:
    """What a person typed: `needle`, `/regex/`, `field:needle` or `field:/regex/`; a capital makes capitals count.

    `fields`: names that may stand before the colon; before any other it is part of the needle. Raises DataError, in
    one line, when a regex is none.
    """
    field, text = _field_of(line, fields)
    regex = len(text) > 2 and text[0] == text[-1] == "/"
    text = text[1:-1] if regex else text
    wanted = Search(text, regex, field, has_capital(text, regex=regex))
    wanted.pattern.check(line)
    return wanted


def search(records: Records, wanted: Search, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Hits]:
    """The rows that hold what is looked for: as soon as there is one, then some times a second, and at the end.

    Raises Cancelled, within 20 ms, when `cancelled` says so.
    """
    found: list[Numbers] = []
    done, told = 0, -np.inf
    for piece, numbers in over_pieces(records, lambda piece: _found(piece, wanted), cancelled):
        done += len(piece.numbers)
        first = not found and len(numbers) > 0
        if len(numbers):
            found.append(numbers)
        now = time.monotonic()
        if first or (found and now - told >= _TELL_S):
            told = now
            yield Hits(_joined(found), done, complete=False)
    yield Hits(_joined(found), done, complete=True)


def _found(piece: Piece, wanted: Search) -> "Numbers":
    flags = np.zeros(piece.count, dtype=np.bool_)
    pattern = wanted.pattern
    for leaf in leaves(piece, wanted.field, pattern.may_match_json):
        if leaf.is_text or pattern.fits_numbers:
            leaf.spread(pattern.matches(as_texts(leaf)), flags)
    return piece.found(flags)


def _joined(found: "list[Numbers]") -> "Numbers":
    """All of them, rising; a curated view's pieces come in its sources' order."""
    rows = np.concatenate(found) if found else np.empty(0, np.int64)
    if np.any(rows[1:] < rows[:-1]):
        rows.sort()
    found[:] = [rows] if found else []
    return rows


def _field_of(line: str, fields: Collection[str]) -> tuple[str, str]:
    """(path, the rest) of `path:rest`; the longest name that fits, since names may have colons."""
    for place in range(len(line) - 1, 0, -1):
        if line[place] == ":" and any(below(name, line[:place]) is not None for name in fields if name):
            return line[:place], line[place + 1 :]
    return "", line
