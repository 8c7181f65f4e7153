"""Work on every piece of some records, by two threads, in order, given up within milliseconds."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from engine.data.browse.pieces import Piece, pieces
from engine.data.records import Records
from engine.errors import Cancelled

Result = TypeVar("Result")

THREADS = 2
"""Arrow's functions leave Python's lock, so that threads do. More would take the machine from what else it does."""
_AHEAD = 2 * THREADS
"""Pieces that are handed out before the first is done: all of them are in memory."""
_LOOK_S = 0.005
"""How often waiting looks whether it is cancelled."""


def over_pieces(
    records: Records,
    work: Callable[[Piece], Result],
    cancelled: Callable[[], bool],
    wanted: Callable[[Piece], bool] = lambda piece: True,
) -> Iterator[tuple[Piece, Result]]:
    """(piece, what `work` makes of it) of each piece that is wanted. `work` runs in threads.

    Raises Cancelled when `cancelled` says so, and what `work` raises.
    """
    pool = ThreadPoolExecutor(THREADS, "browse")
    waiting: deque[tuple[Piece, Future[Result]]] = deque()
    try:
        for piece in pieces(records):
            if cancelled():
                raise Cancelled
            if len(piece.numbers) and wanted(piece):
                waiting.append((piece, pool.submit(work, piece)))
            # Before the pages of a part are given back nobody may be at work on it: they would come again, and stay.
            while len(waiting) >= _AHEAD or (piece.last and waiting):
                yield _first(waiting, cancelled)
        while waiting:
            yield _first(waiting, cancelled)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first(waiting: "deque[tuple[Piece, Future[Result]]]", cancelled: Callable[[], bool]) -> tuple[Piece, Result]:
    piece, future = waiting.popleft()
    while True:
        if cancelled():
            raise Cancelled
        try:
            return piece, future.result(timeout=_LOOK_S)
        except TimeoutError:
            continue
