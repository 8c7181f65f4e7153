"""Tokenised rows on disk: written a batch at a time, read back memory-mapped, so that a million rows need no memory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.files import private
from engine.jobs.masking import TokenisedBatch
from engine.steps.plan import piece_lengths

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class TokenisedRows:
    """Rows that train something, pieces of them, or several of them packed into one sequence."""

    path: Path
    """An Arrow stream as `datasets` has it: input_ids, labels (-100 where nothing is trained), length, row; of packed
    ones `row_lengths` and `rows` too."""
    rows: int
    """Rows of the source that are in it."""
    tokens: int
    trained_tokens: int
    lengths: Ints
    """(sequences,): tokens of each sequence that the loader gives out: a row, a piece of one, or several packed."""

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        return int(self.lengths.max(initial=0))

    def dataset(self) -> Any:
        """As a `datasets.Dataset`; `row` is the place among training rows, -1 for validation."""
        from datasets import Dataset

        return Dataset.from_file(str(self.path))


@dataclass
class RowWriter:
    """Writes rows that train something and counts them; used as a context, after which `written` says what there is."""

    path: Path
    training: bool
    piece: int | None = None
    """Longer rows are cut into pieces of as many tokens; None: each row stays whole."""
    _rows: int = 0
    _tokens: int = 0
    _trained: int = 0
    _lengths: list[Ints] = field(default_factory=list)

    def __enter__(self) -> "RowWriter":
        import pyarrow as pa

        self.path.parent.mkdir(exist_ok=True)
        self._file = open(self.path, "wb", opener=private)
        self._writer = pa.ipc.new_stream(self._file, _schema())
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._file.close()

    def add(self, batch: TokenisedBatch, kept: npt.NDArray[np.bool_]) -> None:
        """Write the rows of a batch that are `kept`."""
        import pyarrow as pa

        lengths, rows = batch.tokens[kept], int(kept.sum())
        if not rows:
            return
        of_kept = np.repeat(kept, batch.tokens)
        places = np.arange(self._rows, self._rows + rows) if self.training else np.full(rows, -1)
        if self.piece is not None:
            pieces, of_row = piece_lengths(lengths, self.piece)
            lengths, places = pieces.astype(np.int32), places[of_row]
        bounds = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        columns = [
            pa.ListArray.from_arrays(bounds, pa.array(batch.ids[of_kept])),
            pa.ListArray.from_arrays(bounds, pa.array(batch.labels[of_kept])),
            pa.array(lengths),
            pa.array(places.astype(np.int32)),
        ]
        self._writer.write_batch(pa.record_batch(columns, schema=_schema()))
        self._rows += rows
        self._tokens += int(lengths.sum())
        self._trained += int(batch.trained_tokens[kept].sum())
        self._lengths.append(lengths)

    @property
    def written(self) -> TokenisedRows:
        """What was written."""
        lengths = np.concatenate(self._lengths) if self._lengths else np.empty(0, np.int32)
        return TokenisedRows(self.path, self._rows, self._tokens, self._trained, lengths)


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            ("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32())),
            ("length", pa.int32()), ("row", pa.int32()),
        ]
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TokenisedData:
    """What is trained and what is measured; rows that would train nothing are left out."""

    train: TokenisedRows
    validation: TokenisedRows

    @property
    def train_rows(self) -> int:
        """Sequences, pairs or judged answers that the trainer's loader gives out in an epoch."""
        return len(self.train)

    @property
    def validation_rows(self) -> int:
        """The same of an evaluation."""
        return len(self.validation)
