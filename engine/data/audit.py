"""What an audit job leaves: every usable row through the real chat template, as tokens. Found, and read row by row.

The table is an Arrow IPC file, memory-mapped: opening it reads its footer, and a row costs the pages it lies on.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.audit_flags import ODD, Flag
from engine.errors import DataError, JobError
from engine.job import JobFolder
from engine.journal import read_events
from engine.project import Project, is_hub_id, resolve
from engine.protocol import AuditDone
from engine.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FORMAT = 2
"""Version of the table's columns; part of the key, so that an older table is made again."""

TABLE = "rows.arrow"
BATCH_ROWS = 1024
"""Rows in each record batch but the last, so that a row's batch is found by division."""

_CACHED_BATCHES = 64
_ROW_COLUMNS = ["text", "ids", "starts", "trained", "end", "problem", "flags", "rejected_tokens"]
_COUNT_COLUMNS = ["tokens", "trained_tokens", "flags", "rejected_tokens"]
_TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
)  # fmt: skip


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
        """Raises DataError when the file is not a whole table."""
        import pyarrow as pa

        try:
            self._reader = pa.ipc.open_file(pa.memory_map(str(path)))
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{path}: not a whole audit: {error}: delete its folder to make it again") from error
        batches = self._reader.num_record_batches
        self.count = (batches - 1) * BATCH_ROWS + self._reader.get_batch(batches - 1).num_rows if batches else 0
        self._batch = lru_cache(_CACHED_BATCHES)(self._reader.get_batch)
        self._counts = lru_cache(_CACHED_BATCHES)(self._read_counts)

    def row(self, number: int) -> AuditedRow:
        """One row, whole."""
        batch, place = divmod(number, BATCH_ROWS)
        columns = self._batch(batch).slice(place, 1).select(_ROW_COLUMNS).to_pylist()[0]
        flags = Flag(columns.pop("flags"))
        return AuditedRow(**columns, cut=Flag.CUT in flags, flags=flags)

    def counts(self, number: int) -> RowCounts:
        """What a list shows of a row; texts and tokens are not touched."""
        batch, place = divmod(number, BATCH_ROWS)
        return self._counts(batch)[place]

    def tokens(self) -> "npt.NDArray[np.int32]":
        """(rows,): tokens of every row, after any cut: 4 bytes a row, for sorting and histograms."""
        column: npt.NDArray[np.int32] = self._column("tokens", "int32")
        return column

    def trained_tokens(self) -> "npt.NDArray[np.int32]":
        """(rows,): tokens of every row that carry loss."""
        column: npt.NDArray[np.int32] = self._column("trained_tokens", "int32")
        return column

    def flags(self) -> "npt.NDArray[np.uint16]":
        """(rows,): bits of `Flag` of every row."""
        column: npt.NDArray[np.uint16] = self._column("flags", "uint16")
        return column

    def rows_with(self, flag: Flag) -> "npt.NDArray[np.int64]":
        """Rows on which any of these bits is set, in order."""
        import numpy as np

        return np.flatnonzero(self.flags() & np.uint16(flag))

    def odd_rows(self) -> list[int]:
        """Rows that a person should look at: cut off, with nothing trained, or refused by the template."""
        odd: list[int] = self.rows_with(ODD).tolist()
        return odd

    def _column(self, name: str, dtype: str) -> Any:
        """A cheap column of every row, read where it lies in the mapped file."""
        import numpy as np

        column = np.empty(self.count, dtype=dtype)
        for number in range(self._reader.num_record_batches):
            values = self._reader.get_batch(number).column(name).to_numpy()
            column[number * BATCH_ROWS : number * BATCH_ROWS + len(values)] = values
        return column

    def _read_counts(self, number: int) -> list[RowCounts]:
        columns = self._reader.get_batch(number).select(_COUNT_COLUMNS).to_pydict()
        return [
            RowCounts(tokens, trained, Flag(flags), rejected)
            for tokens, trained, flags, rejected in zip(*(columns[name] for name in _COUNT_COLUMNS), strict=True)
        ]


def audit_key(recipe: Recipe, project: Path) -> str:
    """Names everything that an audit's rows depend on: two audits of one key hold the same table.

    Files are told apart by size and time of change, so that a large source is not read for it.
    """
    data = recipe.data.model_dump(mode="json", exclude={"split", "held_out"})
    base = recipe.model.base
    folder = None if is_hub_id(base, project) else resolve(base, project)
    parts = [
        FORMAT,
        metadata.version("transformers"),
        data,
        _stamp(resolve(recipe.data.source, project)),
        recipe.method.answers_only,
        recipe.training.max_length,
        base,
        [_stamp(folder / name) for name in _TOKENIZER_FILES] if folder else None,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def find_audit(project: Project, key: str, *, ended: bool = False) -> JobFolder | None:
    """The newest audit of this key that is complete, else one that is at work on it.

    `ended`: else the newest that failed or was stopped, so that what is sure to fail is not tried again and again.
    """
    same = [folder for folder in project.jobs("audit") if _key_of(folder) == key]
    complete = next((folder for folder in same if is_complete(folder)), None)
    at_work = next((folder for folder in same if folder.is_alive()), None)
    return complete or at_work or (same[0] if ended and same else None)


def is_complete(folder: JobFolder) -> bool:
    """Whether an audit has its table, which is the last thing it writes."""
    return (folder.path / TABLE).is_file()


def totals(folder: JobFolder) -> AuditDone | None:
    """What a complete audit counted; None when its journal does not say."""
    return next((event for event in reversed(read_events(folder.events)) if isinstance(event, AuditDone)), None)


def _key_of(folder: JobFolder) -> str | None:
    try:
        return folder.spec.options.get("key")
    except JobError:  # a folder that is being made or removed right now
        return None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
