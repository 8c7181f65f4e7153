"""Axes that stay put: ranges end on round numbers, so that they change seldom while a curve grows."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """A range, and the values that are written beside it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    step: float

    def label(self, value: float) -> str:
        """A tick's value with as many digits as tell the ticks apart."""
        if max(abs(self.low), abs(self.high)) >= 10_000:
            return f"{value / 1000:,.{_digits(self.step / 1000)}f}k"
        if 0 < max(abs(self.low), abs(self.high)) < 0.01:
            return f"{value:.0e}".replace("e-0", "e-") if value else "0"
        return f"{value:.{_digits(self.step)}f}"


def round_axis(low: float, high: float, ticks: int) -> Axis:
    """An axis that holds low and high, begins and ends on round numbers, and has at most about `ticks` ticks."""
    if high <= low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    step = round_step((high - low) / max(1, ticks - 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    values = tuple(round(place * step, 12) for place in range(first, last + 1))
    return Axis(values[0], values[-1], values, step)


def exact_axis(low: float, high: float, ticks: int) -> Axis:
    """An axis from low to high as they are, with ticks on round numbers between them."""
    step = round_step((high - low) / max(1, ticks))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Axis(low, high, tuple(round(place * step, 12) for place in range(first, last + 1)), step)


def round_step(wanted: float) -> float:
    """The least of 1, 2, 2.5, 5, 10 times a power of ten that is at least `wanted`."""
    if not (wanted > 0 and math.isfinite(wanted)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * digit for digit in ROUND if power * digit >= wanted * (1 - 1e-9))


def extent(values: Iterable[float]) -> tuple[float, float] | None:
    """The lowest and highest finite value; None when there is none."""
    finite = [value for value in values if math.isfinite(value)]
    return (min(finite), max(finite)) if finite else None


def _digits(step: float) -> int:
    return next((digits for digits in range(6) if abs(round(step, digits) - step) < 1e-9), 6)
