"""Intervals on a common axis, one line each: a forest plot. Figures are points of a hundred."""

from dataclasses import dataclass

from engine.protocol import MetricCompared
from tui.widgets.axis import Axis, round_axis

CELLS_A_TICK = 9
"""Room that a tick's label needs."""

ZERO = "┊"

LEAST_POINTS = 10.0
"""What the axis spans at least: a difference of a point shall not look large."""


@dataclass(frozen=True, slots=True)
class Forest:
    """An axis in this many cells. Zero is always on it: it is what an interval is compared with."""

    axis: Axis
    width: int

    def cell(self, value: float) -> int:
        """The cell of a value."""
        share = (value - self.axis.low) / (self.axis.high - self.axis.low)
        return round(share * (self.width - 1))

    def ticks(self) -> str:
        """The labels, each centred on its cell as far as there is room."""
        line = [" "] * self.width
        for tick in self.axis.ticks:
            label = f"{tick:+g}".replace("-", "−") if tick else "0"
            start = min(max(0, self.cell(tick) - len(label) // 2), self.width - len(label))
            if all(character == " " for character in line[max(0, start - 1) : start + len(label) + 1]):
                line[start : start + len(label)] = label
        return "".join(line)

    def row(self, metric: MetricCompared) -> str:
        """One difference and its interval; the line of no difference shows through."""
        low, middle, high = (
            self.cell(100 * value) for value in (metric.interval[0], metric.difference, metric.interval[1])
        )
        line = [" "] * self.width
        line[self.cell(0)] = ZERO
        if high > low:
            line[low : high + 1] = ["├", *"─" * (high - low - 1), "┤"]
        line[middle] = "●"
        return "".join(line)


def forest(metrics: list[MetricCompared], width: int) -> Forest:
    """The plot that holds all of these."""
    values = [0.0, *(100 * value for metric in metrics for value in (*metric.interval, metric.difference))]
    low, high = min(values), max(*values, min(values) + LEAST_POINTS)
    return Forest(round_axis(low, high, max(2, width // CELLS_A_TICK)), width)
