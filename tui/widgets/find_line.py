"""One line to type into: what to search for, the row to go to, which rows to list, what to sort them by."""

import re
from collections.abc import Sequence
from typing import ClassVar, Literal, Protocol

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

Purpose = Literal["search", "row", "filter", "sort"]
_SIGNS: dict[Purpose, str] = {"search": "/", "row": ":", "filter": "only ", "sort": "sort by "}
_HINTS: dict[Purpose, str] = {
    "search": "text, /regex/ or field:text",
    "row": "number of the row, then enter",
    "filter": "tokens>512 label=x split:train",
    "sort": "tokens, a field; -tokens: largest first",
}
"""What may be typed; shown until something is."""


_OFFERED = 4
"""Endings that are shown of what is typed."""
_SHARE = 0.6
"""Of the line, at most, for what is said at its end."""


class Completer(Protocol):
    """Knows what may come next in a line."""

    def offers(self, line: str, cursor: int) -> list[str]:
        """What the word before the cursor may become, the likeliest first."""

    def put(self, line: str, cursor: int, word: str) -> tuple[str, int]:
        """The line with `word` in its place, and where the cursor is then."""


class FindLine(Horizontal):
    """Hidden until it is asked for. Says what is typed while it is typed, and when it is sent or given up."""

    DEFAULT_CSS = """
    FindLine {
        height: 1;
        display: none;
        background: $surface;
        &.-open { display: block; }
        & > Static { width: auto; padding: 0 1; }
        & > #find-sign { color: $accent; text-style: bold; padding: 0 0 0 1; }
        & > #find-hits { color: $dim; max-width: 60%; }
        & > Input { width: 1fr; background: $surface; padding: 0; }
        & > Input:focus { background-tint: $foreground 0%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "clear"),
        Binding("down", "send", show=False),
        Binding("tab", "complete", "complete", priority=True),
    ]

    class Typed(Message):
        """The text to search for so far."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Sent(Message):
        """Enter was pressed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text

    class GivenUp(Message):
        """Escape was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._purpose: Purpose = "search"
        self._completer: Completer | None = None

    def compose(self) -> ComposeResult:
        """Sign, text, hits."""
        yield Static("/", id="find-sign", markup=False)
        yield Input(compact=True, id="find-text", select_on_focus=False)
        yield Static("", id="find-hits", markup=False)

    def ask(self, purpose: Purpose, text: str = "", completer: Completer | None = None) -> None:
        """Open the line and type into it; a search goes on from what was searched for last, the others from `text`."""
        if purpose != "search" or self._purpose != purpose:
            with self.prevent(Input.Changed):
                self._text.value = text
                self._text.cursor_position = len(text)
        self._purpose, self._completer = purpose, completer
        self.query_one("#find-sign", Static).update(_SIGNS[purpose])
        self._text.placeholder = _HINTS[purpose]
        if purpose != "search" or not self._text.value:
            self._offer()
        self.add_class("-open")
        self.screen.set_focus(self._text)  # now, so that the next key is typed into it

    def say(self, words: str) -> None:
        """How many hits there are."""
        self.query_one("#find-hits", Static).update(words)

    def close(self) -> None:
        """Hide the line and forget its text."""
        self.remove_class("-open")
        with self.prevent(Input.Changed):
            self._text.value = ""

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    @property
    def is_typed_into(self) -> bool:
        """Whether keys go to it."""
        return self._text.has_focus

    @property
    def _text(self) -> Input:
        return self.query_one("#find-text", Input)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Search as it is typed."""
        message.stop()
        if self._purpose == "search":
            self.post_message(self.Typed(message.value))
        else:
            self._offer()

    def _offer(self) -> None:
        """Show what may come next."""
        offers = self._completer.offers(self._text.value, self._text.cursor_position) if self._completer else []
        self.say(shown_offers(offers, int(self.size.width * _SHARE) - 2))

    def offer_again(self) -> None:
        """More is known of what may come next."""
        if self.is_open and self._completer is not None:
            self._offer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab moves the focus where there is nothing to complete."""
        if action == "complete":
            return self._completer is not None and self.is_typed_into
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        """Take the likeliest ending."""
        assert self._completer is not None
        offers = self._completer.offers(self._text.value, self._text.cursor_position)
        if offers:
            line, cursor = self._completer.put(self._text.value, self._text.cursor_position, offers[0])
            self._text.value = line
            self._text.cursor_position = cursor

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter."""
        message.stop()
        self.post_message(self.Sent(self._purpose, message.value))

    def action_send(self) -> None:
        """Down, to the rows."""
        self.post_message(self.Sent(self._purpose, self._text.value))

    def action_give_up(self) -> None:
        """Escape."""
        self.post_message(self.GivenUp())


def shown_offers(offers: Sequence[str], room: int) -> str:
    """The first of what may come next, whole, as many as fit into `room` cells, and that there are more.

    What all of them begin with, up to `=` or `:`, stands in the line already and is not said again.
    """
    shown = ""
    head = re.match(r"[^=:]*[=:]", offers[0]) if offers else None
    said = head is not None and all(offer.startswith(head[0]) and offer != head[0] for offer in offers)
    start = len(head[0]) if said and head is not None else 0
    for place, offer in enumerate(offers[:_OFFERED]):
        offer = offer[start:]
        longer = f"{shown}  {offer}" if shown else offer
        more = "  …" if place + 1 < len(offers) else ""
        if shown and cell_len(longer + more) > room:
            break
        shown = longer
    else:
        return shown + ("  …" if len(offers) > _OFFERED else "")
    return f"{shown}  …"
