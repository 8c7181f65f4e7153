"""The tab line: the panes with their keys, and at the right what the pane in front is about."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from tui.visible import one_line
from tui.widgets.painted import Line, Painted, cells, sides


class TabLine(Painted):
    """One line of tabs."""

    DEFAULT_CSS = """
    TabLine { height: 1; }
    """

    class Clicked(Message):
        """A tab was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(id="tabs")
        self._names = names
        self._front = ""
        self._summary = ""

    def show(self, front: str, summary: str) -> None:
        """`front`: the name of the pane in front."""
        self._front, self._summary = front, summary
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """All names where they fit, else the front one's alone among the keys."""
        line = self._tabs(short=False)
        if cells(line) > width:
            line = self._tabs(short=True)
        room = width - cells(line) - 3
        return [sides(line, [(one_line(self._summary, room) if room > 8 else "", "dim"), (" ", "")], width)]

    def on_click(self, event: events.Click) -> None:
        """Bring the clicked tab to the front."""
        start = 0
        short = cells(self._tabs(short=False)) > self.content_size.width
        for number, name in enumerate(self._names, start=1):
            end = start + cells(self._tab(number, name, short))
            if start <= event.x < end:
                self.post_message(self.Clicked(name.lower()))
            start = end

    def _tabs(self, *, short: bool) -> Line:
        return [span for number, name in enumerate(self._names, start=1) for span in self._tab(number, name, short)]

    def _tab(self, number: int, name: str, short: bool) -> Line:
        front = name == self._front
        shown = name if front or not short else ""
        if front:
            return [(f" {number} {shown} ", "front")]
        return [(f" {number} ", "key"), (f"{shown} " if shown else "", "dim")]
