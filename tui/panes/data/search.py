"""Search the turns of every row for a text. Runs in a worker thread; hits come as they are found."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.data.example import Conversation

TELL_EVERY_S = 0.2
_CHECK_ROWS = 500


def search(
    conversations: "Sequence[Conversation]", needle: str, cancelled: Callable[[], bool]
) -> Iterator[tuple[list[int], bool]]:
    """(rows that have `needle` in a turn so far, whether that is all), the first hit at once; case does not matter."""
    wanted = needle.lower()
    hits: list[int] = []
    told, told_hits = time.monotonic(), 0
    for row, conversation in enumerate(conversations):
        if any(wanted in message.content.lower() for message in conversation):
            hits.append(row)
        if len(hits) == 1 or row % _CHECK_ROWS == 0:
            if cancelled():
                return
            if len(hits) > told_hits and (not told_hits or time.monotonic() - told >= TELL_EVERY_S):
                told, told_hits = time.monotonic(), len(hits)
                yield list(hits), False
    yield hits, True


def next_hit(hits: Sequence[int], row: int, *, back: bool = False, here: bool = False) -> int | None:
    """The hit after `row` (before it with `back`; `here`: or `row` itself), around the end; None without any."""
    if not hits:
        return None
    if back:
        return hits[bisect_left(hits, row) - 1]
    place = bisect_left(hits, row) if here else bisect_right(hits, row)
    return hits[place % len(hits)]
