"""What a check found, in memory and on disk: `findings.json`, and every finding's rows in `findings.npy` beside it."""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from engine.data.records import BadRow
from engine.errors import DataError
from engine.files import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 2
"""Version of the files and of what is checked; part of the key, so that older findings are made again."""

DOCUMENT = "findings.json"
ROWS = "findings.npy"
MOST_LISTED = 100_000
"""Rows of one finding that are listed; its count is exact all the same."""
MOST_BAD = 10_000
"""Unreadable lines that are listed."""

Severity = Literal["error", "warn", "note"]
"""error: training on it goes wrong, or a measure lies. warn: it will cost quality. note: good to know."""
_ORDER: tuple[Severity, ...] = ("error", "warn", "note")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, or good to know."""

    code: str
    """What it is; scripts may rely on it."""
    severity: Severity
    count: int
    """Rows (or lines) that it is about; 0 where it is about the whole."""
    text: str
    """One line with its figures."""
    mend: str
    """What to do about it, naming the curation step or the recipe's key."""
    examples: tuple[str, ...] = ()
    """A few cases in one line each; personal data is masked."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was checked, in the parts that findings depend on."""

    rows: str
    """Names the source's rows and how they are read."""
    sides: str
    """Names the held-out file, and how rows are split."""
    curate: tuple[dict[str, Any], ...] = ()
    """The steps of curation that rows had gone through."""


@dataclass(frozen=True)
class Report:
    """Everything that a check found."""

    rows: int
    """Rows that were read."""
    format: str
    """How they are laid out."""
    findings: tuple[Finding, ...]
    """The worst first."""
    lists: Mapping[str, "NDArray[np.int64]"] = field(default_factory=dict)
    """Row numbers in the records, from 0 and in order, by finding code; at most MOST_LISTED each."""
    bad: tuple[BadRow, ...] = ()
    """Lines that are no row, at most MOST_BAD."""
    unchecked: tuple[str, ...] = ()
    """What could not be checked, and why, a line each."""
    seconds: float = 0.0
    key: str = ""
    """Names what was checked; see `cached`."""
    checked: Checked | None = None
    """The same in parts; None for rows that are no recipe's."""

    @property
    def has_errors(self) -> bool:
        """Whether training should wait."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by finding code."""
        return {finding.code: finding.count for finding in self.findings}

    def finding(self, code: str) -> Finding | None:
        """The finding of a code."""
        return next((finding for finding in self.findings if finding.code == code), None)

    def rows_of(self, code: str) -> Sequence[int] | Any:
        """The rows of a finding, from 0; an int64 array, or an empty list where there are none."""
        return self.lists.get(code, ())

    def merged(
        self,
        findings: Iterable[Finding],
        lists: Mapping[str, "NDArray[np.int64]"] | None = None,
        without: Iterable[str] = (),
    ) -> "Report":
        """This report with findings of another source, such as the audit, in place of those of the same code.

        `without`: codes that they make pointless, such as an estimate of what the audit has counted.
        """
        new = {finding.code: finding for finding in findings}
        gone = {*new, *without}
        kept = (finding for finding in self.findings if finding.code not in gone)
        mine = {code: rows for code, rows in self.lists.items() if code not in gone}
        return replace(self, findings=worst_first([*kept, *new.values()]), lists={**mine, **(lists or {})})

    def save(self, folder: Path) -> None:
        """Write both files; the document comes last, so where it is, all is. Raises OSError."""
        import numpy as np

        codes = [finding.code for finding in self.findings if finding.code in self.lists]
        listed = [np.asarray(self.lists[code][:MOST_LISTED], np.int64) for code in codes]
        _save_array(folder / ROWS, np.concatenate([*listed, np.empty(0, np.int64)]))
        document = _Document(
            version=FORMAT, key=self.key, rows=self.rows, format=self.format, findings=self.findings,
            listed=dict(zip(codes, map(len, listed), strict=True)),
            bad=[_Bad(bad.line, bad.offset, bad.reason, bad.file) for bad in self.bad[:MOST_BAD]],
            unchecked=self.unchecked, seconds=self.seconds, checked=self.checked,
        )  # fmt: skip
        write_atomic(folder / DOCUMENT, msgspec.json.format(msgspec.json.encode(document), indent=1).decode())


def load(folder: Path) -> Report:
    """What a check left in a folder; the rows are read when they are asked for. Raises DataError."""
    import numpy as np

    path = folder / DOCUMENT
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
        rows = np.load(folder / ROWS, mmap_mode="r") if any(document.listed.values()) else np.empty(0, np.int64)
    except (OSError, ValueError, EOFError) as error:  # msgspec's errors are ValueErrors
        raise DataError(f"{path}: not a whole check: {error}: delete its folder to make it again") from error
    lists, begin = {}, 0
    for code, count in document.listed.items():
        lists[code] = rows[begin : begin + count]
        begin += count
    bad = tuple(BadRow(bad.line, bad.offset, bad.reason, bad.file) for bad in document.bad)
    return Report(
        document.rows,
        document.format,
        document.findings,
        lists,
        bad,
        document.unchecked,
        document.seconds,
        document.key,
        document.checked,
    )


def cached(folder: Path, key: str) -> Report | None:
    """The report in a folder when it is whole and of this key."""
    try:
        report = load(folder)
    except DataError:
        return None
    return report if report.key == key else None


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then notes; those with most rows first."""
    return tuple(sorted(findings, key=lambda it: (_ORDER.index(it.severity), -it.count)))


class _Bad(msgspec.Struct, frozen=True):
    line: int
    offset: int
    reason: str
    file: str = ""


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    key: str
    rows: int
    format: str
    findings: tuple[Finding, ...]
    listed: dict[str, int]
    bad: list[_Bad]
    unchecked: tuple[str, ...] = ()
    seconds: float = 0.0
    checked: Checked | None = None


def _save_array(path: Path, array: "NDArray[np.int64]") -> None:
    import numpy as np

    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, array)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
