"""Prepared rows -> tokens, a batch at a time in flat arrays: a million rows pass through without a list a token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data.audit_flags import Flag
from engine.data.example import Kind
from engine.jobs.masking.pieces import PieceEncoder
from engine.jobs.masking.prepare import Prepared
from engine.jobs.masking.row import TokenisedRow

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_END_BLANKS = 4
"""Blank tokens that may follow the one that ends an answer, such as ChatML's newline."""


@dataclass(frozen=True, slots=True)
class TokenisedBatch:
    """Rows as the model sees them; a row's tokens are those from `bounds[row]` to `bounds[row + 1]` (not included)."""

    kinds: list[Kind]
    texts: list[str]
    problems: list[str]
    """Why a row has no tokens; "" where it has."""
    bounds: Longs
    """(rows + 1,)"""
    ids: Ints
    """(tokens,)"""
    starts: Ints
    """(tokens,): character of the row's text at which the token begins."""
    trained: Bools
    """(tokens,): whether the token carries loss."""
    ends: Ints
    """(rows,): character of the row's text at which its last token ends."""
    flags: npt.NDArray[np.uint16]
    """(rows,): bits of `Flag`."""
    rejected: Ints
    """(rows,): tokens with the worse answer, after any cut; -1 where there is none."""

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def tokens(self) -> Ints:
        """(rows,): tokens of each row."""
        return np.diff(self.bounds).astype(np.int32)

    @property
    def trained_tokens(self) -> Ints:
        """(rows,): those of them that carry loss."""
        return _sums(self.trained, self.bounds)

    @property
    def labels(self) -> Ints:
        """(tokens,): token ids where trained, -100 (which the loss passes over) elsewhere."""
        return np.where(self.trained, self.ids, np.int32(-100))

    def rows(self) -> Iterator[TokenisedRow]:
        """Each row by itself."""
        for row, text in enumerate(self.texts):
            one = slice(self.bounds[row], self.bounds[row + 1])
            rejected = int(self.rejected[row])
            yield TokenisedRow(
                text, self.ids[one].tolist(), self.starts[one].tolist(), self.trained[one].tolist(),
                cut=bool(self.flags[row] & Flag.CUT), problem=self.problems[row], end=int(self.ends[row]),
                flags=int(self.flags[row]), rejected_tokens=None if rejected < 0 else rejected,
            )  # fmt: skip


