"""One line above the rows while not all of them are listed, or in another order, or some are marked."""

from tui.figures import plural
from tui.panes.data.listing import Arrangement
from tui.visible import visible
from tui.widgets.painted import Line, Painted, fitting


class ViewLine(Painted):
    """Filter, sort, marks, and how to get back. Gone while there is nothing to say."""

    DEFAULT_CSS = """
    ViewLine { height: 1; display: none; background: $surface; }
    ViewLine.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Line] = []

    def show(self, arrangement: Arrangement, listed: int, count: int, marked: int) -> None:
        """Say what is listed."""
        parts: list[Line] = []
        if arrangement.filter:
            parts.append([(f"{listed:,}", "bold"), (f" of {plural(count, 'row')}", "")])
            parts.append([(visible(arrangement.filter), "accent")])
        if arrangement.sort:
            way = "largest first" if arrangement.sort.startswith("-") else "smallest first"
            parts.append([(f"by {visible(arrangement.sort.removeprefix('-'))}, {way}", "")])
        if marked:
            parts.append([(f"● {marked:,} marked", "accent")])
        if not arrangement.plain:
            parts.append([("esc", "key"), (" all rows", "dim")])
        self._say(parts)

    def say_working(self, arrangement: Arrangement) -> None:
        """Say that rows are being filtered or sorted."""
        self._say([[(f"looking through the rows: {visible(arrangement.filter or arrangement.sort)}", "dim")]])

    def say_problem(self, words: str) -> None:
        """Say why rows cannot be listed so."""
        self._say([[(f"✗ {visible(words)}", "error")]])

    def paint(self, width: int, height: int) -> list[Line]:
        """As many parts as fit."""
        return [[(" ", ""), *fitting(self._parts, width - 2)]]

    def _say(self, parts: list[Line]) -> None:
        self._parts = parts
        self.set_class(bool(parts), "-shown")
        self.repaint()
