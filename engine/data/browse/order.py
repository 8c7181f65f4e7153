"""Rows in the order of a field or a count: only sort keys are in memory, never the rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.browse.known import Known
from engine.data.browse.pieces import Piece
from engine.data.browse.terms import COUNTS, NUMBER
from engine.data.browse.text_order import FIRST_WORDS, first_of, first_texts, sizes_of, text_ranks, words_at
from engine.data.browse.values import Leaf, leaves
from engine.data.browse.working import over_pieces
from engine.data.records import Records
from engine.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Sizes = NDArray[np.int32]
    Words = NDArray[np.uint64]
    Flags = NDArray[np.bool_]

NUMBER_OF_ROW = "number"
"""Sorts by the rows' numbers; a field of that name is sorted by as `field:number`."""


def sort_rows(
    records: Records, known: Known, by: str, descending: bool = False, rows: "Numbers | None" = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> "Numbers":  # fmt: skip
    """int64: the rows' numbers in order; rows that are equal stay in theirs, those without a value come last.

    `by`: number, tokens, trained, chars, turns, or a path, also as `field:path`. Of several values the first counts.
    Numbers come before texts; texts of which every one is a number are sorted as numbers, others by their characters'
    codes; false comes before true. Numbers beyond 2^53 are compared rounded. `rows`: only these, else all. Raises
    DataError when it needs what is not known yet, Cancelled when `cancelled` says so.
    """
    if by == NUMBER_OF_ROW:
        ordered = np.arange(records.count, dtype=np.int64) if rows is None else np.sort(rows)
        return ordered[::-1] if descending else ordered
    if by in COUNTS:
        counts = getattr(known, by)
        if counts is None:
            raise DataError(f"{by} are not counted yet")
        return _ordered(_picked(np.where(counts < 0, np.nan, counts.astype(np.float64)), rows), rows, descending)
    wanted = None
    if rows is not None:
        wanted = np.zeros(records.count, dtype=np.bool_)
        wanted[rows] = True
    keys = _field_keys(records, by.removeprefix("field:"), wanted, cancelled)
    return _ordered(_picked(keys, rows), rows, descending)


def _picked(keys: "NDArray[np.float64]", rows: "Numbers | None") -> "NDArray[np.float64]":
    return keys if rows is None else keys[rows]


def _ordered(keys: "NDArray[np.float64]", rows: "Numbers | None", descending: bool) -> "Numbers":
    """Rows by their keys, which are changed; NaN comes last either way."""
    if descending:
        np.negative(keys, out=keys)
    order = np.argsort(keys, kind="stable")
    return order if rows is None else np.asarray(rows, np.int64)[order]


def _field_keys(
    records: Records, path: str, wanted: "Flags | None", cancelled: Callable[[], bool]
) -> "NDArray[np.float64]":
    """(all rows,): a number that sorts as the row's value does, where it is wanted; NaN where it has none."""

    def is_wanted(piece: Piece) -> bool:
        return wanted is None or bool(wanted[piece.numbers].any())

    keys = _Keys(records.count)
    for piece, found in over_pieces(records, lambda piece: _look(piece, path), cancelled, is_wanted):
        keys.add(piece, found)
    numbers = keys.numbers
    if keys.sizes is None or keys.words is None:
        return numbers
    textual = np.isnan(numbers) & (keys.sizes >= 0)
    rows = np.flatnonzero(textual if wanted is None else textual & wanted)
    if keys.texts_are_numbers:
        numbers[rows] = keys.as_numbers[rows]
        return numbers
    firsts = [words if len(rows) == records.count else words[rows] for words in keys.words[::-1]]
    sizes, keys.words = keys.sizes[rows], None
    ranks = text_ranks(records, path, rows, firsts, sizes, cancelled)
    counted = ~np.isnan(numbers)
    numbers[counted] = np.unique(numbers[counted], return_inverse=True)[1]
    numbers[rows] = ranks + float(records.count)
    return numbers


@dataclass(frozen=True, slots=True)
class _Found:
    """What a piece's rows are sorted by."""

    numbers: "NDArray[np.float64] | None"
    """(rows of the batch,): the first number, NaN without."""
    texts: "list[tuple[Numbers, Words, Sizes]]"
    """(numbers of rows, the first words, bytes) of texts."""
    as_numbers: "list[NDArray[np.float64]] | None"
    """The texts as numbers, where all of them are."""


def _look(piece: Piece, path: str) -> _Found:
    texts, as_numbers = [], []
    for numbers, some in first_texts(piece, path):
        texts.append((numbers, words_at(some, 0, FIRST_WORDS), sizes_of(some)))
        as_numbers.append(_as_numbers(some))
    known = [found for found in as_numbers if found is not None]
    return _Found(_first_numbers(piece, path), texts, known if len(known) == len(as_numbers) else None)


def _first_numbers(piece: Piece, path: str) -> "NDArray[np.float64] | None":
    found = None
    seen = np.zeros(piece.count, dtype=np.bool_)
    for leaf in leaves(piece, path):
        if leaf.is_text:
            continue
        values = _floats(leaf)
        there = np.flatnonzero(~np.isnan(values))
        rows, first = first_of(there if leaf.parents is None else leaf.parents[there], seen)
        found = np.full(piece.count, np.nan) if found is None else found
        found[rows] = values[there][first]
    return found


def _floats(leaf: Leaf) -> "NDArray[np.float64]":
    """(values,): false is 0 and true 1; NaN for null."""
    if isinstance(leaf.values, list):
        return np.array([_float(value) for value in leaf.values], np.float64)
    values = pc.cast(leaf.values, pa.int64()) if pa.types.is_boolean(leaf.values.type) else leaf.values
    return pc.fill_null(pc.cast(values, pa.float64(), safe=False), np.nan).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _as_numbers(texts: pa.Array) -> "NDArray[np.float64] | None":
    for some in (texts.slice(0, 1), texts):  # most columns of texts are seen to be no numbers by the first
        if not pc.all(pc.match_substring_regex(some, NUMBER), min_count=0).as_py():
            return None
    return pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


class _Keys:
    """Keys of all rows, as they come."""

    def __init__(self, count: int) -> None:
        self.numbers = np.full(count, np.nan)
        self.words: Words | None = None
        """(FIRST_WORDS, count)"""
        self.sizes: Sizes | None = None
        """Bytes of each text, below 0 without."""
        self.as_numbers = np.empty(0)
        self.texts_are_numbers = True

    def add(self, piece: Piece, found: _Found) -> None:
        if found.numbers is not None:
            self.numbers[piece.numbers] = piece.picked(found.numbers)
        if found.texts and self.sizes is None:
            count = len(self.numbers)
            self.words = np.zeros((FIRST_WORDS, count), np.uint64)
            self.sizes = np.full(count, -1, np.int32)
            self.as_numbers = np.full(count, np.nan)
        if found.as_numbers is None and self.texts_are_numbers:
            self.texts_are_numbers, self.as_numbers = False, np.empty(0)
        for place, (numbers, words, sizes) in enumerate(found.texts):
            assert self.words is not None and self.sizes is not None
            self.words[:, numbers], self.sizes[numbers] = words.T, sizes
            if self.texts_are_numbers and found.as_numbers is not None:
                self.as_numbers[numbers] = found.as_numbers[place]
