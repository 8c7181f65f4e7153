"""Small questions over the Recipe pane: a line of text, one or several of a list."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.panes.recipe.choosing_list import ChoosingList
from tui.screens import dialogs
from tui.screens.dialogs import Dialog
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, fit

_NAMES = 30
_MOST, _FEWEST = 16, 3
"""Rows of a list with its title, where there is room and where there is hardly any."""
_NARROW = 76
"""Cells of a dialog as its style says."""
_PLAIN = Console(width=_NARROW)
_WIDE = 116
"""Cells of a list whose choices have something said of them; less where the terminal has less."""
_STYLE = str(Path(dialogs.__file__).with_name("dialogs.tcss"))
"""A screen looks for its styles beside the file of its own class."""


class AskText(Dialog):
    """Asks for a line of text."""

    CSS_PATH = _STYLE
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "keep"),
        Binding("escape", "close", "cancel"),
    ]

    def __init__(self, title: str, hint: str, then: Callable[[str], None]) -> None:
        """`then`: called with what was typed, when that is anything."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._then = then

    def compose(self) -> ComposeResult:
        """One line."""
        with Vertical(classes="box"):
            yield Static(Content(visible(self._title)), classes="title")
            yield Static(Content(visible(self._hint)))
            yield Input(compact=True)
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    @on(Input.Submitted)
    def action_keep(self) -> None:
        """Take what was typed."""
        text = self.query_one(Input).value.strip()
        if not text:
            self.query_one("#problem", Static).update("say why: it is kept with each run")
            return
        self.dismiss(True)
        self._then(text)

    def action_close(self) -> None:
        """Nothing changes."""
        self.dismiss(False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    key: str
    words: str
    help: str = ""


class Pick(Dialog):
    """A list to choose one of, or several."""

    CSS_PATH = _STYLE
    DEFAULT_CSS = """
    Pick {
        & LineList { height: auto; }
        & #help { color: $dim; height: auto; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "pick"),
        Binding("enter", "keep", "keep", priority=True),
        Binding("escape,q", "close", "cancel"),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        then: Callable[[list[str]], None],
        ticked: Collection[str] | None = None,
        hint: str = "",
    ) -> None:
        """`ticked`: those that are picked already; None: just one can be chosen. `then`: called with the keys."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._choices = choices
        self._then = then
        self._ticked = None if ticked is None else set(ticked)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="box"):
            yield ChoosingList(visible(self._title), [[("nothing to choose from", "dim")]], id="choices")
            yield Static("", id="help")
            yield KeyLine()

    def on_mount(self) -> None:
        """Show it."""
        if any(choice.help for choice in self._choices):
            self.query_one(".box").styles.width = _WIDE
        self._show()
        self.query_one(LineList).focus()
        self._explain()

    def on_resize(self) -> None:
        """The list leaves room for what stands below it, the keys last."""
        low = self.has_class("-low")
        room = self.size.height - 4 if low else self.size.height * 94 // 100 - 6  # borders, keys, the blank lines
        help_rows = max(1, min(self._help_rows(), room - _FEWEST))
        self.query_one("#help").styles.max_height = help_rows
        self.query_one("#help").styles.min_height = help_rows
        self.query_one(LineList).styles.max_height = max(_FEWEST, min(_MOST, room - help_rows))

    def _help_rows(self) -> int:
        """Rows of the longest help with the hint below it, so that nothing moves while another row is chosen."""
        wide = _WIDE if any(choice.help for choice in self._choices) else _NARROW
        width = max(10, min(wide, self.size.width * 96 // 100) - 6)

        def rows(words: str) -> int:
            return len(Text(visible(words)).wrap(_PLAIN, width)) if words else 0

        return min(6, max(2, max((rows(each.help) for each in self._choices), default=0) + rows(self._hint)))

    @on(ChoosingList.Chosen)
    def _explain(self) -> None:
        """The chosen one's help in full: in the list it is cut off. Below it what there is to say of all."""
        chosen = self.query_one(LineList).chosen
        about = next((choice.help for choice in self._choices if choice.key == chosen), "")
        lines = [visible(words) for words in (about, self._hint) if words]
        self.query_one("#help", Static).update(Content("\n".join(lines)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ticks are for several."""
        return self._ticked is not None if action == "tick" else super().check_action(action, parameters)

    def _show(self) -> None:
        self.query_one(LineList).show([Row(choice.key, self._line(choice)) for choice in self._choices])

    def _line(self, choice: Choice) -> Callable[[int], Line]:
        tick = "" if self._ticked is None else "[x] " if choice.key in self._ticked else "[ ] "

        def line(width: int) -> Line:
            if not choice.help:
                return [(one_line(tick + choice.words, width), "")]
            longest = max(cell_len(tick + each.words) for each in self._choices)
            names = min(_NAMES, longest + 1, max(12, width // 2))
            return [(fit(tick + choice.words, names) + " ", ""), (one_line(choice.help, width - names - 1), "dim")]

        return line

    def action_tick(self) -> None:
        """Pick the chosen one, or leave it."""
        chosen = self.query_one(LineList).chosen
        if self._ticked is not None and chosen is not None:
            self._ticked ^= {chosen}
            self._show()

    def action_keep(self) -> None:
        """Take what is picked, or the chosen one."""
        chosen = self.query_one(LineList).chosen
        self.dismiss(True)
        if self._ticked is not None:
            self._then([choice.key for choice in self._choices if choice.key in self._ticked])
        elif chosen is not None:
            self._then([chosen])

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()
        self.action_keep()

    def action_close(self) -> None:
        """Nothing changes."""
        self.dismiss(False)
