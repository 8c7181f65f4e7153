"""Columns of tokens on disk, written a batch at a time, for `datasets` to read by memory map."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.files import private
from engine.jobs.masking import TokenisedBatch


class TableWriter:
    """Writes an Arrow stream; used as a context. The first batch decides the columns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> "TableWriter":
        self._path.parent.mkdir(exist_ok=True)
        self._file = open(self._path, "wb", opener=private)
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        self._file.close()

    def add(self, columns: dict[str, Any]) -> None:
        """Write rows: pyarrow or numpy arrays of one length by column; nothing where they are empty."""
        import pyarrow as pa

        batch = pa.record_batch({name: pa.array(column) for name, column in columns.items()})
        if not batch.num_rows:
            return
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._file, batch.schema)
        self._writer.write_batch(batch)


def token_lists(batch: TokenisedBatch, values: npt.NDArray[np.int32], kept: npt.NDArray[np.bool_]) -> Any:
    """A column of lists: of `values` (tokens of the batch,) those of each row that is `kept`."""
    import pyarrow as pa

    lengths = batch.tokens[kept]
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(bounds), pa.array(values[np.repeat(kept, batch.tokens)]))
