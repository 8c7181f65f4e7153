"""Small questions and notices over a screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.visible import visible
from tui.widgets.key_line import KeyLine


class Dialog(ModalScreen[bool]):
    """A box in the middle of the screen."""

    CSS_PATH = "dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]


class Confirm(Dialog):
    """A question whose yes ends or starts work. Enter is no: a slip must not end a run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,enter,q", "answer(False)", "no"),
    ]

    def __init__(self, question: str, consequence: str) -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence

    def compose(self) -> ComposeResult:
        """The question, and what yes would do."""
        with Vertical(classes="box"):
            yield Static(Content(visible(self._question)), classes="title")
            yield Static(Content(visible(self._consequence, lines=True)))
            yield KeyLine()

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)


class Problems(Dialog):
    """Lines that have to be read: every mistake that stands in the way, each with its mend."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,space", "close", "close"),
        Binding("down,j", "scroll(1)", "down", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The title, and a paragraph for each problem."""
        with Vertical(classes="box problems"):
            yield Static(Content(visible(self._title)), classes="title")
            with VerticalScroll():
                for line in self._lines:
                    yield Static(Content.assemble(("✗ ", "$error"), visible(line)), classes="problem")
            yield KeyLine()

    def action_scroll(self, by: int) -> None:
        """Move the lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """They were read."""
        self.dismiss(True)
