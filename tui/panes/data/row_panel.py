"""The chosen row, in one of three views, beside or below the list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical

from engine.data.audit_flags import ODD
from tui.panes.data.row_view import (
    VIEWS,
    RowView,
    beside_lines,
    chat_lines,
    counted,
    example_lines,
    raw_lines,
    token_lines,
)
from tui.widgets.inked import InkedLine, wrap
from tui.widgets.painted import Ink, Line, Painted, cells, sides
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from engine.data.audit import AuditedRow
    from engine.data.example import Example

WAITING = "Turns as they are in the file. The chat template and the tokens follow when they are counted."


@dataclass(frozen=True, slots=True)
class ShownRow:
    """What there is to show of a row."""

    number: int
    """In the file, from 1."""
    record: dict[str, Any]
    example: "Example | None"
    """What it teaches; None where it teaches nothing, or that is not known yet."""
    audited: "AuditedRow | None"
    max_length: int
    needle: str
    no_tokens: str = ""
    """Why there are no tokens; "" while they are counted."""
    unfit: str = ""
    """Why the row teaches nothing; "" where it does."""
    note: str = ""
    """What was found on it, in a line."""


class RowTitle(Painted):
    """Number and tokens of the row, and the views there are."""

    DEFAULT_CSS = "RowTitle { height: 1; background: $surface; }"

    def __init__(self) -> None:
        super().__init__()
        self.words = [""]
        """What to say, the fullest way first; the first that leaves room for the views is taken."""
        self.alert = False
        self.view: RowView | None = "chat"

    def paint(self, width: int, height: int) -> list[Line]:
        """Words at the left; the views at the right, the one shown in brackets."""
        right: Line = []
        if self.view is not None:
            right = [
                (f"[{name}]" if name == self.view else f" {name} ", _view_ink(name == self.view)) for name in VIEWS
            ]
        room = width - cells(right) - 4
        words = next((words for words in self.words if cell_len(words) <= room), self.words[-1])
        return [sides([(f" {words}", "warn" if self.alert else "bold")], right, width - 1)]


def _view_ink(shown: bool) -> Ink:
    return "key" if shown else "dim"


class RowPanel(Vertical):
    """Title and text of the chosen row."""

    DEFAULT_CSS = """
    RowPanel > Reading { height: 1fr; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="data-row")
        self._title = RowTitle()
        self._reading = Reading(id="data-reading")
        self._row: ShownRow | None = None
        self._view: RowView = "chat"

    def compose(self) -> ComposeResult:
        """Title, text."""
        yield self._title
        yield self._reading

    @property
    def reading(self) -> Reading:
        """The text, to scroll."""
        return self._reading

    def show(self, row: ShownRow) -> None:
        """Show a row; its text stays where it is scrolled to when it is the one that is shown already."""
        same = self._row is not None and self._row.number == row.number
        self._row = row
        self._show_row(keep_place=same)

    def show_bad(self, title: str, reason: str, content: str) -> None:
        """Show a line that could not be used: why, and what it holds."""
        self._row = None

        def lines(width: int) -> list[InkedLine]:
            return [
                *wrap(f"✗ {reason}", ["error"] * (len(reason) + 2), width),
                [],
                *wrap(content, [""] * len(content), width),
            ]

        self.show_text(title, lines)

    def show_text(self, title: str, lines: Callable[[int], list[InkedLine]]) -> None:
        """Show something that is about all rows."""
        self._row = None
        self._title.words, self._title.view, self._title.alert = [title], None, False
        self._title.repaint()
        self._reading.show(lines)

    def next_view(self) -> None:
        """Show the row the next way."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        if self._row is not None:
            self._show_row(keep_place=False)

    def _show_row(self, *, keep_place: bool) -> None:
        assert self._row is not None
        row = self._row
        audited = row.audited
        words = f"Row {row.number:,}"
        self._title.words = [f"{words} · {more}" for more in counted(audited, row.max_length)] if audited else [words]
        self._title.alert = bool(row.unfit) or (audited is not None and bool(audited.flags & ODD))
        self._title.view = self._view
        self._title.repaint()
        self._reading.show(_lines(row, self._view), keep_place=keep_place)


def _lines(row: ShownRow, view: RowView) -> Callable[[int], list[InkedLine]]:
    return lambda width: [*_said(row.note, "warn", width), *_view_lines(row, view, width)]


def _view_lines(row: ShownRow, view: RowView, width: int) -> list[InkedLine]:
    if view == "raw":
        return raw_lines(row.record, row.needle, width)
    if row.example is None:
        problem = f"✗ {row.unfit}. This row is left out of training." if row.unfit else ""
        return [*_said(problem, "error", width), *raw_lines(row.record, row.needle, width)]
    if row.audited is None:
        words, ink = (f"! No tokens: {row.no_tokens}", "warn") if row.no_tokens else (WAITING, "dim")
        return [*_said(words, ink, width), *example_lines(row.example, row.needle, width)]
    if view == "tokens":
        return token_lines(row.audited, row.needle, width)
    return [
        *chat_lines(row.audited, row.example.conversation, row.needle, width),
        *beside_lines(row.example, row.needle, width),
    ]


def _said(words: str, ink: str, width: int) -> list[InkedLine]:
    """A paragraph and an empty line; nothing for ""."""
    return [*wrap(words, [ink] * len(words), width), []] if words else []
