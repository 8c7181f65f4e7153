"""One line, while the recipe's template has a newer edition, or another text: which key shows what that changes."""

from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from engine.home import Home, home_path
from tui.visible import visible
from tui.widgets.painted import Line, Painted, fitting

if TYPE_CHECKING:
    from engine.project import Project


class NewerRead(Message):
    """The edition that the recipe is from and the newest, which is the same where its text was changed; None where
    there is nothing to take over."""

    def __init__(self, editions: tuple[str, str] | None) -> None:
        super().__init__()
        self.editions = editions


class NewerLine(Painted):
    """Not there while there is nothing newer."""

    DEFAULT_CSS = "NewerLine { height: 1; display: none; }"

    class Pressed(Message):
        """The line was clicked."""

    class Followed(Message):
        """The recipe is of another edition than before."""

    def __init__(self, project: "Project") -> None:
        super().__init__(id="recipe-newer")
        self._project = project
        self._editions: tuple[str, str] | None = None

    @property
    def offers(self) -> bool:
        """Whether there is something to take over."""
        return self._editions is not None

    @work(thread=True, exclusive=True, group="newer")
    def read(self) -> None:
        """Look whether there is one; takes about a millisecond a template."""
        from engine.templates.pins import pin_of

        pin = pin_of(Home(home_path()), self._project)
        offers = pin is not None and (pin.behind or pin.rewritten)
        there = (pin.reference, pin.newest.reference) if pin and pin.newest and offers else None
        self.post_message(NewerRead(there))

    def on_newer_read(self, message: NewerRead) -> None:
        """Show it, or go."""
        message.stop()
        if self._editions not in (None, message.editions):
            self.post_message(self.Followed())
        self._editions = message.editions
        self.display = message.editions is not None
        self.repaint()
        self.refresh_bindings()

    def paint(self, width: int, height: int) -> list[Line]:
        """What is there, and the key."""
        if self._editions is None:
            return [[]]
        own, new = (visible(each) for each in self._editions)
        what = f"↑ {new} is there" if own != new else f"! {new} is not the text that this was made from"
        there: Line = [
            (what, "accent" if own != new else "warn"),
            (": ", "dim"),
            ("T", "key"),
            (" shows what it changes", ""),
        ]
        return [[(" ", ""), *fitting([there, [("nothing changes unless you take it over", "dim")]], width - 2)]]

    def on_click(self) -> None:
        """A click does what the key does."""
        self.post_message(self.Pressed())
