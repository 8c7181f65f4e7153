"""The values of a piece's rows under a path, as arrays: where each lies in its row's lists does not matter here.

A path is a field's name, with `.` to a field in it: `messages.content` is the content of every message, and
`messages.0.content` that of the first. Where a name itself has a dot, it is found too. "" is the whole row. A value is
a text, a number or a boolean: a path to a list or an object stands for all values in it. Names of fields and the
punctuation of JSON are no values.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.browse.pieces import Piece
from engine.data.importing.columns import ODD, from_json
from engine.data.importing.shape import Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_FIRST = 2
"""Columns of a batch before the fields."""
_DIGITS = 9
"""Of the place of an item: no list is longer."""
Sift = Callable[[pa.Array], "Flags"]
"""Which JSON texts are worth decoding: False only where no value in the text can be one that is looked for."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Values of one type."""

    values: pa.Array | list[int | float | bool]
    """large_string, int64, double or bool, nulls among them; a list where numbers come from JSON text."""
    parents: "Numbers | None"
    """The row of the batch that each value belongs to, rising; None where value n is row n's."""
    of_lists: bool = False
    """Of lengths: whether they are numbers of items, not of characters."""

    @property
    def is_text(self) -> bool:
        """Whether the values are texts."""
        return not isinstance(self.values, list) and pa.types.is_large_string(self.values.type)

    def spread(self, flags: "Flags", into: "Flags") -> None:
        """Set the flag of each row of which a value is flagged."""
        if self.parents is None:
            into |= flags
        else:
            into[self.parents[flags]] = True


def leaves(piece: Piece, path: str = "", sift: Sift | None = None) -> Iterator[Leaf]:
    """All values under a path; those of one field together, in the order of its rows."""
    if piece.read is not None:
        yield from _loose(enumerate(piece.read()), path)
    if piece.batch is None:
        return
    for name, inner, column in _columns(piece):
        rest = below(name, path)
        if rest is not None:
            yield from _leaves(inner, column, None, rest, sift)
    odd = piece.batch.column(ODD)
    if odd.null_count < len(odd):
        yield from _loose(_decoded(odd, None, sift), path)


def lengths(piece: Piece, path: str, *, of_bytes: bool = False) -> Iterator[Leaf]:
    """Items of each list and characters of each text at a path, as int64.

    `of_bytes`: the bytes of texts, which cost nothing to find, where it only matters whether there are any.
    """
    if piece.read is not None:
        yield from _loose_lengths(enumerate(piece.read()), path)
    if piece.batch is None:
        return
    for name, inner, column in _columns(piece):
        rest = below(name, path)
        if rest is not None:
            yield from _lengths(inner, column, None, rest, pc.binary_length if of_bytes else pc.utf8_length)
    odd = piece.batch.column(ODD)
    if odd.null_count < len(odd):
        yield from _loose_lengths(_decoded(odd, None, None), path)


def as_texts(leaf: Leaf) -> pa.Array:
    """Values as texts, as JSON writes them."""
    if isinstance(leaf.values, list):
        return pa.array(map(_written, leaf.values), pa.large_string())
    if pa.types.is_floating(leaf.values.type):  # Arrow writes 1 for 1.0
        return pa.array([None if value is None else repr(value) for value in leaf.values.to_pylist()])
    return leaf.values if leaf.is_text else pc.cast(leaf.values, pa.string())


def below(name: str, path: str) -> str | None:
    """What is left of a path inside a field; None where the path does not lead into it."""
    if path in ("", name):
        return ""
    return path[len(name) + 1 :] if path.startswith(f"{name}.") else None


def placed(path: str) -> tuple[int, str] | None:
    """(place of an item, from 0, the rest) of a path into a list: `0.slot`; None where it names no item."""
    head, _, rest = path.partition(".")
    return (int(head), rest) if is_place(head) else None


def is_place(part: str) -> bool:
    """Whether a part of a path may be the place of a list's item."""
    return part.isdecimal() and len(part) <= _DIGITS


