"""A filter in one line: terms with blanks between them, all of which must hold.

    label=billing  prompt~refund  id>100  label!=billing  name="two words"  prompt=   (empty, null or not there)
    tokens>512  trained>0  chars<=100  turns>3  len(tags)>2  len(prompt)<20
    split:train|validation|held_out|none  finding:CODE  is:marked|edited|unfit|odd|cut|masked|…

`!` before a term turns it round. A path with several values in a row, such as `messages.role`, fits where one of them
does, and `messages.0.role` where the first does. A number is compared with numbers and with texts that are numbers,
another value as text. `~` takes a regex in RE2's syntax; a capital in it makes capitals count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.data.audit_flags import Flag, code_of
from engine.data.browse.known import SIDES, Known
from engine.data.browse.language import COMPARISONS, Part, parts_of, quoted
from engine.data.browse.near import did_you_mean
from engine.data.browse.paths import is_path, without_places
from engine.data.browse.pattern import Pattern, has_capital
from engine.data.browse.pieces import Piece
from engine.data.browse.terms import ABOUT, COUNTS, Compare, Count, Finding, Length, Member, Side, Test, number_of
from engine.data.browse.working import over_pieces
from engine.data.records import Records
from engine.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

AUDITED = tuple(code_of(flag) for flag in Flag if flag)
"""What the audit finds, as words after `is:`."""
WORDS = ("marked", "edited", "unfit", "odd", *AUDITED)
"""What may come after `is:`."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    text: str
    """As it was typed."""
    test: Test
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold; without any, every row fits."""

    terms: tuple[Term, ...] = ()


def parse_filter(line: str, fields: Mapping[str, str]) -> Filter:
    """What a person typed. `fields`: paths of the rows with their kinds, as `paths_of` finds them.

    Raises DataError with one line that names the term and the mend.
    """
    return Filter(tuple(_term(part, fields) for part in parts_of(line)))


def filter_rows(
    records: Records, known: Known, wanted: Filter, cancelled: Callable[[], bool] = lambda: False
) -> "Numbers":
    """int64: numbers of the rows that fit, rising.

    What is known is looked at first: batches without a row that still fits are not read. Raises DataError when a term
    needs what is not known yet, Cancelled when `cancelled` says so.
    """
    flags = np.ones(records.count, dtype=np.bool_)
    inside = []
    for term in wanted.terms:
        if isinstance(term.test, Compare | Length):
            inside.append(term)
        else:
            flags &= term.test.rows(known, records.count, term.text) ^ term.negated
    if inside:
        for piece, fit in over_pieces(
            records, lambda piece: _fitting(piece, inside), cancelled, lambda piece: bool(flags[piece.numbers].any())
        ):
            flags[piece.numbers] &= fit
    return np.flatnonzero(flags)


def _fitting(piece: Piece, terms: list[Term]) -> "Flags":
    """(numbers,): whether each row of a piece fits."""
    flags = np.ones(piece.count, dtype=np.bool_)
    for term in terms:
        assert isinstance(term.test, Compare | Length)
        flags &= term.test.flags(piece) ^ term.negated
    return piece.picked(flags)


def _term(part: Part, fields: Mapping[str, str]) -> Term:
    negated = part.negated
    if part.operator in ("!=",):
        negated = not negated
    return Term(part.text, _test(part, fields), negated)


def _test(part: Part, fields: Mapping[str, str]) -> Test:
    operator = "=" if part.operator == "!=" else part.operator
    if not operator:
        raise DataError(
            f"{part.text}: no term: compare a field, such as {_example(fields)}, or use split:, finding: or is:"
        )
    if operator == ":":
        return _about(part)
    if part.name in COUNTS and not part.quoted and not part.length:
        return Count(part.name, operator, _number(part))
    if not is_path(part.name, fields):
        name = without_places(part.name, fields)
        raise DataError(f"{part.text}: no field is called {part.name}: {did_you_mean(name, [*fields, *COUNTS])}")
    if part.length:
        return Length(part.name, operator, _number(part))
    if operator == "~":
        pattern = Pattern(part.value, regex=True, case=has_capital(part.value, regex=True))
        pattern.check(part.text)
        return Compare(part.name, operator, part.value, pattern)
    if operator != "=" and not part.value:
        raise DataError(f"{part.text}: nothing to compare with: add a number or a text")
    return Compare(part.name, operator, part.value)


def _about(part: Part) -> Test:
    """`split:`, `finding:` or `is:`."""
    if part.name not in ABOUT:
        raise DataError(
            f"{part.text}: nothing is called {part.name}: {did_you_mean(f'{part.name}:', [f'{n}:' for n in ABOUT])}"
        )
    if part.name == "finding":
        if not part.value:
            raise DataError(f"{part.text}: names no finding: add its code, such as finding:near_duplicates")
        return Finding(part.value)
    words = SIDES if part.name == "split" else WORDS
    if part.value not in words:
        raise DataError(
            f"{part.text}: {part.name}: takes no {part.value or 'nothing'}: {did_you_mean(part.value, words)}"
        )
    return Side(SIDES.index(part.value)) if part.name == "split" else Member(part.value)


def _number(part: Part) -> float:
    value = number_of(part.value)
    if value is None or part.operator == "~":
        name = f"len({part.name})" if part.length else part.name
        raise DataError(f"{part.text}: {name} is compared with a number: write {name}>100")
    return value


def _example(fields: Mapping[str, str]) -> str:
    name = next((name for name, kind in fields.items() if kind == "text"), next(iter(fields), "label"))
    return f"{quoted(name)}{COMPARISONS[4]}word"