class Encoder:
    """Encodes rows with one tokenizer. `encode` spends its time outside the interpreter, so a thread may do it."""

    def __init__(self, tokenizer: Any, *, max_length: int, end_ids: Sequence[int]) -> None:
        self._pieces = PieceEncoder(tokenizer)
        self._tokenizer = tokenizer
        self._max_length = max_length
        self._ends = np.array(sorted(end_ids), dtype=np.int32)
        self._blank: dict[int, bool] = {}

    def encode(self, rows: Sequence[Prepared]) -> TokenisedBatch:
        """The rows' tokens, cut to the limit."""
        pieces = [piece for row in rows for piece in row.pieces]
        count, ids, starts, stops = self._pieces.encode(pieces)
        if any(len(row.pieces) > 1 for row in rows):
            shift = np.repeat(np.array(_shifts(rows), dtype=np.int32), count)
            starts, stops = starts + shift, stops + shift
        last = np.fromiter(accumulate((len(row.pieces) for row in rows), initial=0), np.int64, len(rows) + 1)
        bounds = np.concatenate([[0], np.cumsum(count)])[last]
        return self._finish(rows, *_cut(ids, starts, stops, bounds, self._max_length), self._rejected(rows))

    def _rejected(self, rows: Sequence[Prepared]) -> Ints:
        texts = [row.rejected for row in rows if row.rejected is not None]
        lengths = iter(np.minimum(self._pieces.encode(texts)[0], self._max_length) if texts else ())
        return np.array([-1 if row.rejected is None else next(lengths) for row in rows], dtype=np.int32)

    def _finish(
        self, rows: Sequence[Prepared], ids: Ints, starts: Ints, stops: Ints, bounds: Longs, cut: Bools, rejected: Ints
    ) -> TokenisedBatch:
        """Which tokens are trained, and what is odd about each row."""
        texts = [row.text for row in rows]
        base = np.fromiter(accumulate((len(text) + 1 for text in texts), initial=0), np.int64, len(texts) + 1)
        global_starts: Longs = starts.astype(np.int64) + np.repeat(base[:-1], np.diff(bounds))
        edges = [
            edge + at for row, at in zip(rows, base.tolist(), strict=False) for span in row.trained for edge in span
        ]
        trained = _inside(global_starts, np.array(edges, dtype=np.int64))
        has = bounds[1:] > bounds[:-1]
        last = np.maximum(bounds[1:] - 1, 0)
        ends = np.where(has, stops[last] if len(stops) else 0, 0).astype(np.int32)
        flags = np.array([int(row.flags) for row in rows], dtype=np.uint16)
        batch = TokenisedBatch(
            [row.kind for row in rows], texts, [row.problem for row in rows], bounds, ids, starts, trained, ends, flags,
            rejected,
        )  # fmt: skip
        answers = np.array([row.answer[0] if row.answer else -1 for row in rows], dtype=np.int64)
        first = np.searchsorted(global_starts, base[:-1] + np.maximum(answers, 0))
        flags |= np.where(cut, np.uint16(Flag.CUT), np.uint16(0))
        lost = cut & (answers >= 0) & (first >= bounds[1:])
        flags |= np.where(lost, np.uint16(Flag.ANSWER_LOST), np.uint16(0))
        flags |= np.where(cut & (answers >= 0) & ~lost, np.uint16(Flag.ANSWER_CUT), np.uint16(0))
        flags[_rows_merged(global_starts, stops, base, np.array(edges[::2], dtype=np.int64))] |= np.uint16(Flag.MERGED)
        self._flag_masks(batch)
        self._flag_bos(batch)
        return batch

    def _flag_masks(self, batch: TokenisedBatch) -> None:
        """Rows with nothing trained, and rows whose last trained token ends no answer."""
        count = batch.trained_tokens
        asks = np.array([kind == "question" for kind in batch.kinds], dtype=np.bool_)
        failed = (batch.flags & np.uint16(Flag.FAILED)) > 0
        masked = (count == 0) & ~asks & ~failed
        batch.flags[masked] |= np.uint16(Flag.MASKED)
        rows = np.flatnonzero(count > 0)
        places = np.flatnonzero(batch.trained)
        last = places[np.cumsum(count)[rows] - 1]
        for _ in range(_END_BLANKS):
            blank = self._blanks(batch.ids[last]) & (last > batch.bounds[rows])
            blank &= batch.trained[np.maximum(last - 1, 0)]
            if not blank.any():
                break
            last = last - blank
        open_ended = ~np.isin(batch.ids[last], self._ends)
        batch.flags[rows[open_ended]] |= np.uint16(Flag.NO_END)

    def _blanks(self, ids: Ints) -> Bools:
        """Which tokens are nothing but spaces and newlines."""
        for token in set(ids.tolist()) - self._blank.keys():
            special = token in self._ends
            self._blank[token] = not special and not self._tokenizer.decode([token]).strip()
        return np.array([self._blank[token] for token in ids.tolist()], dtype=np.bool_)

    def _flag_bos(self, batch: TokenisedBatch) -> None:
        bos = self._tokenizer.bos_token_id
        if bos is None or len(batch.ids) < 2:
            return
        first = np.minimum(batch.bounds[:-1], len(batch.ids) - 2)
        twice = (batch.tokens >= 2) & (batch.ids[first] == bos) & (batch.ids[first + 1] == bos)
        batch.flags[twice] |= np.uint16(Flag.DOUBLE_BOS)


def _shifts(rows: Sequence[Prepared]) -> list[int]:
    """For each piece, the characters of its row before it."""
    return [at for row in rows for at in list(accumulate((len(it) for it in row.pieces), initial=0))[:-1]]


def _cut(ids: Ints, starts: Ints, stops: Ints, bounds: Longs, max_length: int) -> tuple[Ints, Ints, Ints, Longs, Bools]:
    """The same without tokens past the limit of their row, and which rows lost some."""
    lengths = np.diff(bounds)
    cut = lengths > max_length
    if not cut.any():
        return ids, starts, stops, bounds, cut
    place = np.arange(len(ids)) - np.repeat(bounds[:-1], lengths)
    kept = place < max_length
    shorter = np.concatenate([[0], np.cumsum(np.minimum(lengths, max_length))])
    return ids[kept], starts[kept], stops[kept], shorter, cut


def _inside(starts: Longs, edges: Longs) -> Bools:
    """Whether each token begins inside a span. `edges`: from, to, from, to ... in order; so are `starts`."""
    inside: Bools = np.searchsorted(edges, starts, side="right") % 2 == 1
    return inside


def _rows_merged(starts: Longs, stops: Ints, base: Longs, begins: Longs) -> Longs:
    """Rows in which a token begins before an answer and ends inside it. `begins`: where the answers begin, in order."""
    if not len(starts):
        return np.empty(0, dtype=np.int64)
    before = np.searchsorted(starts, begins) - 1  # the last token that begins earlier
    rows = np.searchsorted(base, begins, side="right") - 1
    reaches = np.maximum(before, 0)
    merged = (before >= 0) & (starts[reaches] >= base[rows]) & (stops[reaches] + base[rows] > begins)
    return rows[merged]


def _sums(trained: Bools, bounds: Longs) -> Ints:
    running = np.concatenate([[0], np.cumsum(trained)])
    sums: Ints = (running[bounds[1:]] - running[bounds[:-1]]).astype(np.int32)
    return sums
