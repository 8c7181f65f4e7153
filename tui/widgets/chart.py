"""A chart of curves and marks over steps, painted in braille. Shows what it is given, when it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

import numpy as np

from tui.figures import short
from tui.widgets.axis import Axis, exact_axis, extent, round_axis
from tui.widgets.braille import Floats, Frame, curve
from tui.widgets.painted import Ink, Line, Painted, fit

LABEL_WIDTH = 6
_BLANK = " "
_DOTS = [chr(0x2800 + dots) if dots else _BLANK for dots in range(256)]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points joined by a line; later curves are drawn over earlier ones. Gaps where y is not finite."""

    x: Floats
    y: Floats
    ink: Ink = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A glyph at a point; y None puts it at the top (a value that was not finite)."""

    x: float
    y: float | None
    glyph: str
    ink: Ink = ""


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """All that a chart shows."""

    curves: Sequence[Curve] = ()
    marks: Sequence[Mark] = ()
    x_low: float = 0.0
    x_high: float = 1.0
    breaks: Floats = field(default_factory=lambda: np.empty(0))
    """Where every curve is interrupted."""
    log: bool = False
    """Whether y is on a logarithmic scale."""
    empty: str = ""
    """What to say while there is nothing to draw."""


class Chart(Painted):
    """A chart with axes; below a height of 4 the axis of steps is left out."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plot = Plot()

    def show(self, plot: Plot) -> None:
        """Show other data; only cells that changed are sent to the terminal."""
        self._plot = plot
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """Curves, marks, and axes around them."""
        return paint_chart(self._plot, width, height)


def paint_chart(plot: Plot, width: int, height: int) -> list[Line]:
    """A chart as lines, in exactly this many cells."""
    span = _extent(plot)
    if span is None or width < LABEL_WIDTH + 4 or height < 1:
        said: list[Line] = [[(fit(f" {line}", width), "dim")] for line in wrap(plot.empty, max(1, width - 2))]
        return said[: max(0, height)]
    rows = height - 2 if height >= 4 else height
    y_axis = round_axis(*span, ticks=6)
    columns = width - LABEL_WIDTH - 1
    frame = Frame(plot.x_low, plot.x_high, y_axis.low, y_axis.high, columns, rows)
    glyphs, inks = _draw(plot, frame)
    labels = _row_labels(y_axis, frame, plot.log)
    lines: list[Line] = [[(labels.get(row, _no_label()), "dim"), *_runs(glyphs[row], inks[row])] for row in range(rows)]
    if rows < height:
        lines += _steps_axis(exact_axis(plot.x_low, plot.x_high, max(1, columns // 12)), frame)
    return lines


def sparkline(curve_: Curve, width: int, height: int, x_low: float, x_high: float) -> list[Line]:
    """A curve alone, without axes, over its own range of y."""
    span = extent((float(np.min(curve_.y)), float(np.max(curve_.y)))) if len(curve_.y) else None
    if len(curve_.y) and span is None:
        finite = curve_.y[np.isfinite(curve_.y)]
        span = (float(finite.min()), float(finite.max())) if len(finite) else None
    if span is None:
        return [[] for _ in range(height)]
    low, high = span if span[1] > span[0] else (span[0] - 1, span[0] + 1)
    if height < 1 or width < 1:
        return []
    glyphs, inks = _draw(Plot((curve_,)), Frame(x_low, x_high, low, high, width, height))
    return [_runs(glyphs[row], inks[row]) for row in range(height)]


def _extent(plot: Plot) -> tuple[float, float] | None:
    """The range of y over everything drawn."""
    low, high = np.inf, -np.inf
    for each in plot.curves:
        y = _scaled(each.y, plot.log)
        finite = y[np.isfinite(y)]
        if len(finite):
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    for mark in plot.marks:
        if mark.y is not None:
            y_mark = float(_scaled(np.array([mark.y]), plot.log)[0])
            if np.isfinite(y_mark):
                low, high = min(low, y_mark), max(high, y_mark)
    return (low, high) if low <= high else None


def _scaled(y: Floats, log: bool) -> Floats:
    if not log:
        return y
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(y > 0, np.log10(y), np.nan)


def _draw(plot: Plot, frame: Frame) -> tuple[list[list[str]], list[list[Ink]]]:
    """The glyph and the ink of each cell."""
    glyphs = [[_BLANK] * frame.columns for _ in range(frame.rows)]
    inks: list[list[Ink]] = [[""] * frame.columns for _ in range(frame.rows)]
    for each in plot.curves:
        dots = curve(frame, each.x, _scaled(each.y, plot.log), plot.breaks)
        for row, column in zip(*(place.tolist() for place in np.nonzero(dots)), strict=True):
            glyphs[row][column] = _DOTS[dots[row, column]]
            inks[row][column] = each.ink
    for mark in plot.marks:
        row = 0 if mark.y is None else frame.row(float(_scaled(np.array([mark.y]), plot.log)[0]))
        column = frame.column(mark.x)
        if 0 <= row < frame.rows and 0 <= column < frame.columns:
            glyphs[row][column], inks[row][column] = mark.glyph, mark.ink
    return glyphs, inks


def _runs(glyphs: list[str], inks: list[Ink]) -> Line:
    """Neighbouring cells of one ink as one span."""
    line: Line = []
    start = 0
    for place in range(1, len(inks) + 1):
        if place == len(inks) or inks[place] != inks[start]:
            line.append(("".join(glyphs[start:place]), inks[start]))
            start = place
    return line


def _row_labels(axis: Axis, frame: Frame, log: bool) -> dict[int, str]:
    """Every tick, every second one, … so that there is a row between two labels."""
    last = len(axis.ticks) - 1
    rows = [frame.row(tick) for tick in axis.ticks]
    stride = next((by for by in range(1, last) if rows[0] - rows[by] > 1), last)
    shown = axis.ticks[::stride]
    return {
        frame.row(tick): fit(short(10**tick) if log else axis.label(tick), LABEL_WIDTH, right=True) + "┤"
        for tick in shown
    }


def _no_label() -> str:
    return " " * LABEL_WIDTH + "│"


def _steps_axis(axis: Axis, frame: Frame) -> list[Line]:
    """The line below, and the steps under it."""
    rule, numbers = ["─"] * frame.columns, [" "] * (frame.columns + LABEL_WIDTH + 1)
    free_from = 0
    for tick in axis.ticks:
        column = frame.column(tick)
        text = f"{tick:,.0f}" if axis.step >= 1 else f"{tick:g}"
        start = min(max(LABEL_WIDTH + 1 + column - len(text) // 2, 0), len(numbers) - len(text))
        if start < free_from or not 0 <= column < frame.columns:
            continue
        rule[column] = "┬"
        numbers[start : start + len(text)] = text
        free_from = start + len(text) + 1
    return [[(" " * LABEL_WIDTH + "└" + "".join(rule), "dim")], [("".join(numbers), "dim")]]
