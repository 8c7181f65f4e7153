"""A scrolling text whose lines are made for the width there is. Only the lines in view are turned into segments."""

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.inked import InkedLine

LinesFor = Callable[[int], list[InkedLine]]
"""The lines for a width in cells."""


class Reading(ScrollView, can_focus=True):
    """Lines to read. They are made again when the width changes."""

    INKS: ClassVar[tuple[str, ...]] = (
        "dim",
        "bold",
        "key",
        "accent",
        "warn",
        "error",
        "trained",
        "mark",
        "cut",
        "match",
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"reading--{ink}" for ink in INKS}
    DEFAULT_CSS = """
    Reading {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .reading--dim { color: $dim; }
        & > .reading--bold { text-style: bold; }
        & > .reading--key { color: $accent; text-style: bold; }
        & > .reading--accent { color: $accent; }
        & > .reading--warn { color: $warn; }
        & > .reading--error { color: $error; }
        & > .reading--trained { color: $side-tuned; text-style: underline; }
        & > .reading--mark { color: $side-tuned; }
        & > .reading--cut { color: $dim; text-style: strike; }
        & > .reading--match { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "by(-1)", "up", show=False),
        Binding("down,j", "by(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "by(-1000000)", "top", show=False),
        Binding("end,G", "by(1000000)", "bottom", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: LinesFor = lambda width: []
        self._lines: list[InkedLine] = []
        self._width = -1

    def show(self, make: LinesFor, *, keep_place: bool = False) -> None:
        """Show other lines, from the top unless told to stay."""
        self._make = make
        self._width = -1
        self._fit()
        if not keep_place:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def on_resize(self) -> None:
        """Make the lines for the new width."""
        self._fit()

    def notify_style_update(self) -> None:
        """The theme or a class changed."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        if self.scrollable_content_region.width != self._width:  # not every change of size is told by an event
            self.call_next(self._fit)
        place = y + self.scroll_offset.y
        line = self._lines[place] if place < len(self._lines) else []
        segments = [Segment(text, self._style(inks)) for text, inks in line]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def action_by(self, lines: int) -> None:
        """Scroll some lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_page(self, direction: int) -> None:
        """Scroll a page."""
        self.action_by(direction * max(1, self.size.height - 1))

    def _fit(self) -> None:
        width = self.scrollable_content_region.width
        if width == self._width or width <= 0:
            return
        self._width = width
        self._lines = self._make(width)
        self.virtual_size = Size(1, len(self._lines))
        self.refresh()

    def _style(self, inks: str) -> Style:
        style = self.rich_style
        for ink in inks.split():
            style += self.get_component_rich_style(f"reading--{ink}", partial=True)
        return style
