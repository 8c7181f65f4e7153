"""The export: rows into a file that is there whole or not at all."""

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.conversations import Unfit
from engine.data.curate.reading import IsCancelled, Progress, rows_of
from engine.data.export.shapes import Shape, as_row
from engine.data.export.target import check_free, target_of
from engine.data.records import Records, Row
from engine.errors import DataError

if TYPE_CHECKING:
    from engine.data.conversations import Layout


_IN_ARROW = re.compile(r"\[errno \d+\] ([^:]+)")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    rows: int
    """Rows in the file."""
    left_out: tuple[tuple[str, int], ...]
    """Why rows are not in it, and how many; the most frequent reason first."""
    notes: tuple[str, ...] = ()
    """What comes back different when the file is opened again."""


def export(
    records: Records,
    path: Path,
    *,
    layout: "Layout | None" = None,
    shape: Shape | None = None,
    sources: tuple[Path, ...] = (),
    force: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Exported:
    """Write rows to a file, whose name tells the form: .jsonl, .json, .csv, .tsv (also .gz, .zst), .parquet, .arrow.

    `shape`: the format to write rows in, which `layout` reads; None: as they are. `sources`: files and folders that
    are not written over, whatever `force` says. Raises DataError when nothing can be written, Cancelled when
    `cancelled` says so; the file is then as it was.
    """
    target = target_of(path)
    check_free(path, sources, force=force)
    if not records.count:
        raise DataError(f"{path}: there are no rows to write")
    writing = _Writing(records, layout, shape, progress, cancelled)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(descriptor)
        beside = replace(target, path=Path(name))
        try:
            if target.form in ("parquet", "arrow"):
                from engine.data.export.tables import write_table

                write_table(beside, writing.rows, writing.notes.append)
            else:
                from engine.data.export.texts import write_text

                write_text(beside, writing.rows, writing.leave_out)
            writing.refuse_none(path)
            _settle(beside.path)
            beside.path.replace(path)
        except BaseException:
            beside.path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {_reason(error)}: nothing was changed") from error
    except (UnicodeError, Unfit) as error:
        raise DataError(f"{path}: cannot be written: {error}: write it as .jsonl") from error
    return Exported(path, writing.written, tuple(writing.reasons.most_common()), tuple(writing.notes))


class _Writing:
    """Rows on their way, counted anew in each pass: tables are gone through twice."""

    def __init__(
        self,
        records: Records,
        layout: "Layout | None",
        shape: Shape | None,
        progress: Progress | None,
        cancelled: IsCancelled | None,
    ) -> None:
        assert shape is None or layout is not None, "a format needs the layout that reads the rows"
        self.records, self.layout, self.shape = records, layout, shape
        self.progress, self.cancelled = progress, cancelled
        self.reasons: Counter[str] = Counter()
        self.notes: list[str] = []
        self.written = 0

    def rows(self) -> Iterator[Row]:
        """Every row that the format can hold."""
        self.reasons.clear()
        self.written = 0
        for row in rows_of(self.records, self.progress, self.cancelled):
            try:
                made = (
                    row if self.layout is None or self.shape is None else as_row(self.layout.example(row), self.shape)
                )
            except Unfit as error:
                self.reasons[str(error)] += 1
            else:
                self.written += 1
                yield made

    def leave_out(self, why: str) -> None:
        """A row that was given could not be written."""
        self.reasons[why] += 1
        self.written -= 1

    def refuse_none(self, path: Path) -> None:
        """Raise DataError where no row was written."""
        if not self.written:
            why = self.reasons.most_common(1)[0][0]
            raise DataError(f"{path}: no row can be written{f' as {self.shape}' if self.shape else ''}: {why}")


def _reason(error: OSError) -> str:
    """What the system says; Arrow's errors have it in their text alone."""
    found = _IN_ARROW.search(str(error))
    return found[1] if found else error.strerror or str(error)


def _settle(path: Path) -> None:
    """Make sure that the file is on the disk, and readable as other files of this user are."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
