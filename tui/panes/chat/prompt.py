"""The field that a prompt is typed into."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.visible import visible

_NEW_LINE = ("ctrl+j", "alt+enter", "shift+enter")


class PromptField(TextArea):
    """Enter sends it; the arrows bring earlier prompts back where there is no line further up or down."""

    DEFAULT_CSS = """
    PromptField {
        height: auto;
        max-height: 7;
        border: none;
        border-top: solid $panel;
        padding: 0 1;
        background: $background;
        &:focus { border: none; border-top: solid $accent; }
        & .text-area--placeholder { color: $dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "ask"),
        Binding("ctrl+j", "new_line", "new line", show=False),
    ]

    class Sent(Message):
        """A prompt is to be asked."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Paged(Message):
        """The answers are to be scrolled by pages."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    def __init__(self) -> None:
        super().__init__(
            id="chat-prompt", soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False,
            placeholder="Ask both models: type a prompt, enter sends it",
        )  # fmt: skip
        self._earlier: list[str] = []
        self._place = 0
        self._draft = ""
        self._foreign: tuple[str, str] = ("", "")
        """How a text from data is shown, and as it is: it is sent as it is, unless it was edited."""

    def fill(self, text: str) -> None:
        """Put a text from data or the recipe here."""
        self._foreign = (visible(text, lines=True), text)
        self._put(self._foreign[0])

    def put_back(self, text: str) -> None:
        """Give a prompt back that was not taken; nothing that was typed meanwhile is lost."""
        if not self.text.strip():
            self.fill(text)

    def on_key(self, event: events.Key) -> None:
        """Enter sends; the keys that terminals may send for a new line begin one."""
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.action_send()
        elif event.key in _NEW_LINE:
            event.prevent_default()
            event.stop()
            self.action_new_line()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted may hold anything; it is shown, and sent, with marks for what could drive a terminal."""
        event.prevent_default()
        event.stop()
        self.insert(visible(event.text.replace("\r\n", "\n").replace("\r", "\n"), lines=True))

    def action_send(self) -> None:
        """Send what is there, and empty the field."""
        shown, text = self._foreign
        prompt = text if self.text == shown else self.text
        if prompt.strip():
            self._earlier = [*(one for one in self._earlier if one != prompt), prompt]
            self._place = len(self._earlier)
            self._put("")
            self.post_message(self.Sent(prompt))

    def action_new_line(self) -> None:
        """Begin a line."""
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        """A line up; from the first one to the prompt before."""
        if select or self._line > 0:
            super().action_cursor_up(select)
        elif self._place > 0:
            self._draft = self.text if self._place == len(self._earlier) else self._draft
            self._recall(self._place - 1)

    def action_cursor_down(self, select: bool = False) -> None:
        """A line down; from the last one to the prompt after, and at last to what was being typed."""
        if select or self._line < self.wrapped_document.height - 1:
            super().action_cursor_down(select)
        elif self._place < len(self._earlier):
            self._recall(self._place + 1)

    def action_cursor_page_up(self) -> None:
        """The field is small, and the answers are what is long."""
        self.post_message(self.Paged(-1))

    def action_cursor_page_down(self) -> None:
        """As page up."""
        self.post_message(self.Paged(1))

    @property
    def _line(self) -> int:
        """The line on the screen that the cursor is in."""
        return self.wrapped_document.location_to_offset(self.cursor_location).y

    def _recall(self, place: int) -> None:
        self._place = place
        if place == len(self._earlier):
            self._put(self._draft)
        else:
            self.fill(self._earlier[place])

    def _put(self, text: str) -> None:
        self.load_text(text)
        self.move_cursor(self.document.end)
