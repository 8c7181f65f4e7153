"""What a term of a filter looks at, and which rows pass."""

import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.audit_flags import ODD, Flag, code_of
from engine.data.browse.known import Known
from engine.data.browse.pattern import Pattern
from engine.data.browse.pieces import Piece
from engine.data.browse.values import Leaf, as_texts, leaves, lengths
from engine.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

COUNTS = ("tokens", "trained", "chars", "turns")
"""Numbers that are known of rows; a field of such a name is written in quotes."""
ABOUT = ("split", "finding", "is")
"""What a colon may follow."""
NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
"""Texts that are numbers."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
_ARROW = {"=": pc.equal, ">": pc.greater, "<": pc.less, ">=": pc.greater_equal, "<=": pc.less_equal}
_INT64 = range(-(2**63), 2**63)


def number_of(text: str) -> int | float | None:
    """The number that a text is; None where it is none."""
    if not re.match(NUMBER, text) or text.endswith("\n"):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens and the like, compared."""

    name: str
    operator: str
    value: float

    def rows(self, known: Known, count: int, text: str) -> "Flags":
        """(count,): which rows pass; those whose number is not known do not. Raises DataError where none is."""
        values = getattr(known, self.name)
        if values is None:
            need = "the audit counts them" if self.name in ("tokens", "trained") else "wait a moment"
            raise DataError(f"{text}: {self.name} are not counted yet: {need}")
        return _COMPARE[self.operator](values, self.value) & (values >= 0)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Side:
    """A side of the split."""

    side: int

    def rows(self, known: Known, count: int, text: str) -> "Flags":
        """(count,): which rows are on it. Raises DataError where there is no split."""
        if known.side is None:
            raise DataError(f"{text}: the rows are not split yet: recognise or map their format first")
        return np.asarray(known.side == self.side)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of the check."""

    code: str

    def rows(self, known: Known, count: int, text: str) -> "Flags":
        """(count,): which rows have it. Raises DataError before a check, and for a code that it does not know."""
        if known.findings is None:
            raise DataError(f"{text}: the rows are not checked yet: run the check")
        if self.code not in known.findings:
            near = get_close_matches(self.code, known.findings, n=1)
            there = ", ".join(known.findings) or "no findings"
            raise DataError(
                f"{text}: nothing was found of it: " + (f"did you mean {near[0]}?" if near else f"there are {there}")
            )
        return _flagged(known.findings[self.code], count)


@dataclass(frozen=True, slots=True)
class Member:
    """`is:` a word."""

    word: str

    def rows(self, known: Known, count: int, text: str) -> "Flags":
        """(count,): which rows it is true of. Raises DataError where that is not known."""
        if self.word in ("marked", "edited"):
            return _flagged(getattr(known, self.word), count)
        if self.word == "unfit":
            if known.unfit is None:
                raise DataError(f"{text}: the format is not known yet: recognise or map it first")
            return _flagged(known.unfit, count)
        if known.flags is None:
            raise DataError(f"{text}: the rows are not audited yet: run the audit")
        codes = [code_of(flag) for flag in Flag if flag & ODD] if self.word == "odd" else [self.word]
        flags = np.zeros(count, dtype=np.bool_)
        for code in codes:
            flags |= _flagged(known.flags.get(code, ()), count)
        return flags


@dataclass(frozen=True, slots=True)
class Compare:
    """Values at a path, compared with a value."""

    path: str
    operator: str
    value: str
    pattern: Pattern | None = None
    """Of `~`."""

    def flags(self, piece: Piece) -> "Flags":
        """(rows of the piece's batch,): in which a value passes."""
        flags = np.zeros(piece.count, dtype=np.bool_)
        empty = self.operator == "=" and not self.value
        for leaf in leaves(piece, self.path, self.pattern.may_match_json if self.pattern else None):
            leaf.spread(_there(leaf) if empty else self._passing(leaf), flags)
        return ~flags if empty else flags

    def _passing(self, leaf: Leaf) -> "Flags":
        if self.pattern is not None:
            return self.pattern.matches(as_texts(leaf))
        number = number_of(self.value)
        if isinstance(leaf.values, list):
            return _loose(leaf.values, self.operator, self.value, number)
        if leaf.is_text:
            return self._texts(leaf.values, number)
        if pa.types.is_boolean(leaf.values.type):
            if self.operator != "=" or self.value not in ("true", "false"):
                return np.zeros(len(leaf.values), dtype=np.bool_)
            return _plain(pc.equal(leaf.values, self.value == "true"))
        return compare_numbers(leaf.values, self.operator, number)

    def _texts(self, texts: pa.Array, number: float | None) -> "Flags":
        if self.operator == "=" or number is None:
            return _plain(_ARROW[self.operator](texts, pa.scalar(self.value, texts.type)))
        numeric = np.flatnonzero(_plain(pc.match_substring_regex(texts, NUMBER)))
        flags = np.zeros(len(texts), dtype=np.bool_)
        values = pc.cast(texts.take(pa.array(numeric)), pa.float64())
        flags[numeric] = _plain(_ARROW[self.operator](values, float(number)))
        return flags


@dataclass(frozen=True, slots=True)
class Length:
    """Items of lists or characters of texts at a path, compared."""

    path: str
    operator: str
    value: float

    def flags(self, piece: Piece) -> "Flags":
        """(rows of the piece's batch,): in which a length passes."""
        flags = np.zeros(piece.count, dtype=np.bool_)
        for leaf in lengths(piece, self.path):
            leaf.spread(compare_numbers(leaf.values, self.operator, self.value), flags)
        return flags


Test = Count | Side | Finding | Member | Compare | Length


def compare_numbers(values: Any, sign: str, number: float | None) -> "Flags":
    """(values,): which of an Arrow array of numbers pass; integers are compared exactly, nulls do not pass."""
    if number is None:
        return np.zeros(len(values), dtype=np.bool_)
    if isinstance(number, int) and number not in _INT64:
        number = float(number)
    return _plain(_ARROW[sign](values, pa.scalar(number)))


def _loose(values: list[int | float | bool], sign: str, value: str, number: float | None) -> "Flags":
    def passes(found: float) -> bool:
        if isinstance(found, bool):
            return sign == "=" and value == ("true" if found else "false")
        return number is not None and bool(_COMPARE[sign](found, number))

    return np.fromiter(map(passes, values), np.bool_, len(values))


def _there(leaf: Leaf) -> "Flags":
    """Which values are neither null nor an empty text."""
    if isinstance(leaf.values, list):
        return np.ones(len(leaf.values), dtype=np.bool_)
    return _plain(pc.greater(pc.binary_length(leaf.values), 0) if leaf.is_text else pc.is_valid(leaf.values))


def _plain(flags: pa.Array) -> "Flags":
    return np.asarray(pc.fill_null(flags, False).to_numpy(zero_copy_only=False))


def _flagged(rows: Collection[int], count: int) -> "Flags":
    flags = np.zeros(count, dtype=np.bool_)
    numbers = np.asarray(rows if isinstance(rows, np.ndarray) else list(rows), dtype=np.int64)
    flags[numbers[(numbers >= 0) & (numbers < count)]] = True
    return flags
