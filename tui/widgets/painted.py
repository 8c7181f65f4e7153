"""A widget that paints lines of inked text, and sends to the terminal only the spans that changed.

A line is a list of (text, ink) pairs; an ink is a word such as "dim" or "side-base" that the theme gives a colour.
No markup is parsed anywhere on the way, so foreign text that went through `tui.visible` is safe here.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Ink = Literal["", "dim", "bold", "accent", "key", "good", "warn", "error", "base", "tuned", "chosen", "front"]
Span = tuple[str, Ink]
Line = list[Span]

INKS: tuple[Ink, ...] = tuple(ink for ink in get_args(Ink) if ink)
"""Every ink but the plain one."""

_COLOURS: dict[Ink, str] = {
    "dim": "dim", "accent": "accent", "key": "accent", "good": "good", "warn": "warn", "error": "error",
    "base": "side-base", "tuned": "side-tuned", "front": "background",
}  # fmt: skip
"""The theme's variable that an ink is written in; others are written in the widget's own colour."""
_BEHIND: dict[Ink, str] = {"chosen": "panel", "front": "accent"}
_STRONG: frozenset[Ink] = frozenset({"bold", "key", "chosen", "front"})


class Painted(Widget):
    """Base of widgets that paint lines. A subclass gives `paint`; `repaint` shows what changed.

    Inks are not component classes: Textual matches each of those, in each widget, against all rules, which would
    take a third of the time to the first paint.
    """

    DEFAULT_CSS = """
    Painted { height: auto; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._strips: list[Strip] = []
        self._painted: Size | None = None
        self._behind = Style()
        """What lines are filled up with, as they were painted last."""
        self._styles: dict[Ink, Style] = {}

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The lines to show in this many cells."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Paint again and refresh the spans that differ; nothing when none does."""
        size = self.content_size
        if self._painted != size or not size:
            self._painted = None  # what was painted before it was hidden must not come back with the old size
            self.refresh()
            return
        before = self._lines
        self._paint_all(size)
        regions = [region for y in range(size.height) if (region := self._changed(before, y, size.width)) is not None]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Line `y` of the content, from those painted last; paints when the size is another since.

        Textual calls this for the content alone and puts border and padding round it.
        """
        size = self.content_size
        if self._painted != size:
            self._paint_all(size)
        return self._strips[y] if y < len(self._strips) else Strip.blank(size.width, self.rich_style)

    def notify_style_update(self) -> None:
        """The theme or a class changed: every colour may be another."""
        super().notify_style_update()
        self._styles.clear()
        self._painted = None

    def _paint_all(self, size: Size) -> None:
        lines, strips, before = self._lines, self._strips, self._behind
        behind = self._behind = self.rich_style  # adds up the styles of all that it is in: once, not for each line
        kept = len(strips) if self._painted == size and behind == before else 0
        self._lines = [list(line) for line in self.paint(size.width, size.height)]
        self._strips = [
            strips[y] if y < kept and line == lines[y] else self._strip(line, size.width, behind)
            for y, line in enumerate(self._lines)
        ]
        self._painted = size

    def _changed(self, before: list[Line], y: int, width: int) -> Region | None:
        """The part of a line of the content that differs from what is on the screen."""
        old = before[y] if y < len(before) else []
        new = self._lines[y] if y < len(self._lines) else []
        if old == new:
            return None
        start, end = differing(old, new)
        start, end = min(start, width - 1), min(end, width)
        return Region(start, y, max(1, end - start), 1)

    def _strip(self, line: Line, width: int, behind: Style) -> Strip:
        segments = [Segment(text, self._style(ink)) for text, ink in line if text]
        if line and line[0][1] == "chosen":
            behind = Style(bgcolor=self._style("chosen").bgcolor)
            segments = [Segment(text, (style or Style()) + behind) for text, style, _ in segments]
        return Strip(segments).adjust_cell_length(width, behind)

    def _style(self, ink: Ink) -> Style:
        if ink not in self._styles:
            theme = self.app.theme_variables
            colour, behind = (theme[table[ink]] if ink in table else None for table in (_COLOURS, _BEHIND))
            self._styles[ink] = self.rich_style + Style(color=colour, bgcolor=behind, bold=ink in _STRONG or None)
        return self._styles[ink]


def differing(old: Line, new: Line) -> tuple[int, int]:
    """The first cell that differs and the one after the last; lines are taken to be blank after their end."""
    old_inked, new_inked = _inked(old), _inked(new)
    common = min(len(old_inked), len(new_inked))
    start = next((place for place in range(common) if old_inked[place] != new_inked[place]), common)
    left = sum(cell_len(character) for character, _ in new_inked[:start])
    old_width, new_width = cells(old), cells(new)
    if old_width != new_width:
        return left, max(old_width, new_width)
    kept = 0
    while kept < common - start and old_inked[-1 - kept] == new_inked[-1 - kept]:
        kept += 1
    return left, new_width - sum(cell_len(character) for character, _ in new_inked[len(new_inked) - kept :])


def _inked(line: Line) -> list[Span]:
    return [(character, ink) for text, ink in line for character in text]


def cells(line: Iterable[Span]) -> int:
    """How wide a line is."""
    return sum(cell_len(text) for text, _ in line)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: padded, or shortened with an ellipsis."""
    if cell_len(text) > width:
        text = set_cell_size(text, max(0, width - 1)).rstrip() + "…" * (width > 0)
    padding = " " * (width - cell_len(text))
    return padding + text if right else text + padding


def fitting(parts: Sequence[Line], width: int, between: str = " · ") -> Line:
    """As many of `parts` as fit, in their order; later ones matter less and are left out first."""
    line: Line = []
    for part in parts:
        joined: Line = [*line, *([(between, "dim")] if line else []), *part]  # type: ignore[list-item]
        if line and cells(joined) > width:
            break
        line = joined
    return line


def sides(left: Line, right: Line, width: int) -> Line:
    """`left` at the left and `right` at the right; the right is dropped when both do not fit."""
    room = width - cells(left) - cells(right)
    return [*left, (" " * room, ""), *right] if room >= 2 else left
