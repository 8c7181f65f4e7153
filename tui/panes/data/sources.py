"""Where the Data pane's table gets its rows: the usable rows, or the lines that could not be used."""

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
    from engine.data.audit import AuditTable
    from engine.data.dataset import Dataset

_SIDES: tuple[tuple[str, Ink], ...] = (("train", "dim"), ("val", "accent"), ("held", "bold"))
"""How the sides of the split are written, by their code."""


_SHOWN = 10_000
"""Of a line that cannot be used."""


@dataclass(frozen=True)
class RowsSource:
    """The usable rows of a dataset. Row n of the table is the n-th usable row."""

    dataset: "Dataset"
    audit: "AuditTable | None" = None
    needle: str = ""
    """What is searched for: marked in the previews."""

    @property
    def count(self) -> int:
        """Usable rows."""
        return len(self.dataset.usable)

    @cached_property
    def side_codes(self) -> bytearray:
        """Place in `_SIDES` of each row."""
        codes = bytearray(self.count)
        for code, places in ((1, self.dataset.split.validation), (2, self.dataset.split.held_out)):
            for place in places:
                codes[place] = code
        return codes

    def cells(self, row: int) -> Sequence[Line]:
        """Number, tokens, a mark, side, answer and prompt."""
        conversation = self.dataset.conversations[row]
        prompt = next((message.content for message in reversed(conversation) if message.role == "user"), "")
        tokens, mark = self._audited(row)
        return [
            [(str(self.dataset.usable[row] + 1), "dim")],
            tokens,
            mark,
            [_SIDES[self.side_codes[row]]],
            _line(answer_words(conversation[-1].content), self.needle),
            _line(prompt, self.needle, "dim"),
        ]

    def _audited(self, row: int) -> tuple[Line, Line]:
        """Tokens of a row, and a mark where a person should look."""
        if self.audit is None:
            return [("", "")], [("", "")]
        counts = self.audit.counts(row)
        if counts.problem or not counts.trained:
            return [(str(counts.tokens or "—"), "")], [("✗", "error")]
        return [(f"{counts.tokens:,}", "")], [("!", "warn") if counts.cut else ("", "")]


def row_columns(dataset: "Dataset", *, tokens: bool, wide: bool) -> list[Column]:
    """The columns of `RowsSource`. `tokens`: whether they are known; `wide`: whether there is room for prompts."""
    digits = max(2, len(str(len(dataset.source.rows))))
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
    """Lines that could not be read, then rows that are no conversation."""

    dataset: "Dataset"
    columns: tuple[Column, ...] = field(
        default=(Column("line", 9, right=True), Column("", 1), Column("what is wrong with it")), init=False
    )

    @property
    def count(self) -> int:
        """Lines that are left out."""
        return len(self.dataset.source.bad) + len(self.dataset.unfit)

    def cells(self, row: int) -> Sequence[Line]:
        """Line and reason."""
        bad = self.dataset.source.bad
        entry = bad[row] if row < len(bad) else self.dataset.unfit[row - len(bad)]
        return [[(f"{entry.line:,}", "dim")], [("✗", "error")], [(visible(entry.reason), "")]]

    def detail(self, row: int) -> tuple[str, str, str]:
        """Title, reason, and what the line holds."""
        bad = self.dataset.source.bad
        if row < len(bad):
            return f"Line {bad[row].line:,}", bad[row].reason, _line_at(self.dataset.source.path, bad[row].offset)
        entry = self.dataset.unfit[row - len(bad)]
        return f"Row {entry.line:,}", entry.reason, _record(self.dataset.source.rows[entry.line - 1])


def _record(record: dict[str, Any]) -> str:
    """The fields of a row, a line each."""
    try:
        return "\n".join(f"{key}: {value}" for key, value in record.items())[:_SHOWN]
    except RecursionError:
        return "nested too deeply to show"


def _line_at(path: Path, offset: int) -> str:
    """The line of a file that begins at a byte; "" when there is no such line to show."""
    if path.suffix.lower() not in (".jsonl", ".csv", ".tsv"):
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
