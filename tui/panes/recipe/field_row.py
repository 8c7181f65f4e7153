"""One setting on one line: its name, its value, and what there is to say about it. Edited in place."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from engine.recipe_form import FieldSpec, entry
from tui.panes.recipe.draft import FieldState
from tui.visible import visible
from tui.widgets.painted import Ink, Line, Painted, cells, fit

LABEL_CELLS = 23
VALUE_CELLS = 18
NUMBER_CELLS = 14
_MARKS_CELLS = 4


@dataclass(frozen=True, slots=True)
class RowState:
    """What a row shows."""

    field: FieldState
    warning: str = ""
    """That the value is outside what is advised."""
    chosen: bool = False
    active: bool = False
    """Whether the form has the focus."""


class Entry(Input):
    """The value while it is edited. Up and down keep it and move on, escape gives it up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep(0)", "keep"),
        Binding("up", "keep(-1)", show=False),
        Binding("down,tab", "keep(1)", show=False),
        Binding("escape", "give_up", "give up"),
    ]

    class Kept(Message):
        """The value stands; `move` rows on. `left`: because something else has the focus now."""

        def __init__(self, text: str, move: int = 0, *, left: bool = False) -> None:
            super().__init__()
            self.text = text
            self.move = move
            self.left = left

    class GivenUp(Message):
        """The value is as it was."""

    def action_keep(self, move: int) -> None:
        """Enter, up, down."""
        self.post_message(self.Kept(self.value, move))

    def action_give_up(self) -> None:
        """Escape."""
        self.post_message(self.GivenUp())

    def on_blur(self) -> None:
        """Leaving keeps what was typed."""
        self.post_message(self.Kept(self.value, left=True))


class FieldRow(Painted):
    """One setting."""

    DEFAULT_CSS = """
    FieldRow {
        height: 1;
        layout: horizontal;
        & > Entry { background: $panel; padding: 0; }
        & > Entry:focus { background-tint: $foreground 0%; }
    }
    """

    class Clicked(Message):
        """The mouse chose the row; `again` when it was chosen already."""

        def __init__(self, row: "FieldRow", again: bool) -> None:
            super().__init__()
            self.row = row
            self.again = again

    def __init__(self, spec: FieldSpec) -> None:
        super().__init__()
        self.spec = spec
        self.state: RowState | None = None
        self.editing = False
        """Whether its value is being typed."""
        self._typed_problem: str | None = None
        """What is wrong with what is typed right now; None while nothing is."""

    def show(self, state: RowState) -> None:
        """Show another state."""
        if state != self.state:
            self.state = state
            self.repaint()

    async def edit(self) -> None:
        """Put an input in the place of the value; it has the focus before the next key is looked at."""
        assert self.state is not None
        words = Entry(entry(self.spec, self.state.field.value), compact=True, select_on_focus=False)
        words.styles.margin = (0, 0, 0, _MARKS_CELLS + LABEL_CELLS)
        words.styles.width = NUMBER_CELLS if self.spec.numeric else "1fr"
        self._typed_problem = self.state.field.problem
        self.editing = True
        self.repaint()
        await self.mount(words)
        self.screen.set_focus(words)

    def stop_editing(self) -> None:
        """Show the value again."""
        self._typed_problem = None
        self.editing = False
        with self.prevent(Input.Changed):
            self.remove_children()
        self.repaint()

    def say_typed(self, problem: str) -> None:
        """Say what is wrong with what is typed."""
        self._typed_problem = problem
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """Marks, name, value, and a note."""
        if self.state is None:
            return []
        state, field = self.state, self.state.field
        line: Line = [("▸ " if state.chosen else "  ", "key" if state.active else "dim"), *_mark(state), (" ", "")]
        line.append((fit(self.spec.label, LABEL_CELLS), "bold" if state.chosen else ""))
        if self.editing:
            line.append((" " * (NUMBER_CELLS + 1), ""))
        else:
            value = visible(entry(self.spec, field.value))
            if state.chosen and self.spec.kind in ("choice", "switch"):
                value = f"‹ {value} ›"
            room = width - cells(line) - 1
            if self._note():
                room = min(room, max(VALUE_CELLS, cell_len(value)))
            line.append((fit(value or "—", room) + " ", _value_ink(field, bool(value))))
        room = width - cells(line)
        return [[*line, *((fit(text, room), ink) for text, ink in self._note() if room > 4)]]

    def _note(self) -> Line:
        """The most pressing thing to say."""
        assert self.state is not None
        field = self.state.field
        problem = self._typed_problem if self._typed_problem is not None else field.problem
        if problem:
            return [(f"✗ {visible(problem)}", "error")]
        if self.editing:
            return [(self.spec.bounds.words, "dim")]
        if self.state.warning:
            return [(f"! {self.state.warning.replace('the advised ', '')}", "warn")]
        if self.spec.kind in ("text", "list"):
            return []
        if not field.default:
            return [(f"default {visible(entry(self.spec, self.spec.default)) or 'empty'}", "dim")]
        advised = f"advised {self.spec.advice}" if self.spec.advice else ""
        words = " · ".join(part for part in (self.spec.unit, advised) if part)
        return [(words, "dim")] if words else []

    async def on_click(self, event: events.Click) -> None:
        """Choose it; a click on the chosen one edits it."""
        if not self.editing:
            self.post_message(self.Clicked(self, self.state is not None and self.state.chosen))


def _mark(state: RowState) -> Line:
    """✗ wrong, ! outside what is advised, ● another than the default."""
    if state.field.problem:
        return [("✗", "error")]
    if state.warning:
        return [("!", "warn")]
    return [(" ", "")] if state.field.default else [("●", "accent")]


def _value_ink(field: FieldState, given: bool) -> Ink:
    if field.problem:
        return "error"
    if not given:
        return "dim"
    return "" if field.default else "bold"
