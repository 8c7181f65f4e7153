"""Working out rows' figures in other processes, while this one reads the rows."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

from engine.data.check.benchmarks import Benchmarks
from engine.data.check.features import FeatureReader, Features
from engine.data.check.texts import RowTexts

Batch = tuple[list[int], list[RowTexts]]
"""Numbers of rows in the records, and their texts."""

ROWS_THAT_PAY = 20_000
"""From here on starting processes (0.6 s) costs less than they save."""
MOST = 2
_AHEAD = 2
"""Batches that wait for each process."""
_LOOKED_EVERY_S = 1.0

_reader: FeatureReader
"""The worker process's own."""


def worth(rows: int) -> int:
    """How many processes to use for so many rows; 0: none but this one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores) if rows >= ROWS_THAT_PAY and cores > 1 else 0


def featured(
    batches: Iterator[Batch], threshold: float, benchmarks: Benchmarks, processes: int
) -> Iterator[tuple[list[int], Features]]:
    """The figures of each batch, in order."""
    if not processes:
        reader = FeatureReader(threshold, benchmarks)
        for numbers, texts in batches:
            yield numbers, reader.of(texts)
        return
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), _begin, (threshold, benchmarks, os.getpid())
    )
    try:
        waiting = deque[tuple[list[int], Future[Features]]]()
        for numbers, texts in batches:
            waiting.append((numbers, pool.submit(_work, texts)))
            if len(waiting) > _AHEAD * processes:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(waiting: "deque[tuple[list[int], Future[Features]]]") -> tuple[list[int], Features]:
    numbers, future = waiting.popleft()
    return numbers, future.result()


def _begin(threshold: float, benchmarks: Benchmarks, parent: int) -> None:
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of the group; the parent ends this one
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    _reader = FeatureReader(threshold, benchmarks)


def _leave_with(parent: int) -> None:
    """End when the parent has been killed: nobody else would end this process."""
    while os.getppid() == parent:
        time.sleep(_LOOKED_EVERY_S)
    os._exit(1)


def _work(texts: list[RowTexts]) -> Features:
    return _reader.of(texts)
