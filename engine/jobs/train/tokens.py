"""Tokenised rows on disk: written a batch at a time, read back memory-mapped, so that a million rows need no memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.jobs.masking import TokenisedBatch


@dataclass(frozen=True, slots=True)
class TokenisedRows:
    """Rows that train something."""

    path: Path
    """An Arrow stream as `datasets` has it: input_ids, labels (-100 where nothing is trained), length, row."""
    count: int
    tokens: int
    trained_tokens: int
    longest: int
    """Tokens of the longest row."""

    def __len__(self) -> int:
        return self.count

    def dataset(self) -> Any:
        """As a `datasets.Dataset`; `row` is the place among training rows, -1 for validation."""
        from datasets import Dataset

        return Dataset.from_file(str(self.path))


class RowWriter:
    """Writes rows that train something and counts them; used as a context, after which `rows` says what there is."""

    def __init__(self, path: Path, *, training: bool) -> None:
        self._path = path
        self._training = training
        self._count = self._tokens = self._trained = self._longest = 0

    def __enter__(self) -> "RowWriter":
        import pyarrow as pa

        self._path.parent.mkdir(exist_ok=True)
        self._file = open(self._path, "wb")
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
        bounds = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        places = np.arange(self._count, self._count + rows) if self._training else np.full(rows, -1)
        columns = [
            pa.ListArray.from_arrays(bounds, pa.array(batch.ids[of_kept])),
            pa.ListArray.from_arrays(bounds, pa.array(batch.labels[of_kept])),
            pa.array(lengths),
            pa.array(places.astype(np.int32)),
        ]
        self._writer.write_batch(pa.record_batch(columns, schema=_schema()))
        self._count += rows
        self._tokens += int(lengths.sum())
        self._trained += int(batch.trained_tokens[kept].sum())
        self._longest = max(self._longest, int(lengths.max()))

    @property
    def rows(self) -> TokenisedRows:
        """What was written."""
        return TokenisedRows(self._path, self._count, self._tokens, self._trained, self._longest)


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            ("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32())),
            ("length", pa.int32()), ("row", pa.int32()),
        ]
    )  # fmt: skip
