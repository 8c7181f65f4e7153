"""A studio whose terminal is gone ends, whether anybody tells it or not."""

import os
import select
import threading

HUNG_UP = 128 + 1
"""Exit code, as of a process that SIGHUP ends."""


def end_with_terminal(descriptor: int = 0) -> None:
    """End this process as soon as the terminal behind a descriptor is gone.

    A hang-up usually comes as a signal. Under nohup, or on a terminal that is not the controlling one, none comes:
    output is then waited for that nobody takes, and input that is at its end is read again and again. Nothing is lost
    by ending at once, since a studio holds no state.
    """
    poll = select.poll()
    poll.register(descriptor, 0)  # hang-ups and errors are told unasked
    threading.Thread(target=_wait, args=(poll,), daemon=True, name="hang-up").start()


def _wait(poll: select.poll) -> None:
    for _, event in poll.poll():
        if event & (select.POLLHUP | select.POLLERR):
            os._exit(HUNG_UP)
