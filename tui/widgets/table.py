"""A table of any number of rows. It asks its source for the rows that are on the screen, and for no others.

First paint and scrolling cost the same at a thousand and at ten million rows; Textual's DataTable measures every row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.visible import visible
from tui.widgets.painted import INKS, Ink, Line

_MARK = 2
"""Cells before the first column, for the mark of the chosen row."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and how wide it is."""

    title: str
    width: int = 0
    """Cells; 0 takes a share of what the others leave."""
    right: bool = False
    """Whether figures stand at the right."""
    share: int = 1
    """Weight among the columns without a width."""


class TableSource(Protocol):
    """Where a table gets its rows."""

    @property
    def count(self) -> int:
        """Rows there are."""

    def cells(self, row: int) -> Sequence[Line]:
        """One inked line for each column; called for rows that come into view."""


class Table(ScrollView, can_focus=True):
    """Rows under a header. The chosen row is marked with ▸; arrows, vim keys, pages and the mouse move it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"ink--{ink}" for ink in INKS} | {
        "table--header",
        "table--cursor",
        "table--match",
    }
    DEFAULT_CSS = """
    Table {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .table--header { color: $dim; }
        & > .table--cursor { background: $panel; text-style: bold; }
        & > .table--match { text-style: reverse; }
        & > .ink--dim { color: $dim; }
        & > .ink--bold { text-style: bold; }
        & > .ink--accent { color: $accent; }
        & > .ink--key { color: $accent; text-style: bold; }
        & > .ink--good { color: $good; }
        & > .ink--warn { color: $warn; text-style: bold; }
        & > .ink--error { color: $error; text-style: bold; }
        & > .ink--base { color: $side-base; }
        & > .ink--tuned { color: $side-tuned; }
        & > .ink--chosen { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("ctrl+u", "page(-1, 2)", "half a page up", show=False),
        Binding("ctrl+d", "page(1, 2)", "half a page down", show=False),
        Binding("home,g", "first", "first row", show=False),
        Binding("end,G", "last", "last row", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The chosen row, from 0."""

    class Chosen(Message):
        """Another row was chosen. A newer one takes the place of one that still waits."""

        def __init__(self, table: "Table", row: int) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> "Table":
            """The table it came from."""
            return self.table

        def can_replace(self, message: Message) -> bool:
            """Whether `message`, which came later, makes this one needless."""
            return isinstance(message, Table.Chosen) and message.table is self.table

    class Opened(Message):
        """The chosen row was opened."""

        def __init__(self, table: "Table", row: int) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> "Table":
            """The table it came from."""
            return self.table

    def __init__(self, columns: Sequence[Column] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._source: TableSource | None = None
        self._widths: list[int] = []
        self._laid_out = -1
        """The width that `_widths` share out."""
        self._strips: LRUCache[tuple[int, bool], Strip] = LRUCache(512)

    @property
    def count(self) -> int:
        """Rows there are."""
        return self._source.count if self._source else 0

    def show(self, source: TableSource, columns: Sequence[Column] | None = None) -> None:
        """Show the rows of a source; the choice stays on its number where there is one."""
        self._source = source
        self._columns = self._columns if columns is None else tuple(columns)
        self.virtual_size = Size(1, source.count + 1)
        self.repaint_rows()
        moved = self.validate_cursor(self.cursor) != self.cursor
        self.cursor = self.validate_cursor(self.cursor)
        if not moved:  # from the table itself: a message does not rise above the widget that happens to post it
            self.call_next(self._tell_chosen)

    def _tell_chosen(self) -> None:
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns of the same source."""
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self.repaint_rows()

    def repaint_rows(self) -> None:
        """Ask again for the rows in view: what they show has changed."""
        self._strips.clear()
        self._laid_out = -1
        self.refresh()

    def move_to(self, row: int, *, centre: bool = False) -> None:
        """Choose a row and bring it into view; `centre`: with as much above it as below."""
        self.cursor = row
        if centre and not self._top <= self.cursor < self._top + self._room:
            self._scroll_to_row(self.cursor - self._room // 2)

    def validate_cursor(self, cursor: int) -> int:
        """Keep it on a row."""
        return min(max(0, cursor), max(0, self.count - 1))

    def watch_cursor(self, before: int, now: int) -> None:
        """Bring it into view, and repaint two lines."""
        for row in (before, now):
            self.refresh_line(row + 1)
        if now < self._top:
            self._scroll_to_row(now)
        elif now >= self._top + self._room:
            self._scroll_to_row(now - self._room + 1)
        if self.count:
            self.post_message(self.Chosen(self, now))

    @property
    def _top(self) -> int:
        """The first row in view."""
        return self.scroll_offset.y

    @property
    def _room(self) -> int:
        """Rows that fit below the header."""
        return max(1, self.scrollable_content_region.height - 1)

    def _scroll_to_row(self, row: int) -> None:
        self.scroll_to(y=max(0, row), animate=False, force=True)

    def on_resize(self) -> None:
        """Keep the chosen row in view."""
        if self.cursor >= self._top + self._room:
            self._scroll_to_row(self.cursor - self._room + 1)

    def notify_style_update(self) -> None:
        """The theme or a class changed: every colour may be another."""
        super().notify_style_update()
        self._strips.clear()

    def on_focus(self) -> None:
        """The mark of the chosen row becomes bright."""
        self._strips.clear()
        self.refresh()

    def on_blur(self) -> None:
        """The mark of the chosen row becomes dim."""
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The header, or a row."""
        self._lay_out()
        row = self._top + y - 1
        if y and not 0 <= row < self.count:
            return Strip.blank(self.size.width, self.rich_style)
        key = (row if y else -1, bool(y) and row == self.cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._row_strip(row) if y else self._header_strip()
        return strip

    def _lay_out(self) -> None:
        """Share the width out among the columns, where it is another than before."""
        width = self.scrollable_content_region.width
        if width != self._laid_out:
            self._laid_out = width
            self._widths = _widths(self._columns, width - _MARK)
            self._strips.clear()

    def _header_strip(self) -> Strip:
        lines = [[(column.title, "")] for column in self._columns]
        return self._strip(lines, self.get_component_rich_style("table--header"), " " * _MARK)  # type: ignore[arg-type]

    def _row_strip(self, row: int) -> Strip:
        assert self._source is not None
        chosen = row == self.cursor
        style = self.get_component_rich_style("table--cursor") if chosen else self.rich_style
        return self._strip(self._source.cells(row), style, "▸ " if chosen else "  ")

    def _strip(self, lines: Sequence[Line], style: Style, mark: str) -> Strip:
        bright = self.get_component_rich_style("ink--key" if self.has_focus else "ink--dim", partial=True)
        segments = [Segment(mark, style + bright)]
        for column, width, line in zip(self._columns, self._widths, lines, strict=True):
            for text, ink in fit_line(line, width, right=column.right):
                segments.append(Segment(text, style + self._ink(ink) if ink else style))
            segments.append(Segment(" ", style))
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, style)

    def _ink(self, ink: Ink) -> Style:
        name = "table--match" if ink == "chosen" else f"ink--{ink}"
        return self.get_component_rich_style(name, partial=True)

    def action_move(self, by: int) -> None:
        """Choose a row further down or up."""
        self.cursor += by

    def action_page(self, direction: int, part: int = 1) -> None:
        """Choose a row a page away, or a part of one."""
        self.cursor += direction * max(1, self._room // part)

    def action_first(self) -> None:
        """Choose the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Choose the last row."""
        self.cursor = self.count - 1

    def action_open(self) -> None:
        """Open the chosen row."""
        if self.count:
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer; a second click opens it."""
        row = self._top + event.y - 1
        if event.y < 1 or row >= self.count:
            return
        self.cursor = row
        if event.chain > 1:
            self.action_open()


def fit_line(line: Line, width: int, *, right: bool = False) -> Line:
    """An inked line in exactly `width` cells: padded, or shortened with an ellipsis. Made safe to show."""
    shown: Line = [(visible(text), ink) for text, ink in line]
    total = sum(cell_len(text) for text, _ in shown)
    if total <= width:
        gap: Line = [(" " * (width - total), "")]
        return gap + shown if right else shown + gap
    kept: Line = []
    room = width - 1
    for text, ink in shown:
        size = cell_len(text)
        if size >= room:
            kept.append((set_cell_size(text, max(0, room)), ink))
            break
        kept.append((text, ink))
        room -= size
    return [*kept, ("…" if width > 0 else "", "")]


def _widths(columns: Sequence[Column], room: int) -> list[int]:
    """Cells of each column; one cell stands between two."""
    free = room - len(columns) - sum(column.width for column in columns)
    shares = sum(column.share for column in columns if not column.width) or 1
    return [column.width or max(0, free * column.share // shares) for column in columns]
