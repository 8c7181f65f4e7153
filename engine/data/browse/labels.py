"""How often each label occurs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.browse.paths import paths_of
from engine.data.browse.pieces import Piece
from engine.data.browse.values import as_texts, leaves
from engine.data.browse.working import over_pieces
from engine.data.formats.layout import Layout
from engine.data.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = ("label", "labels", "category", "class", "intent", "topic")
"""Fields that hold labels, as people call them."""
_ANSWERS = {
    "prompt_completion": "completion", "alpaca": "output", "prompt_answer": "answer",
    "messages": "messages.content", "sharegpt": "conversations.value",
}  # fmt: skip
"""Paths whose last value is the answer; answers are labels where they are few and short."""
_MOST_DISTINCT = 20_000
"""Labels that are told apart: beyond that they are none."""
_LONGEST = 100
"""Characters of a label."""


def label_path(records: Records, layout: Layout | None = None) -> str | None:
    """The path whose values are likely labels: a field called so, else the answers. None where there is none."""
    paths = paths_of(records)
    named = next((name for name in _NAMES if name in paths), None)
    return named or (_ANSWERS.get(layout.format) if layout is not None else None)


def label_counts(
    records: Records, of: str | Layout | None, most: int = 50, cancelled: Callable[[], bool] = lambda: False
) -> list[tuple[str, int]]:
    """(label, rows with it), the most frequent first. `of`: the path of the labels, or the layout of the rows.

    A list of labels counts for each; of messages the last is the row's. [] where the values are too many or too long
    to be labels. Raises Cancelled when `cancelled` says so.
    """
    path = of if isinstance(of, str) else label_path(records, of)
    if path is None:
        return []
    counts: dict[str, int] = {}
    last = path in _ANSWERS.values()
    for _, found in over_pieces(records, lambda piece: _labels(piece, path, last=last), cancelled):
        if found is None:
            return []
        for label, count in found:
            counts[label] = counts.get(label, 0) + count
        if len(counts) > _MOST_DISTINCT:
            return []
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]


def _labels(piece: Piece, path: str, *, last: bool) -> list[tuple[str, int]] | None:
    """(label, how often) in a piece; None where one is too long to be a label."""
    counts: list[tuple[str, int]] = []
    for leaf in leaves(piece, path):
        texts, rows = as_texts(leaf), np.arange(piece.count) if leaf.parents is None else leaf.parents
        if last and len(rows):
            ends = np.append(rows[1:] != rows[:-1], True)
            texts, rows = texts.take(pa.array(np.flatnonzero(ends))), rows[ends]
        texts = own_values(piece, texts, rows)
        if (pc.max(pc.utf8_length(texts)).as_py() or 0) > _LONGEST:
            return None
        pairs = pc.value_counts(texts).to_pylist()
        counts += [(pair["values"], pair["counts"]) for pair in pairs if pair["values"] is not None]
    return counts


def own_values(piece: Piece, texts: pa.Array, rows: "NDArray[np.int64]") -> pa.Array:
    """Values of the piece's own rows; a row of the batch may be several rows of a view, or none."""
    if piece.places is None:
        return texts
    times = np.bincount(piece.places, minlength=piece.count)
    return texts.take(pa.array(np.repeat(np.arange(len(texts)), times[rows])))
