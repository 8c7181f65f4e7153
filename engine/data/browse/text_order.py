"""The order of texts that are not in memory: their first bytes are, and further ones only of texts that agree so far.

UTF-8 sorts as its characters' codes do. Texts that are equal up to some byte are told apart by the next bytes in
another pass over the rows, more bytes at once the fewer they are, until all differ or have ended.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.browse.pieces import Piece
from engine.data.browse.values import leaves
from engine.data.browse.working import over_pieces
from engine.data.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Words = NDArray[np.uint64]
    Flags = NDArray[np.bool_]

WORD = 8
"""Bytes that are compared at once."""
FIRST_WORDS = 2
"""Words of each text that the first pass keeps."""
_MOST_WORDS = 64
_ROUND_WORDS = 4 << 20
"""Words of all texts that a further pass keeps: 32 MB."""


def first_texts(piece: Piece, path: str) -> Iterator[tuple["Numbers", pa.Array]]:
    """(numbers of rows, their texts): the first text at a path of each row that has one."""
    seen = np.zeros(piece.count, dtype=np.bool_)
    for leaf in leaves(piece, path):
        if leaf.is_text:
            assert isinstance(leaf.values, pa.Array)
            there = np.flatnonzero(leaf.values.is_valid().to_numpy(zero_copy_only=False))
            rows, first = first_of(there if leaf.parents is None else leaf.parents[there], seen)
            numbers, at = _numbered(piece, rows)
            places = there[first][at]
            whole = len(places) == len(leaf.values) and bool((np.diff(places) == 1).all())
            yield numbers, leaf.values if whole else leaf.values.take(pa.array(places))


def first_of(rows: "Numbers", seen: "Flags") -> tuple["Numbers", "Flags"]:
    """(the rows that are not seen yet, each once, which values are theirs) of values' rows, which rise. They are seen
    then.
    """
    first = ~seen[rows]
    first[1:] &= rows[1:] != rows[:-1]
    new = rows[first]
    seen[new] = True
    return new, first


def _numbered(piece: Piece, rows: "Numbers") -> tuple["Numbers", "Numbers"]:
    """(numbers in the records, places in `rows`) of rows of the batch: some are several rows of a view, or none."""
    if piece.places is None:
        return piece.numbers[rows], np.arange(len(rows))
    place = np.full(piece.count, -1, np.int64)
    place[rows] = np.arange(len(rows))
    at = place[piece.places]
    return piece.numbers[at >= 0], at[at >= 0]


def words_at(texts: pa.Array, start: int, words: int) -> "Words":
    """(texts, words): their bytes from `start` on as big-endian numbers, which sort as the bytes do; zeros after the
    end.
    """
    width = words * WORD
    _, where, content = texts.buffers()
    offsets = np.frombuffer(where, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    left = np.clip(offsets[1:] - offsets[:-1] - start, 0, width)
    begins = np.where(left > 0, offsets[:-1] + start, 0)
    data = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    block = np.zeros((len(texts), width), np.uint8)
    inside = begins + width <= len(data)
    if inside.any():
        windows = np.lib.stride_tricks.sliding_window_view(data, width)
        block[inside] = windows[begins[inside]]
    for place in np.flatnonzero(~inside & (left > 0)).tolist():  # the last ones before the buffer's end
        block[place, : left[place]] = data[begins[place] : begins[place] + left[place]]
    block[np.arange(width) >= left[:, None]] = 0
    found: Words = block.view(">u8").astype(np.uint64)
    return found


def sizes_of(texts: pa.Array) -> "Numbers":
    """(texts,): their bytes."""
    return np.asarray(pc.binary_length(texts)).astype(np.int64)


def text_ranks(
    records: Records,
    path: str,
    rows: "Numbers",
    words: "Words",
    sizes: "Numbers",
    cancelled: Callable[[], bool],
) -> "Numbers":
    """(rows,): a number for each text that sorts as it does, the same for equal ones.

    `rows` rise; `words` (rows, FIRST_WORDS) and `sizes` in bytes are what the first pass kept of them.
    """
    ranks = np.zeros(len(rows), np.int64)
    tied = _refine(ranks, np.arange(len(rows)), words, sizes, FIRST_WORDS * WORD)
    start = FIRST_WORDS * WORD
    while len(tied):
        count = int(np.clip(_ROUND_WORDS // len(tied), 1, _MOST_WORDS))
        further = _read(records, path, rows[tied], start, count, cancelled)
        start += count * WORD
        tied = _refine(ranks, tied, further, sizes, start)
    return ranks


def _refine(ranks: "Numbers", tied: "Numbers", words: "Words", sizes: "Numbers", end: int) -> "Numbers":
    """Tell apart what has the same rank by its next words; what is left to be told apart, rising.

    A text that ends before `end` is shorter than one that has zeros there.
    """
    keys = [np.minimum(sizes[tied], end + 1), *words.T[::-1], ranks[tied]]
    order = np.lexsort(keys)
    differs = np.zeros(len(order), dtype=np.bool_)
    differs[:1] = True
    regrouped = differs.copy()
    for key in keys:
        differs[1:] |= key[order][1:] != key[order][:-1]
    group = ranks[tied][order]
    regrouped[1:] = group[1:] != group[:-1]
    places = np.arange(len(order))
    begins = np.maximum.accumulate(np.where(differs, places, 0))
    ranks[tied[order]] = group + begins - np.maximum.accumulate(np.where(regrouped, places, 0))
    alone = differs.copy()
    alone[:-1] &= differs[1:]
    return np.sort(tied[order[~alone & (sizes[tied[order]] > end)]])


def _read(
    records: Records, path: str, rows: "Numbers", start: int, count: int, cancelled: Callable[[], bool]
) -> "Words":
    found = np.zeros((len(rows), count), np.uint64)
    wanted = np.zeros(records.count, dtype=np.bool_)
    wanted[rows] = True

    def look(piece: Piece) -> "list[tuple[Numbers, Words]]":
        read = []
        for numbers, texts in first_texts(piece, path):
            keep = wanted[numbers]
            some = texts if keep.all() else texts.take(pa.array(np.flatnonzero(keep)))
            read.append((numbers[keep], words_at(some, start, count)))
        return read

    for _, read in over_pieces(records, look, cancelled, lambda piece: bool(wanted[piece.numbers].any())):
        for numbers, words in read:
            found[np.searchsorted(rows, numbers)] = words
    return found
