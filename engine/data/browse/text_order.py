"""The order of texts that are not in memory: their first bytes are, and further ones only of texts that agree so far.

UTF-8 sorts as its characters' codes do. Texts that agree so far are a group. A further pass compares each with one of
its group, over hundreds of bytes, and keeps where and how it differs first: that sorts the group, but for texts that
differ from that one in the same way, which are groups for the next pass. Memory is a few numbers a text, however long.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

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
    Sizes = NDArray[np.int32]
    Words = NDArray[np.uint64]
    Flags = NDArray[np.bool_]

WORD = 8
"""Bytes that are compared at once."""
FIRST_WORDS = 2
"""Words of each text that the first pass keeps."""
_MOST_WORDS = 64
"""Words that a further pass compares."""
_MOST_BYTES = 2**31 - 2**12
_KEPT_WORDS = 4 << 20
"""Words of the texts that others are compared with: 32 MB."""


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


def words_at(texts: pa.Array, start: "int | Sizes", words: int) -> "Words":
    """(texts, words): their bytes from `start` on, one for all or one each, as big-endian numbers, which sort as the
    bytes do; zeros after the end.
    """
    width = words * WORD
    _, where, content = texts.buffers()
    offsets = np.frombuffer(where, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    left = np.clip(np.diff(offsets) - start, 0, width)
    begins = np.where(left > 0, offsets[:-1] + start, 0)
    data = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    block = np.zeros((len(texts), width), np.uint8)
    inside = begins + width <= len(data)
    if inside.any():
        windows = np.lib.stride_tricks.sliding_window_view(data, width)
        block[inside] = windows[begins[inside]]
    for place in np.flatnonzero(~inside & (left > 0)).tolist():  # the last ones before the buffer's end
        block[place, : left[place]] = data[begins[place] : begins[place] + left[place]]
    if left.min(initial=width) < width:
        block[np.arange(width) >= left[:, None]] = 0
    found: Words = block.view(">u8").astype(np.uint64)
    return found


def sizes_of(texts: pa.Array) -> "Sizes":
    """(texts,): their bytes; nothing tells texts apart that agree for 2 GB."""
    sizes: Sizes = np.minimum(np.asarray(pc.binary_length(texts)), _MOST_BYTES).astype(np.int32)
    return sizes


def text_ranks(
    records: Records, path: str, rows: "Numbers", keys: "list[Words]", sizes: "Sizes", cancelled: Callable[[], bool]
) -> "Sizes":
    """(rows,): a number for each text that sorts as it does, the same for equal ones.

    `rows` rise; `keys` (FIRST_WORDS of (rows,), the last first) and `sizes` in bytes are what the first pass kept; the
    keys are taken out of the list. Raises Cancelled when `cancelled` says so.
    """
    ranks = np.zeros(len(rows), np.int32)
    agreed = np.full(len(rows), FIRST_WORDS * WORD, np.int32)
    tied = _refine(ranks, np.arange(len(rows)), keys, sizes, agreed)
    while len(tied):
        heads, group = _groups(ranks[tied], len(rows))
        differing = _Differing(records, path, rows[tied], agreed[tied], heads, group, cancelled)
        keys, more = differing.keys()
        agreed[tied] += more
        tied = _refine(ranks, tied, keys, sizes, agreed)
    return ranks


def _refine(ranks: "Sizes", tied: "Numbers", keys: "list[NDArray[Any]]", sizes: "Sizes", agreed: "Sizes") -> "Numbers":
    """Tell apart what has the same rank by keys, the last first; the places of what is left to be told apart, rising.

    Texts with the same keys agree for `agreed` bytes, where what has ended is shorter than what has zeros there.
    """
    group = ranks[tied]
    ended = np.minimum(sizes[tied], agreed[tied] + 1)
    order = np.lexsort((ended, *keys, group))
    regrouped = _changes(group, order)
    differs = regrouped | _changes(ended, order)
    while keys:
        differs |= _changes(keys.pop(), order)
    places = np.arange(len(order), dtype=np.int32)
    begins = np.maximum.accumulate(np.where(differs, places, np.int32(0)))
    begins -= np.maximum.accumulate(np.where(regrouped, places, np.int32(0)))
    ranks[tied[order]] += begins
    alone = differs & np.append(differs[1:], True)
    further = (ended > agreed[tied])[order]
    return np.sort(tied[order[~alone & further]])


def _groups(ranks: "Sizes", count: int) -> tuple["Sizes", "Sizes"]:
    """(the place of the first of each group, the group of each) of ranks below `count`."""
    first = np.full(count, -1, np.int32)
    first[ranks[::-1]] = np.arange(len(ranks) - 1, -1, -1, dtype=np.int32)
    there = first >= 0
    number = np.cumsum(there, dtype=np.int32) - 1
    return first[there], number[ranks]


def _changes(key: "NDArray[Any]", order: "Numbers") -> "Flags":
    """(order,): where a sorted key is another than before."""
    ordered = key[order]
    flags = np.ones(len(order), dtype=np.bool_)
    flags[1:] = ordered[1:] != ordered[:-1]
    return flags


class _Differing:
    """How texts differ from the head of their group: another text that agrees for as many bytes."""

    def __init__(
        self, records: Records, path: str, rows: "Numbers", starts: "Sizes", heads: "Sizes", group: "Sizes",
        cancelled: Callable[[], bool],
    ) -> None:  # fmt: skip
        """`rows` rise; `starts`: bytes that agree; `heads`: places in `rows`, one a group; `group`: one a row."""
        self.records, self.path, self.cancelled = records, path, cancelled
        self.rows, self.starts, self.heads, self.group = rows, starts, heads, group
        self.count = int(np.clip(_KEPT_WORDS // len(heads), 1, _MOST_WORDS))
        self.head_words = np.zeros((len(heads), self.count), np.uint64)
        self.where = np.zeros(len(rows), np.int32)
        """Sorts as the texts do, up to the word that differs first: below 0 before the head, above 0 after it."""
        self.word = np.zeros(len(rows), np.uint64)
        """The word that differs first."""

    def keys(self) -> "tuple[list[NDArray[Any]], Sizes]":
        """(keys, the last first; bytes that texts with the same keys agree for, further)."""
        for places, words in self._read(self.rows[self.heads]):
            self.head_words[self.group[places]] = words
        for places, words in self._read(self.rows):
            self._compare(places, words)
        first = np.where(self.where < 0, self.where + self.count, np.where(self.where > 0, self.count - self.where, 0))
        agreed = np.where(self.where == 0, self.count, first + 1).astype(np.int32)
        return [self.word, self.where], agreed * WORD

    def _compare(self, places: "Numbers", words: "Words") -> None:
        heads = self.head_words[self.group[places]]
        differs = words != heads
        first = differs.argmax(axis=1)
        row = np.arange(len(places))
        other = differs[row, first]
        mine, theirs = words[row, first], heads[row, first]
        # Before the head what differs earlier comes first, after it last.
        self.where[places] = np.where(other, np.where(mine < theirs, first - self.count, self.count - first), 0)
        self.word[places] = np.where(other, mine, 0)

    def _read(self, rows: "Numbers") -> "Iterator[tuple[Numbers, Words]]":
        """(places in `rows` of all, their words) of some rows."""
        wanted = np.zeros(self.records.count, dtype=np.bool_)
        wanted[rows] = True

        def look(piece: Piece) -> "list[tuple[Numbers, Words]]":
            read = []
            for numbers, texts in first_texts(piece, self.path):
                keep = wanted[numbers]
                places = np.searchsorted(self.rows, numbers[keep])
                some = texts if keep.all() else texts.take(pa.array(np.flatnonzero(keep)))
                read.append((places, words_at(some, self.starts[places], self.count)))
            return read

        for _, read in over_pieces(self.records, look, self.cancelled, lambda piece: bool(wanted[piece.numbers].any())):
            yield from read
