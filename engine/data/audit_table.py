"""The rows of an audit on disk: what the studio lists, sorts and filters by in one small file, the rows in another.

The rows are an Arrow IPC file of batches of equal size, so that a row's batch is found by division. The counts are 14
bytes a row: a column of a million rows is read in milliseconds, without the texts.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.audit_flags import ODD, Flag
from engine.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TABLE = "rows.arrow"
BATCH_ROWS = 1024
"""Rows in each record batch but the last."""

COUNT_COLUMNS = [("tokens", "<i4"), ("trained", "<i4"), ("rejected", "<i4"), ("flags", "<u2")]
"""A row's counts, as numpy has them; rejected is -1 where there is no worse answer."""

_COUNT_BYTES = 14
_CACHED_BATCHES = 4
_CACHED_COUNTS = 64
_COLUMN_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class AuditedRow:
    """One row as the model will see it in training. The lists have one entry a token."""

    text: str
    """The whole row through the chat template."""
    ids: list[int]
    starts: list[int]
    """Character of `text` at which the token begins."""
    trained: list[bool]
    """Whether the token carries loss."""
    cut: bool
    """Whether the row was longer than the recipe's length and lost its end."""
    end: int
    """Character of `text` at which the last token kept ends."""
    problem: str
    """Why the row could not be rendered; then there are no tokens."""
    flags: Flag = Flag.NONE
    """What is odd about it."""
    rejected_tokens: int | None = None
    """Tokens of the row with the worse answer, after any cut; None where there is none."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What a list of rows shows of one."""

    tokens: int
    trained: int
    flags: Flag
    rejected_tokens: int | None = None

    @property
    def cut(self) -> bool:
        """Whether the row loses its end."""
        return Flag.CUT in self.flags

    @property
    def problem(self) -> bool:
        """Whether the row could not be rendered."""
        return Flag.FAILED in self.flags

    @property
    def odd(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.flags & ODD)


class AuditTable:
    """Reads the rows of an audit. Row n is the n-th usable row of the source."""

    def __init__(self, path: Path) -> None:
        """`path`: the file of rows; its counts lie beside it. Raises DataError when they are not whole."""
        import pyarrow as pa

        try:
            self._reader = pa.ipc.open_file(pa.OSFile(str(path)))
            self._counts_path = counts_path(path)
            self.count = self._counts_path.stat().st_size // _COUNT_BYTES
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{path}: not a whole audit: {error}: delete its folder to make it again") from error
        if self._reader.num_record_batches != -(-self.count // BATCH_ROWS):
            raise DataError(f"{path}: not a whole audit: rows are missing: delete its folder to make it again")
        self._batch = lru_cache(_CACHED_BATCHES)(self._reader.get_batch)
        self._counts = lru_cache(_CACHED_COUNTS)(self._read_counts)

    def row(self, number: int) -> AuditedRow:
        """One row, whole."""
        batch, place = divmod(number, BATCH_ROWS)
        columns = self._batch(batch).slice(place, 1).to_pylist()[0]
        counts = self.counts(number)
        return AuditedRow(**columns, cut=counts.cut, flags=counts.flags, rejected_tokens=counts.rejected_tokens)

    def counts(self, number: int) -> RowCounts:
        """What a list shows of a row; texts and tokens are not touched."""
        batch, place = divmod(number, BATCH_ROWS)
        tokens, trained, rejected, flags = self._counts(batch)[place].item()
        return RowCounts(tokens, trained, Flag(flags), None if rejected < 0 else rejected)

    def tokens(self) -> "npt.NDArray[np.int32]":
        """(rows,): tokens of every row, after any cut: 4 bytes a row, for sorting and histograms."""
        column: npt.NDArray[np.int32] = self._column("tokens")
        return column

    def trained_tokens(self) -> "npt.NDArray[np.int32]":
        """(rows,): tokens of every row that carry loss."""
        column: npt.NDArray[np.int32] = self._column("trained")
        return column

    def flags(self) -> "npt.NDArray[np.uint16]":
        """(rows,): bits of `Flag` of every row."""
        column: npt.NDArray[np.uint16] = self._column("flags")
        return column

    def rows_with(self, flag: Flag) -> "npt.NDArray[np.int64]":
        """Rows on which any of these bits is set, in order."""
        import numpy as np

        return np.flatnonzero(self.flags() & np.uint16(flag))

    def odd_rows(self) -> list[int]:
        """Rows that a person should look at: cut off, with nothing trained, or refused by the template."""
        odd: list[int] = self.rows_with(ODD).tolist()
        return odd

    def _column(self, name: str) -> Any:
        """One count of every row. Read a piece at a time: mapped pages would stay in memory."""
        import numpy as np

        column = np.empty(self.count, dtype=np.dtype(COUNT_COLUMNS)[name])
        for first in range(0, self.count, _COLUMN_ROWS):
            piece = self._read(first, _COLUMN_ROWS)[name]
            column[first : first + len(piece)] = piece
        return column

    def _read_counts(self, batch: int) -> Any:
        return self._read(batch * BATCH_ROWS, BATCH_ROWS)

    def _read(self, first: int, rows: int) -> Any:
        import numpy as np

        rows = min(rows, self.count - first)
        return np.fromfile(self._counts_path, dtype=COUNT_COLUMNS, count=rows, offset=first * _COUNT_BYTES)


def counts_path(table: Path) -> Path:
    """Where the counts of a table's rows lie."""
    return table.with_suffix(".counts")
