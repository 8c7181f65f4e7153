"""One file for each group of checks: functions from the gathered figures to findings and their rows."""

from collections.abc import Iterator
from typing import Any

from engine.data.check.report import Finding

Found = tuple[Finding, Any]
"""A finding, and the numbers of its rows in the records: int64, in order."""

Findings = Iterator[Found]


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `3,000 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """`4.2%`; small shares keep a figure that says something."""
    percent = 100 * part / max(1, whole)
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%" if percent >= 0.1 else "under 0.1%"


def listing(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
