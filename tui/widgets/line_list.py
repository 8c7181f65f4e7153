"""A list of lines to choose from: arrows or j/k, enter or a click opens. Repaints only what changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from tui.widgets.painted import Line, Painted


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `key` names what it stands for, and keeps the choice while the list changes."""

    key: str
    line: Callable[[int], Line]
    """The line for a width."""


class LineList(Painted, can_focus=True):
    """Rows under a title; the chosen one is marked with ▸ while the list has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open"),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "move(-1000000)", "first", show=False),
        Binding("end,G", "move(1000000)", "last", show=False),
    ]

    class Opened(Message):
        """A row was opened."""

        def __init__(self, sender: "LineList", key: str) -> None:
            super().__init__()
            self.list = sender
            self.key = key

        @property
        def control(self) -> "LineList":
            """The list it came from."""
            return self.list

    def __init__(self, title: str, empty: Sequence[Line], *, id: str) -> None:
        """`empty`: what to say while there are no rows."""
        super().__init__(id=id)
        self._title = title
        self._empty = empty
        self._rows: Sequence[Row] = ()
        self._chosen = 0
        self._top = 0

    @property
    def chosen(self) -> str | None:
        """The key of the chosen row."""
        return self._rows[self._chosen].key if self._rows else None

    def show(self, rows: Sequence[Row], empty: Sequence[Line] | None = None) -> None:
        """Show other rows; the choice stays with the row of the same key."""
        chosen, had = self.chosen, bool(self._rows)
        before = self._lines_wanted()
        self._rows = rows
        self._empty = self._empty if empty is None else empty
        places = [place for place, row in enumerate(rows) if row.key == chosen]
        self._chosen = places[0] if places and (self._chosen or had) else min(self._chosen, max(0, len(rows) - 1))
        self.repaint()
        if self._lines_wanted() != before:
            self.refresh(layout=True)
            self.refresh_bindings()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All rows, where the layout leaves the height to the list."""
        return self._lines_wanted()

    def _lines_wanted(self) -> int:
        return 2 + len(self._rows or self._empty)

    def paint(self, width: int, height: int) -> list[Line]:
        """The title, and as many rows as fit around the chosen one."""
        title: Line = [(f" {self._title}", "bold" if self.has_focus else "dim")]
        if not self._rows:
            return [title, *[[("   ", ""), *line] for line in self._empty]]
        room = max(1, height - 1)
        self._top = min(max(self._top, self._chosen - room + 1), self._chosen, max(0, len(self._rows) - room))
        shown = self._rows[self._top : self._top + room]
        if len(self._rows) > room:
            title.append((f"  {self._top + 1}-{self._top + len(shown)} of {len(self._rows)}", "dim"))
        return [title, *(self._row(place, row, width) for place, row in enumerate(shown, self._top))]

    def _row(self, place: int, row: Row, width: int) -> Line:
        line = row.line(width - 3)
        if place == self._chosen and self.has_focus:
            return [(" ▸ ", "chosen"), *line]
        return [("   ", ""), *line]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be opened in an empty list."""
        return bool(self._rows) if action == "open" else super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open the chosen row."""
        if self.chosen is not None:
            self.post_message(self.Opened(self, self.chosen))

    def action_move(self, by: int) -> None:
        """Choose a row further down or up."""
        self._chosen = min(max(0, self._chosen + by), max(0, len(self._rows) - 1))
        self.repaint()

    def action_page(self, direction: int) -> None:
        """Choose a row one page away."""
        self.action_move(direction * max(1, self.content_size.height - 2))

    def on_focus(self) -> None:
        """The choice becomes visible."""
        self.repaint()

    def on_blur(self) -> None:
        """The choice is hidden."""
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer; open it when it was chosen already."""
        place = self._top + event.get_content_offset_capture(self).y - 1
        if not 0 <= place < len(self._rows):
            return
        if place == self._chosen and event.chain > 1:
            self.action_open()
        self._chosen = place
        self.repaint()

    def on_mouse_scroll_down(self) -> None:
        """Move the choice."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """Move the choice."""
        self.action_move(-1)
