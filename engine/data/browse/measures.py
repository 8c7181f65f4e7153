"""How long rows are, counted once in a pass and kept: 4 bytes a row each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from engine.data.browse.paths import paths_of
from engine.data.browse.pieces import Piece
from engine.data.browse.values import leaves, lengths
from engine.data.browse.working import over_pieces
from engine.data.formats.layout import Layout
from engine.data.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int32]

_TURNS = {
    "messages": ("messages",), "sharegpt": ("conversations",), "alpaca": ("instruction", "output"),
    "prompt_completion": ("prompt", "completion"),
}  # fmt: skip
"""Fields that hold the messages of a conversation, in lists or as a text each."""
_LISTS = ("messages", "conversations", "conversation", "turns")
"""Names of lists of messages, where no layout says which."""


@dataclass(frozen=True, eq=False)
class Measures:
    """Arrays with an entry a row; below 0 is unknown."""

    chars: "Counts"
    """Characters of all texts in the row."""
    turns: "Counts | None"
    """Messages of the row; None where the format has no conversations."""


def turns_of(records: Records, layout: Layout | None = None) -> tuple[str, ...]:
    """The fields whose items are a row's messages, for `measure`; () where the rows have none."""
    if layout is not None and layout.format in _TURNS:
        return _TURNS[layout.format]
    paths = paths_of(records)
    return next(((name,) for name in _LISTS if paths.get(name, "").startswith("list")), ())


def measure(records: Records, turns: tuple[str, ...] = (), cancelled: Callable[[], bool] = lambda: False) -> Measures:
    """Characters and messages of every row. Raises Cancelled when `cancelled` says so."""
    chars = np.zeros(records.count, dtype=np.int32)
    counted = np.full(records.count, -1, dtype=np.int32) if turns else None
    for piece, (long, many) in over_pieces(records, lambda piece: (_chars(piece), _turns(piece, turns)), cancelled):
        chars[piece.numbers] = long
        if counted is not None:
            counted[piece.numbers] = many
    return Measures(chars, counted)


def turns_in(records: Records, turns: tuple[str, ...], cancelled: Callable[[], bool] = lambda: False) -> "Counts":
    """(rows,): messages of every row alone, below 0 where it has none of the fields. Raises Cancelled."""
    counted = np.full(records.count, -1, dtype=np.int32)
    for piece, many in over_pieces(records, lambda piece: _turns(piece, turns), cancelled):
        counted[piece.numbers] = many
    return counted


def _chars(piece: Piece) -> "NDArray[np.int64]":
    total = np.zeros(piece.count, dtype=np.int64)
    for leaf in leaves(piece):
        if leaf.is_text:
            _add(total, pc.fill_null(pc.utf8_length(leaf.values), 0).to_numpy(), leaf.parents)
    return piece.picked(total)


def _turns(piece: Piece, fields: tuple[str, ...]) -> "NDArray[np.int64]":
    """Items of lists; a text is one message, an empty one none."""
    total = np.full(piece.count, -1, dtype=np.int64)
    for field in fields:
        for leaf in lengths(piece, field, of_bytes=True):
            valid = pc.is_valid(leaf.values).to_numpy(zero_copy_only=False)
            found = pc.fill_null(leaf.values, 0).to_numpy()
            rows = np.flatnonzero(valid) if leaf.parents is None else leaf.parents[valid]
            total[rows] = np.maximum(total[rows], 0)
            _add(total, found if leaf.of_lists else np.minimum(found, 1), leaf.parents)
    return piece.picked(total)


def _add(total: "NDArray[np.int64]", values: "NDArray[np.int64]", parents: "NDArray[np.int64] | None") -> None:
    if parents is None:
        total += values
    else:
        total += np.bincount(parents, weights=values, minlength=len(total)).astype(np.int64)
