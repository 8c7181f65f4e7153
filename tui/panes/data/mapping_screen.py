"""Say by hand how a row becomes an example: a pattern for each role, shown live on real rows."""

import json
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.project import Project
from tui.panes.data import editing
from tui.panes.data.figures import shortened
from tui.panes.data.shown import ShownRows
from tui.visible import visible
from tui.widgets.inked import InkedLine, wrap
from tui.widgets.key_line import KeyLine
from tui.widgets.painted import fit
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from engine.data.conversations import Field

ROLES = ("system", "prompt", "answer", "text", "chosen", "rejected", "label", "solution")
_NAME_WIDTH = 10
_MOST = 600
"""Characters of a role's text that are shown."""


class MappingScreen(ModalScreen["editing.Change | None"]):
    """Gives the change that was made, or None."""

    DEFAULT_CSS = """
    MappingScreen {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 130; max-width: 98%; height: 94%; padding: 0 1; background: $surface; border: round $accent;
        }
        & .title { text-style: bold; }
        & .hint { color: $dim; height: auto; }
        & .role { height: 1; }
        & .role > Static { width: 10; color: $dim; }
        & .role > Input { width: 1fr; padding: 0 1; background: $background; }
        & .role > Input:focus { background: $panel; }
        & #problem { color: $error; height: auto; max-height: 3; }
        & Reading { height: 1fr; border-top: solid $panel; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "keep", priority=True),
        Binding("ctrl+n", "row(1)", "next row", priority=True),
        Binding("ctrl+p", "row(-1)", "row before", priority=True, show=False),
        Binding("down,tab", "app.focus_next", "next role", key_display="tab", priority=True),
        Binding("up,shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("pagedown", "scroll(1)", "more fields", key_display="pgdn", priority=True),
        Binding("pageup", "scroll(-1)", "fields before", priority=True, show=False),
        Binding("escape", "close", "leave", priority=True),
    ]

    def __init__(self, project: Project, rows: ShownRows) -> None:
        super().__init__()
        self._project = project
        self._rows = rows
        self._number = 0
        self._fields: list[Field] = []

    def compose(self) -> ComposeResult:
        """A line a role, the problems, the row and what comes of it."""
        with Vertical(classes="box"):
            yield Static(Content("Mapping"), classes="title")
            yield Static(
                Content("A role is a field (a.b, a.0.b in a list), text with {field}, or jinja."),
                classes="hint",
            )
            for role in ROLES:
                with Horizontal(classes="role"):
                    yield Static(role)
                    yield Input(value=self._start(role), compact=True, id=f"map-{role}")
            yield Static("", id="problem", markup=False)
            yield Reading(id="map-preview")
            yield KeyLine()

    def on_mount(self) -> None:
        """Look at the fields, and show the first row."""
        from engine.data.conversations import fields

        self._fields = fields(self._rows.store)
        self.query_one("#map-prompt", Input).focus()
        self._show()

    def on_input_changed(self) -> None:
        """Show what comes of it while it is typed."""
        self._show()

    def action_row(self, by: int) -> None:
        """Show it on another row."""
        self._number = (self._number + by) % max(1, self._rows.store.count)
        self._show()

    def action_scroll(self, by: int) -> None:
        """Show more of the row, without leaving the line that is typed into."""
        self.query_one(Reading).action_page(by)

    def action_keep(self) -> None:
        """Write it into the recipe, where it is a mapping."""
        if any(self._patterns().values()) and self._problems():
            return
        made = editing.map_fields(self._project, self._patterns())
        if made.problem:
            self._say(made.problem)
        else:
            self.dismiss(made)

    def action_close(self) -> None:
        """Nothing changes."""
        self.dismiss(None)

    def _start(self, role: str) -> str:
        layout = self._rows.layout
        if layout is not None and layout.format == "mapping":
            return str(getattr(layout.mapping, role))
        try:
            return str(getattr(self._project.recipe().data.mapping, role))
        except Exception:  # noqa: BLE001 - a recipe with a mistake elsewhere has no mapping to start from
            return ""

    def _patterns(self) -> dict[str, str]:
        return {role: self.query_one(f"#map-{role}", Input).value.strip() for role in ROLES}

    def _problems(self) -> list[str]:
        from engine.data.conversations import problems

        return problems({role: pattern for role, pattern in self._patterns().items() if pattern}, self._fields)

    def _show(self) -> None:
        from engine.data.conversations import preview

        patterns = {role: pattern for role, pattern in self._patterns().items() if pattern}
        self._say("\n".join(self._problems()[:2]) if patterns else "")
        row = self._rows.store.row(self._number)
        shown = [(found.role, found.text, found.problem) for found in preview(patterns, row)]

        def lines(width: int) -> list[InkedLine]:
            made: list[InkedLine] = [[(f"row {self._number + 1:,}", "bold"), ("  as mapped", "dim")]]
            for role, text, problem in shown:
                words = (problem or text)[:_MOST]
                made += _labelled(role, words, "error" if problem else "", width)
            made += [[], [("its fields", "dim")]]
            names = [shortened(field.path, width // 2) for field in self._fields]
            room = max(map(cell_len, names), default=0) + 2
            for name, field in zip(names, self._fields, strict=True):
                made += _labelled(name, _value(row, field.path), "", width, room)
            return made

        self.query_one(Reading).show(lines, keep_place=True)

    def _say(self, words: str) -> None:
        self.query_one("#problem", Static).update(Content(visible(words, lines=True)))


def _labelled(name: str, text: str, ink: str, width: int, room: int = _NAME_WIDTH) -> list[InkedLine]:
    room = max(room, _NAME_WIDTH)
    lines = wrap(text, [ink] * len(text), max(1, width - room))[:8]
    return [[(fit(name if not place else "", room), "dim"), *line] for place, line in enumerate(lines or [[]])]


def _value(row: dict[str, object], path: str) -> str:
    """What a row has in a field, on a line."""
    from engine.data.field import field_value

    value = field_value(row, path)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(text.split())[:200]
