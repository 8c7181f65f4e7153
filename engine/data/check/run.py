"""The whole check: one pass over the rows, then what only all of them together tell."""

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import numpy as np

from engine.data.check.benchmarks import Benchmarks, known_benchmarks
from engine.data.check.columns import Columns
from engine.data.check.duplicates import BATCH_CHARACTERS, BATCH_TEXTS, NearDuplicates
from engine.data.check.findings import Findings
from engine.data.check.findings.classes import balance, size
from engine.data.check.findings.fit import fit, fit_of_held_out
from engine.data.check.findings.leaks import Measured, Sides, benchmarks, leakage, near_leakage, split_sizes
from engine.data.check.findings.lengths import language, odd_characters, too_long, too_short
from engine.data.check.findings.private import private
from engine.data.check.findings.repeats import contradictions, duplicates, near_duplicates
from engine.data.check.personal import redact
from engine.data.check.progress import IsCancelled, never
from engine.data.check.report import MOST_BAD, MOST_LISTED, Finding, Report, worst_first
from engine.data.check.texts import RowTexts, row_texts
from engine.data.check.workers import Batch, featured, worth
from engine.data.conversations import Unfit
from engine.data.example import Example
from engine.data.field import field_value
from engine.data.records import BadRow, Records, Row
from engine.errors import Cancelled

_MOST_REASONS = 50
_MMLU = "MMLU: its questions' hashes do not come with ttune: name a file of them with --benchmark"


class RowLayout(Protocol):
    """How rows become examples."""

    @property
    def format(self) -> str:
        """Its name."""

    def example(self, row: Row) -> Example:
        """What a row teaches. Raises Unfit."""


@dataclass(frozen=True)
class Settings:
    """What is looked for."""

    max_length: int = 2048
    """Tokens that training keeps of a row."""
    label_field: str = ""
    """The field that names a row's class; "": short answers do."""
    threshold: float = 0.8
    """From this Jaccard similarity of word 5-grams on, rows are near duplicates."""
    benchmarks: Benchmarks = field(default_factory=known_benchmarks)
    processes: int | None = None
    """Processes beside this one; None: as many as pay."""


def check(
    records: Records,
    layout: RowLayout,
    *,
    sides: Sides | None = None,
    held_out: tuple[Records, RowLayout] | None = None,
    bad: Sequence[BadRow] = (),
    tokens: Any | None = None,
    settings: Settings | None = None,
    found: Callable[[Finding], None] = lambda finding: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancelled: IsCancelled = never,
) -> Report:
    """Check every row. Raises Cancelled.

    `sides`: which rows train and which are measured on; None: all train. `held_out`: the rows of a held-out file.
    `bad`: lines of the source that are no row. `tokens`: what an audit counted for each row that fits, before any cut.
    `found` is told each finding as it is made; `progress` how many rows of how many were read.

    100,000 rows of 700 bytes take 12 s and 0.3 GB, pages of the rows included; 7 s with two processes beside this one
    (tests/bench/checks.py).
    """
    return _Check(records, layout, held_out, settings or Settings(), found, progress, cancelled).run(sides, bad, tokens)


