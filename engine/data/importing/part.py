"""One Arrow file of an import while it is written, and what is remembered of it."""

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from engine.data.importing.columns import build_batch, schema_of
from engine.data.importing.shape import Shape
from engine.data.records import BadRow
from engine.files import PRIVATE_FILE

BATCH_ROWS = 4096
BATCH_BYTES = 4 << 20
"""A batch ends at either: what a row costs to read is bounded for short and for long rows."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What an import remembers of one of its Arrow files."""

    file: str
    """Name in the import's folder."""
    shape: Shape
    batches: list[int]
    """Rows of each record batch."""
    lines: int = 0
    """Lines of the source that the part was read from."""
    before: int = 0
    """Lines of the same file before them."""
    source: str = ""
    """Which file of a folder, relative to it; "" where the source is one file."""
    split: str = ""
    """Which named split of the source the rows belong to; "" where it has none."""

    @property
    def rows(self) -> int:
        """Rows in it."""
        return sum(self.batches)


class PartWriter:
    """Collects rows and writes them batch by batch. A context manager: an error leaves no half file behind."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path = path
        self.shape = shape
        self.bad: list[BadRow] = []
        """Lines that are no row, `line` counted from the part's first."""
        self._batches: list[int] = []
        self._lines: list[int] = []
        self._rows: list[Any] = []
        self._odd: list[bytes | None] = []
        self._bytes = 0

    def __enter__(self) -> "PartWriter":
        self.path.touch(PRIVATE_FILE)
        self._file = pa.OSFile(str(self.path), "wb")
        self._writer = pa.ipc.new_file(self._file, schema_of(self.shape))
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            self._writer.close()
            self._file.close()
            if kind is not None:
                self.path.unlink(missing_ok=True)

    def add(self, line: int, row: Any, size: int, odd: bytes | None = None) -> None:
        """Take a row: decoded to the shape's type, or None with its JSON text as `odd`. `size`: its bytes."""
        self._lines.append(line)
        self._rows.append(row)
        self._odd.append(odd)
        self._bytes += size
        if len(self._rows) >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
            self._flush()

    def write(self, batch: pa.RecordBatch) -> None:
        """Take a whole record batch."""
        if batch.num_rows:
            self._writer.write_batch(batch)
            self._batches.append(batch.num_rows)

    def part(self, lines: int, source: str = "", split: str = "") -> Part:
        """What to remember. After the last row."""
        return Part(
            file=self.path.name, shape=self.shape, batches=self._batches, lines=lines, source=source, split=split
        )

    def _flush(self) -> None:
        if self._rows:
            self.write(build_batch(self.shape, self._lines, self._rows, self._odd))
            self._lines, self._rows, self._odd, self._bytes = [], [], [], 0
