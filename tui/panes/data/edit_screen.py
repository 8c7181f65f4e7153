"""Change one row's record by hand."""

import json
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.visible import visible
from tui.widgets.key_line import KeyLine


class EditScreen(ModalScreen[str | None]):
    """The record as JSON; gives the new one, or None when nothing is to change."""

    CSS_PATH = "../../screens/dialogs.tcss"
    DEFAULT_CSS = """
    EditScreen {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 110; max-width: 96%; height: 94%; padding: 0 1; background: $surface; border: round $accent;
        }
        & TextArea, & TextArea:focus { height: 1fr; border: none; background: $background; padding: 0 1; }
        & #problem { color: $error; height: auto; }
        & .title { text-style: bold; }
        & .hint { color: $dim; margin-bottom: 1; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "keep", priority=True),
        Binding("escape", "close", "leave it as it is", priority=True),
    ]

    def __init__(self, name: int, text: str) -> None:
        """`name`: the row's number, from 1."""
        super().__init__()
        self._row = name
        self._text = text

    def compose(self) -> ComposeResult:
        """The text and what is wrong with it."""
        with Vertical(classes="box"):
            yield Static(Content(f"Row {self._row:,}, as JSON"), classes="title")
            yield Static(Content("Kept as a step of the recipe; the source file stays as it is."), classes="hint")
            yield TextArea(self._text, id="record", soft_wrap=True)
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(TextArea).focus()

    def on_text_area_changed(self) -> None:
        """Say what is wrong while it is typed."""
        problem = fault(self.query_one(TextArea).text)
        self.query_one("#problem", Static).update(Content(visible(problem)))

    def action_keep(self) -> None:
        """Keep the record where it is one."""
        text = self.query_one(TextArea).text
        if fault(text):
            return
        changed = json.loads(text) != json.loads(self._text)
        self.dismiss(json.dumps(json.loads(text), ensure_ascii=False) if changed else None)

    def action_close(self) -> None:
        """Nothing changes."""
        self.dismiss(None)


def fault(text: str) -> str:
    """What is wrong with a record's text; "" when nothing is."""
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        return "nested too deeply"
    return "" if isinstance(record, dict) else "a row is an object: { … }"