class _Check:
    def __init__(
        self,
        records: Records,
        layout: RowLayout,
        held_out: tuple[Records, RowLayout] | None,
        settings: Settings,
        found: Callable[[Finding], None],
        progress: Callable[[int, int], None],
        cancelled: IsCancelled,
    ) -> None:
        self._began = time.monotonic()
        self._records, self._layout, self._held_out = records, layout, held_out
        self._settings, self._tell, self._progress, self._cancelled = settings, found, progress, cancelled
        self._total = records.count + (held_out[0].count if held_out else 0)
        self._columns, self._file = Columns(), Columns()
        self._findings: list[Finding] = []
        self._lists: dict[str, Any] = {}

    def run(self, sides: Sides | None, bad: Sequence[BadRow], tokens: Any | None) -> Report:
        settings, columns = self._settings, self._columns
        with NearDuplicates(settings.threshold) as index:
            self._read(index)
            self._take(fit(columns, self._records.count, bad))
            self._take(fit_of_held_out(self._file))
            for findings in (
                duplicates(columns, self._copied()), contradictions(columns), private(columns),
                too_long(columns, settings.max_length, tokens), too_short(columns), odd_characters(columns),
                language(columns), balance(columns), size(columns), benchmarks(columns, settings.benchmarks),
            ):  # fmt: skip
                self._take(findings)
            measured = None if sides is None else self._measured(sides)
            if measured is not None and sides is not None:
                self._take(leakage(columns, measured))
                self._take(split_sizes(measured, sides.notes))
            alike = index.first_alike(self._cancelled)
        self._take(near_duplicates(columns, alike[: len(columns.numbers)], settings.threshold))
        if measured is not None:
            self._take(near_leakage(columns, measured, alike))
        return self._report(bad)

    def _read(self, index: NearDuplicates) -> None:
        """Every row's figures, the held-out file's after the source's."""
        processes = worth(self._total) if self._settings.processes is None else self._settings.processes
        batches = self._batches()
        for numbers, features in featured(batches, self._settings.threshold, self._settings.benchmarks, processes):
            own = numbers[0] < self._records.count
            (self._columns if own else self._file).add(numbers, features)
            index.add(features.sketches)
            self._progress(min(numbers[-1] + 1, self._total), self._total)
        self._columns.close()
        self._file.close()

    def _batches(self) -> Iterator[Batch]:
        yield from self._batches_of(self._records, self._layout, 0, self._columns)
        if self._held_out:
            yield from self._batches_of(*self._held_out, self._records.count, self._file)

    def _batches_of(self, records: Records, layout: RowLayout, first: int, columns: Columns) -> Iterator[Batch]:
        numbers: list[int] = []
        texts: list[RowTexts] = []
        characters = 0
        for number, row in enumerate(records.rows(), start=first):
            try:
                texts.append(row_texts(layout.example(row), self._label(row)))
            except Unfit as error:
                _note(columns.unfit, str(error), number)
                continue
            numbers.append(number)
            characters += len(texts[-1].body)
            if len(texts) == BATCH_TEXTS or characters > BATCH_CHARACTERS:
                yield numbers, texts
                numbers, texts, characters = [], [], 0
                self._ask()
        if texts:
            yield numbers, texts
        self._ask()

    def _label(self, row: Row) -> str | None:
        if not self._settings.label_field:
            return None
        value = field_value(row, self._settings.label_field)
        return "" if value is None or isinstance(value, list | dict) else str(value)

    def _measured(self, sides: Sides) -> Measured:
        """The sides as places in the columns, which lack rows that do not fit."""
        numbers = self._columns.numbers

        def places(rows: Any) -> Any:
            rows = np.asarray(rows, np.int64)
            found = np.searchsorted(numbers, rows)
            found = np.minimum(found, max(0, len(numbers) - 1))
            return found[numbers[found] == rows] if len(numbers) else np.empty(0, np.int64)

        return Measured(
            places(sides.train), places(sides.validation), places(sides.held_out), self._file.rows["prompt_key"]
        )

    def _copied(self) -> Any:
        """bool, one for each place in the columns: whether curation has made the row as a copy; None where none is."""
        copied = getattr(self._records, "copied", None)
        return None if copied is None else copied[self._columns.numbers]

    def _take(self, findings: Findings) -> None:
        """Keep findings and tell of them."""
        for made, rows in findings:
            finding = msgspec.structs.replace(made, text=redact(made.text))  # a class's name or a reason may hold some
            self._findings.append(finding)
            if len(rows):
                self._lists[finding.code] = np.array(rows[:MOST_LISTED])
            self._tell(finding)
        self._ask()

    def _ask(self) -> None:
        if self._cancelled():
            raise Cancelled

    def _report(self, bad: Sequence[BadRow]) -> Report:
        return Report(
            rows=self._records.count,
            format=self._layout.format,
            findings=worst_first(self._findings),
            lists=self._lists,
            bad=tuple(bad[:MOST_BAD]),
            unchecked=() if any("MMLU" in name.upper() for name in self._settings.benchmarks.names) else (_MMLU,),
            seconds=time.monotonic() - self._began,
        )


def _note(unfit: dict[str, Any], reason: str, number: int) -> None:
    if reason not in unfit and len(unfit) >= _MOST_REASONS:
        reason = "for other reasons"
    unfit.setdefault(reason, array("q")).append(number)
