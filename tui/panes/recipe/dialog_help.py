"""`?` in the dialogs of the Recipe pane: what the dialog is for, and its keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Markdown, Static

from tui.screens import help as help_screen
from tui.widgets.key_line import KeyLine

HELP_KEY = Binding("question_mark", "help", "help", key_display="?")
"""The binding of a dialog whose `action_help` shows this."""


class DialogHelp(ModalScreen[None]):
    """Help over the dialog that it explains."""

    CSS_PATH = str(Path(help_screen.__file__).with_name("help.tcss"))
    DEFAULT_CSS = "DialogHelp { align: center middle; background: $background 60%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "close"),
        Binding("down,j", "scroll(1)", "down", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("pagedown,space", "scroll(15)", "more"),
        Binding("pageup,b", "scroll(-15)", "back", show=False),
    ]

    def __init__(self, title: str, words: str, explained: Screen[bool]) -> None:
        """`words`: Markdown. `explained`: the dialog, whose keys are listed as they are now."""
        super().__init__()
        self._title = title
        self._words = words
        self._explained = explained

    def compose(self) -> ComposeResult:
        """The words, then the keys."""
        with Vertical(id="help"):
            with VerticalScroll(can_focus=False):
                yield Static(Content(self._title), classes="title")
                yield Markdown(self._words, open_links=False)
                yield Static(Content("\n").join(self._keys()))
            yield KeyLine()

    def action_scroll(self, by: int) -> None:
        """Move the text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def _keys(self) -> Iterator[Content]:
        told: set[str] = set()
        for active in self._explained.active_bindings.values():
            binding = active.binding
            general = binding.action.startswith(("app.", "screen.")) or binding.id == "palette"
            if general or binding.action in (*told, "help") or not binding.description:
                continue
            if binding.show or binding.tooltip:
                told.add(binding.action)
                key = f"{self.app.get_key_display(binding):>{help_screen.KEY_WIDTH}}  "
                yield Content.assemble((key, "$accent bold"), binding.tooltip or binding.description)
