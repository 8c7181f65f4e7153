"""How the checks say how far they are, and how they are told to stop."""

from collections.abc import Callable

Progress = Callable[[int], None]
"""Told how many rows are done."""

IsCancelled = Callable[[], bool]
"""Asked often whether to stop."""


def never() -> bool:
    """For work that nobody stops."""
    return False


def unheard(done: int) -> None:
    """For work whose progress nobody watches."""
