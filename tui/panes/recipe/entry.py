"""The line in which a value is typed, in the place of the value."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from engine.recipe_form import FieldSpec, completed, entry, offers


class Entry(Input):
    """The value while it is edited. Up and down keep it and move on, tab completes, escape gives it up."""

    DEFAULT_CSS = """
    Entry { position: absolute; background: $panel; padding: 0; height: 1; border: none; }
    Entry:focus { background-tint: $foreground 0%; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep(0)", "keep"),
        Binding("up", "keep(-1)", show=False),
        Binding("down", "keep(1)", show=False),
        Binding("tab", "complete", "complete"),
        Binding("escape", "give_up", "give up"),
    ]

    class Kept(Message):
        """The value stands; `move` rows on. `left`: because something else has the focus now."""

        def __init__(self, entry: "Entry", move: int = 0, *, left: bool = False) -> None:
            super().__init__()
            self.entry = entry
            self.text = entry.value
            self.move = move
            self.left = left

    class GivenUp(Message):
        """The value is as it was."""

    def __init__(self, spec: FieldSpec, value: object) -> None:
        super().__init__(entry(spec, value), compact=True, select_on_focus=False)
        self.spec = spec
        self._ended = False

    async def on_key(self, event: Key) -> None:
        """Do at once what a key is bound to. Over a slow line keys come in bursts: by Textual's own way, through the
        app, the letters behind `enter` or `ctrl+u` would overtake it. Keys behind the last one are not for this line.
        """
        bound = self._bindings.key_to_bindings.get(event.key, [])
        if bound and not self._ended:
            event.stop()
            await self.run_action(bound[0].action)
        if bound or self._ended:
            event.prevent_default()

    @property
    def offers(self) -> list[str]:
        """What the word being typed may become."""
        return offers(self.spec, self.value)

    def action_keep(self, move: int) -> None:
        """Enter, up, down."""
        self._ended = True
        self.post_message(self.Kept(self, move))

    def action_complete(self) -> None:
        """Take the likeliest ending; where there is none, keep and move on."""
        found = self.offers
        if not found:
            self.action_keep(1)
            return
        self.value = completed(self.spec, self.value, found[0])
        self.cursor_position = len(self.value)

    def action_give_up(self) -> None:
        """Escape."""
        self._ended = True
        self.post_message(self.GivenUp())

    def on_blur(self) -> None:
        """Leaving keeps what was typed."""
        self.post_message(self.Kept(self, left=True))
