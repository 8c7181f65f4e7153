"""Figures as words: durations, sizes, losses. One way of writing each, with a width that hardly changes."""

import time

from engine.sizes import size as known_size

UNKNOWN = "—"
"""What stands where a figure is not known."""


def duration(seconds: float | None) -> str:
    """`41s`, `5m 40s`, `1h 05m`, `2d 3h`, `3y 40d`."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    if whole < 365 * 86400:
        return f"{whole // 86400}d {whole % 86400 // 3600}h"
    return f"{whole // (365 * 86400):,}y {whole // 86400 % 365}d"


def roughly(seconds: float | None) -> str:
    """A duration to plan by: `41s`, `12m`, `1h 05m`, `2d 3h`."""
    if seconds is None or not 90 <= seconds < 3600:
        return duration(seconds)
    return f"{round(seconds / 60)}m"


def ago(seconds: float) -> str:
    """`just now`, `3m ago`, `1h ago`, `2d ago`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit} ago"
    return "just now"


def clock(when: float) -> str:
    """A time of day here, such as `01:14`."""
    return time.strftime("%H:%M", time.localtime(when))


def size(count_bytes: float | None) -> str:
    """`512M`, `31.2G`: binary units, as tools of this kind write them."""
    if count_bytes is None:
        return UNKNOWN
    return known_size(count_bytes)


def loss(value: float | None) -> str:
    """Three digits after the point: what one step changes is noise below that."""
    return UNKNOWN if value is None else f"{value:.3f}"


def rate(value: float | None) -> str:
    """A learning rate, such as `1.6e-4`."""
    if value is None:
        return UNKNOWN
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return "0" if value == 0 else f"{mantissa}e{int(exponent)}"


def count(value: float | None) -> str:
    """A whole number with its thousands apart."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def short(value: float | None) -> str:
    """A number in about four characters: `0.82`, `9.9k`, `1.2M`."""
    if value is None:
        return UNKNOWN
    for bound, divisor, unit in ((1e3, 1, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M"), (1e12, 1e9, "B")):
        if abs(value) < bound:
            scaled = value / divisor
            digits = 0 if abs(scaled) >= 100 or (not unit and scaled == int(scaled)) else 1 if abs(scaled) >= 10 else 2
            return f"{scaled:.{digits}f}{unit}"
    return f"{value:.1e}"


def percent(share: float | None) -> str:
    """A share as a right-aligned whole percentage, four characters wide."""
    return f"{UNKNOWN:>4}" if share is None else f"{share:4.0%}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 run`, `3 runs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
