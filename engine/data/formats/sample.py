"""A few rows from all over a source, and plain sequences where Records are asked for."""

from collections.abc import Iterator, Sequence

from engine.data.records import ListedRecords, Records, Row

SAMPLE_ROWS = 1000
"""Rows that are looked at where a glance will do."""

_PLACES = 20


def as_records(rows: Records | Sequence[Row]) -> Records:
    """Rows by number; a plain sequence as it is in memory."""
    return ListedRecords(rows) if isinstance(rows, Sequence) else rows


def sample(records: Records, size: int = SAMPLE_ROWS) -> Iterator[Row]:
    """At most about `size` rows in runs from evenly spread places, the first rows among them."""
    if records.count <= size:
        yield from records.rows()
        return
    run = max(1, size // _PLACES)
    step = records.count / min(_PLACES, size)
    for place in range(min(_PLACES, size)):
        start = int(place * step)
        yield from records.rows(start, min(start + run, records.count))
