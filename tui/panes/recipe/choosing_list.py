"""A list that tells when another row is chosen, so that something can be shown about it."""

from textual.message import Message

from tui.widgets.line_list import LineList


class ChoosingList(LineList):
    """A list of lines."""

    class Chosen(Message):
        """Another row is chosen; its key is None where there are no rows."""

        def __init__(self, key: str | None) -> None:
            super().__init__()
            self.key = key

    _told: str | None = None

    def repaint(self) -> None:
        """Paint again, and tell when the choice is another."""
        super().repaint()
        if self.chosen != self._told:
            self._told = self.chosen
            self.post_message(self.Chosen(self.chosen))

    def title(self, words: str) -> None:
        """Say something else above the list."""
        self._title = words

    def choose(self, place: int) -> None:
        """Choose a row by its number, from 0."""
        self.action_move(place - self._chosen)
