"""Where the Data pane's table gets its rows: all rows or some of them, or the lines that could not be used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.panes.data.row_view import answer_words, preview
from tui.visible import visible
from tui.widgets.inked import Inks
from tui.widgets.painted import Ink, Line
from tui.widgets.table import Column

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from tui.panes.data.shown import ShownRows

_SIDES: tuple[tuple[str, Ink], ...] = (("", "dim"), ("train", "dim"), ("val", "accent"), ("held", "bold"))
"""How the sides of the split are written, by their code."""
_WITH_LINES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_SHOWN = 10_000
"""Characters of a line that cannot be used."""
_PEEK = 200
"""Characters of each field of a row that is not understood yet."""


@dataclass(frozen=True, eq=False)
class RowsSource:
    """Rows in the order in which they are listed. A row of the table has a position; `number` says which row it is."""

    rows: "ShownRows"
    order: Any = None
    """int64: numbers of the rows to list, in order; None for all."""
    needle: str = ""
    """What is searched for: marked in the previews."""

    @property
    def count(self) -> int:
        """Rows listed."""
        return self.rows.count if self.order is None else len(self.order)

    def number(self, position: int) -> int:
        """The row at a position."""
        return position if self.order is None else int(self.order[position])

    def position(self, number: int) -> int | None:
        """Where a row is listed; None where it is not."""
        if self.order is None:
            return number if 0 <= number < self.rows.count else None
        import numpy as np

        found = np.flatnonzero(self.order == number)
        return int(found[0]) if len(found) else None

    def positions(self, numbers: Any) -> Any:
        """int64, rising: positions of those of the rows that are listed."""
        if self.order is None:
            return numbers
        import numpy as np

        wanted = np.zeros(self.rows.count, bool)
        wanted[numbers] = True
        return np.flatnonzero(wanted[self.order])

    def cells(self, position: int) -> Sequence[Line]:
        """Number, tokens, a mark, side, answer and prompt."""
        number = self.number(position)
        record, example, problem = self.rows.example(number)
        tokens, sign = self._tokens(number, problem)
        if example is not None:
            answer, prompt = _line(answer_words(example.answer), self.needle), _line(example.prompt, self.needle, "dim")
        else:
            answer = [(problem, "warn")] if problem else [("", "")]
            prompt = _line(_peek(record), self.needle, "dim")
        name = f"+{self.rows.name(number)}" if self.rows.mixed_in(number) else str(self.rows.name(number))
        return [[(name, "dim")], tokens, sign, [_SIDES[self._sides[number]]], answer, prompt]

    @cached_property
    def _sides(self) -> Any:
        return self.rows.sides

    def _tokens(self, number: int, problem: str) -> tuple[Line, Line]:
        """Tokens of a row, and a sign where a person should look or has marked it."""
        mark: Line = [("●", "accent")] if number in self.rows.marked else [("", "")]
        counts = self.rows.counts(number)
        if counts is None:
            return [("—" if problem else "", "dim")], [("✗", "error")] if problem else mark
        if counts.problem or counts.flags & _masked():
            return [(str(counts.tokens or "—"), "")], [("✗", "error")]
        return [(f"{counts.tokens:,}", "")], [("!", "warn")] if counts.odd else mark


def _masked() -> int:
    from engine.data.audit_flags import Flag

    return int(Flag.MASKED)


def row_columns(rows: "ShownRows", *, wide: bool) -> list[Column]:
    """The columns of `RowsSource`. `wide`: whether there is room for prompts."""
    digits = max(2, len(str(rows.store.count)))
    tokens = rows.audit is not None
    return [
        Column("#", digits, right=True),
        Column("tokens" if wide else "tok", 6 if wide else 5, right=True) if tokens else Column("", 1),
        Column("", 1),
        Column("split", 5),
        Column("answer", share=2),
        Column("prompt", share=3),
    ]


@dataclass(frozen=True)
class BadSource:
    """Lines that could not be read, then rows that are no example."""

    dataset: "Dataset"
    columns: tuple[Column, ...] = field(
        default=(Column("where", 13, right=True), Column("", 1), Column("what is wrong with it")), init=False
    )

    @property
    def count(self) -> int:
        """Lines that are left out."""
        return self.dataset.source.manifest.bad_rows + len(self.dataset.survey.unfit_rows)

    def cells(self, row: int) -> Sequence[Line]:
        """Line and reason."""
        bad = self.dataset.source.bad
        if row >= len(bad):
            entry = self.dataset.unfit[row - len(bad)]
            return [[(f"row {entry.line:,}", "dim")], [("✗", "error")], [(visible(entry.reason), "")]]
        entry = bad[row]
        file = f"{entry.file}: " if entry.file else ""
        return [[(f"line {entry.line:,}", "dim")], [("✗", "error")], [(visible(file + entry.reason), "")]]

    def detail(self, row: int) -> tuple[str, str, str]:
        """Title, reason, and what the line holds."""
        bad = self.dataset.source.bad
        if row < len(bad):
            entry = bad[row]
            path = self.dataset.source.path / entry.file if entry.file else self.dataset.source.path
            where = f" of {entry.file}" if entry.file else ""
            return f"Line {entry.line:,}{where}", entry.reason, _line_at(path, entry.offset)
        entry = self.dataset.unfit[row - len(bad)]
        line = ""
        if self.dataset.records is self.dataset.source:
            line = f", line {self.dataset.source.line(entry.line - 1)[1]:,}"
        return f"Row {entry.line:,}{line}", entry.reason, _record(self.dataset.records.row(entry.line - 1))


def _peek(record: dict[str, Any]) -> str:
    """The beginning of each field."""
    return " · ".join(f"{key}: {str(value)[:_PEEK]}" for key, value in record.items())[: 4 * _PEEK]


def _record(record: dict[str, Any]) -> str:
    """The fields of a row, a line each."""
    try:
        return "\n".join(f"{key}: {value}" for key, value in record.items())[:_SHOWN]
    except RecursionError:
        return "nested too deeply to show"


def _line_at(path: Path, offset: int) -> str:
    """The line of a file that begins at a byte; "" when there is no such line to show."""
    if path.suffix.lower() not in (".jsonl", ".ndjson", ".json", ".csv", ".tsv") or (
        path.suffix == ".json" and not offset
    ):
        return ""
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.readline(_SHOWN).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _line(text: str, needle: str, ink: Ink = "") -> Line:
    return [(words, _table_ink(inks)) for words, inks in preview(text, needle, ink)]


def _table_ink(inks: Inks) -> Ink:
    """The table shows one ink a span; a match is shown over everything else."""
    return "chosen" if "match" in inks else "dim" if inks == "dim" else ""
