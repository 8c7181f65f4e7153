"""Going through rows as examples, with progress and a way out."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from engine.data.example import Example
from engine.data.records import Records, Row
from engine.errors import Cancelled

if TYPE_CHECKING:
    from engine.data.conversations import Layout

Progress = Callable[[int, int], object]
"""Hears rows done and rows there are."""
IsCancelled = Callable[[], bool]

_TELL_EVERY = 1024


def never() -> bool:
    """Nobody cancels."""
    return False


def unheard(done: int, total: int) -> None:
    """Nobody listens."""


def rows_of(records: Records, progress: Progress | None = None, cancelled: IsCancelled | None = None) -> Iterator[Row]:
    """Every row. Raises Cancelled."""
    last = records.count - 1
    for number, row in enumerate(records.rows()):
        if number % _TELL_EVERY == 0:
            if cancelled is not None and cancelled():
                raise Cancelled
            if progress is not None:
                progress(number, records.count)
        if number == last and progress is not None:
            progress(records.count, records.count)
        yield row


def examples(
    records: Records, layout: "Layout", progress: Progress | None = None, cancelled: IsCancelled | None = None
) -> Iterator[tuple[Row, Example | None]]:
    """Every row and what it teaches; None where it does not fit the layout. Raises Cancelled."""
    from engine.data.conversations import Unfit

    for row in rows_of(records, progress, cancelled):
        try:
            yield row, layout.example(row)
        except Unfit:
            yield row, None