def _written(value: float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _columns(piece: Piece) -> Iterator[tuple[str, Shape, pa.Array]]:
    assert piece.batch is not None
    for place, (name, inner) in enumerate(piece.shape.fields.items(), start=_FIRST):
        yield name, inner, piece.batch.column(place)


def _leaves(shape: Shape, column: pa.Array, parents: "Numbers | None", path: str, sift: Sift | None) -> Iterator[Leaf]:
    match shape.kind:
        case "list":
            assert shape.item is not None
            yield from _leaves(shape.item, *_items(column, parents), path, sift)
            if (at := placed(path)) is not None:
                yield from _leaves(shape.item, *_item(column, parents, at[0]), at[1], sift)
        case "object":
            for (name, inner), child in zip(shape.fields.items(), column.flatten(), strict=True):
                rest = below(name, path)
                if rest is not None:
                    yield from _leaves(inner, child, parents, rest, sift)
        case "json":
            yield from _loose(_decoded(column, parents, sift), path)
        case _ if not path:
            yield Leaf(column, parents)


def _lengths(
    shape: Shape, column: pa.Array, parents: "Numbers | None", path: str, of_text: Callable[[pa.Array], pa.Array]
) -> Iterator[Leaf]:
    match shape.kind:
        case "list" if path:
            assert shape.item is not None
            yield from _lengths(shape.item, *_items(column, parents), path, of_text)
            if (at := placed(path)) is not None:
                yield from _lengths(shape.item, *_item(column, parents, at[0]), at[1], of_text)
        case "list":
            yield Leaf(pc.list_value_length(column), parents, of_lists=True)
        case "object" if path:
            for (name, inner), child in zip(shape.fields.items(), column.flatten(), strict=True):
                rest = below(name, path)
                if rest is not None:
                    yield from _lengths(inner, child, parents, rest, of_text)
        case "json":
            yield from _loose_lengths(_decoded(column, parents, None), path)
        case "text" if not path:
            yield Leaf(of_text(column), parents)


def _items(column: pa.Array, parents: "Numbers | None") -> tuple[pa.Array, "Numbers"]:
    """The items of a column of lists and their rows; a list that is null has none, as the import writes it."""
    offsets = column.offsets.to_numpy()
    first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    rows = np.arange(len(column), dtype=np.int64) if parents is None else parents
    return column.values.slice(first, last - first), np.repeat(rows, np.diff(offsets))


def _item(column: pa.Array, parents: "Numbers | None", place: int) -> tuple[pa.Array, "Numbers"]:
    """The item at a place of each list that has one, and their rows."""
    offsets = column.offsets.to_numpy()
    there = np.flatnonzero(np.diff(offsets) > place)
    return column.values.take(pa.array(offsets[there] + place)), there if parents is None else parents[there]


def _decoded(column: pa.Array, parents: "Numbers | None", sift: Sift | None) -> Iterator[tuple[int, Any]]:
    """(row, value) of JSON texts."""
    there = column.is_valid().to_numpy(zero_copy_only=False)
    if sift is not None:
        there &= sift(column)
    places = np.flatnonzero(there)
    rows = places if parents is None else parents[places]
    for row, text in zip(rows.tolist(), column.take(pa.array(places)).to_pylist(), strict=True):
        yield row, from_json(text)


def _loose(rows: "Iterator[tuple[int, Any]]", path: str) -> Iterator[Leaf]:
    texts: list[str] = []
    numbers: list[int | float | bool] = []
    text_rows: list[int] = []
    number_rows: list[int] = []
    for row, value in rows:
        for end in _ends(value, path):
            for scalar in _scalars(end):
                if isinstance(scalar, str):
                    texts.append(scalar)
                    text_rows.append(row)
                else:
                    numbers.append(scalar)
                    number_rows.append(row)
    if texts:
        yield Leaf(_text_array(texts), np.array(text_rows, np.int64))
    if numbers:
        yield Leaf(numbers, np.array(number_rows, np.int64))


def _loose_lengths(rows: "Iterator[tuple[int, Any]]", path: str) -> Iterator[Leaf]:
    found = [(row, end) for row, value in rows for end in _ends(value, path) if isinstance(end, str | list)]
    for kind in (str, list):
        mine = [(row, len(end)) for row, end in found if isinstance(end, kind)]
        if mine:
            rows_of, sizes = zip(*mine, strict=True)
            yield Leaf(pa.array(sizes, pa.int64()), np.array(rows_of, np.int64), of_lists=kind is list)


def _text_array(texts: list[str]) -> pa.Array:
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write and UTF-8 cannot
        return pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())


def _ends(value: Any, path: str) -> Iterator[Any]:
    """What lies at a path in a value; lists on the way are gone through."""
    if not path:
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            rest = below(name, path)
            if rest is not None:
                yield from _ends(inner, rest)
    elif isinstance(value, list):
        for inner in value:
            yield from _ends(inner, path)
        at = placed(path)
        if at is not None and at[0] < len(value):
            yield from _ends(value[at[0]], at[1])


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _scalars(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _scalars(inner)
    elif value is not None:
        yield value
