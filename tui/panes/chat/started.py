"""Chats that this process has started. They hold two models in memory, and end with it."""

import atexit
from contextlib import suppress

from engine.job import JobFolder, send
from engine.protocol import Stop

_started: list[JobFolder] = []


def remember(chat: JobFolder) -> None:
    """Stop this chat when the process ends, if not before."""
    if not _started:
        atexit.register(stop_all)
    _started.append(chat)


def stop_all(but: JobFolder | None = None) -> None:
    """Ask every chat of this process to end, one whose engine is still coming up too. `but`: this one may go on."""
    for chat in [chat for chat in _started if chat != but]:
        _started.remove(chat)
        with suppress(OSError):  # its folder is gone or cannot be written to: it ends by itself when idle
            send(chat, Stop())
