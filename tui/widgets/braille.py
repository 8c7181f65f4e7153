"""Curves as braille: each cell is 2 x 4 dots, a column of dots shows the lowest and highest value that falls in it.

Pure: numpy in, dots out. A frame of 100,000 points takes a few milliseconds, however wide the chart.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Dots = NDArray[np.uint8]
"""Braille dots (0 to 255) of each cell: (rows, columns)."""

_WEIGHTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
"""Which bit of a braille pattern a dot is: (row in cell, column in cell)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart shows: the ranges of its axes, and its size in cells."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    columns: int
    rows: int

    def column(self, x: float) -> int:
        """The cell in which an x falls; outside the chart's cells when it is out of range."""
        return int(np.floor(self._along(x, self.x_low, self.x_high) * (2 * self.columns - 1) + 0.5)) // 2

    def row(self, y: float) -> int:
        """The cell in which a y falls, from the top."""
        dot = int(np.floor(self._along(y, self.y_low, self.y_high) * (4 * self.rows - 1) + 0.5))
        return self.rows - 1 - dot // 4

    @staticmethod
    def _along(value: float, low: float, high: float) -> float:
        return (value - low) / (high - low) if high > low else 0.5


def curve(frame: Frame, x: Floats, y: Floats, breaks: Floats | None = None) -> Dots:
    """A line through the points, x ascending: interrupted at values that are not finite and at the x of `breaks`."""
    dots = np.zeros((4 * frame.rows, 2 * frame.columns), dtype=bool)
    for part_x, part_y in _parts(x, y, breaks):
        _draw(dots, frame, part_x, part_y)
    return _pack(dots)


def _parts(x: Floats, y: Floats, breaks: Floats | None) -> list[tuple[Floats, Floats]]:
    """Stretches of points that are drawn as one line each."""
    finite = np.isfinite(y)
    cuts = np.flatnonzero(np.diff(finite.astype(np.int8))) + 1
    if breaks is not None and breaks.size:
        cuts = np.union1d(cuts, np.searchsorted(x, breaks, side="right"))
    edges = [0, *cuts.tolist(), len(x)]
    return [(x[a:b], y[a:b]) for a, b in pairwise(edges) if b > a and finite[a]]


def _draw(dots: NDArray[np.bool_], frame: Frame, x: Floats, y: Floats) -> None:
    """Set the dots of one unbroken line."""
    height, width = dots.shape
    column, low, high = _columns(frame, x, y, width)
    if not len(column):
        return
    bottom, top = _level(frame, low, height), _level(frame, high, height)
    joined_bottom = np.concatenate((bottom[:1], np.minimum(bottom[1:], top[:-1] + 1)))
    joined_top = np.concatenate((top[:1], np.maximum(top[1:], bottom[:-1] - 1)))
    level = np.arange(height - 1, -1, -1)[:, None]
    dots[:, column] |= (level >= joined_bottom) & (level <= joined_top)


def _columns(frame: Frame, x: Floats, y: Floats, width: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Columns of dots that the line passes, with the lowest and highest y in each, of points and line."""
    step = (frame.x_high - frame.x_low) / (width - 1) or 1.0
    middle = frame.x_low + step * np.arange(width)
    edges = np.searchsorted(x, np.append(middle, middle[-1] + step) - step / 2)
    filled = np.diff(edges) > 0
    passed = (middle >= x[0]) & (middle <= x[-1])
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    low[passed] = high[passed] = np.interp(middle[passed], x, y)
    if filled.any():
        starts, points = edges[:-1][filled], y[: edges[-1]]
        low[filled] = np.minimum(low[filled], np.minimum.reduceat(points, starts))
        high[filled] = np.maximum(high[filled], np.maximum.reduceat(points, starts))
    column = np.flatnonzero(filled | passed)
    return column, low[column], high[column]


def _level(frame: Frame, y: Floats, height: int) -> NDArray[np.int64]:
    """Dots above the bottom; what lies outside the range sticks to its edge."""
    if frame.y_high <= frame.y_low:
        return np.full(len(y), height // 2)
    share = np.clip((y - frame.y_low) / (frame.y_high - frame.y_low), 0, 1)
    return np.floor(share * (height - 1) + 0.5).astype(np.int64)


def _pack(dots: NDArray[np.bool_]) -> Dots:
    height, width = dots.shape
    cells = dots.reshape(height // 4, 4, width // 2, 2).transpose(0, 2, 1, 3)
    packed: Dots = (cells * _WEIGHTS).sum(axis=(2, 3)).astype(np.uint8)
    return packed
