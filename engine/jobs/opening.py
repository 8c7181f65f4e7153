"""Open a recipe's data in a job: fetched from the Hub, read, curated and sorted as far as that is not done yet."""

import time

from engine.data.dataset import Dataset, open_dataset
from engine.data.hub import hub_name
from engine.errors import Cancelled
from engine.jobs.context import JobContext, Stopped
from engine.protocol import Phase
from engine.recipe import Recipe

_TELL_EVERY_S = 0.2


def open_data(context: JobContext, recipe: Recipe) -> Dataset:
    """The recipe's data; says how far it is. Raises DataError when it cannot be used, Stopped when asked to end."""
    for name in (recipe.data.source, recipe.data.held_out):
        if hub_name(name):
            from engine.jobs.hub import fetch

            fetch(context, name)
    try:
        return open_dataset(
            recipe, context.project_path, tell=Telling(context), cancelled=lambda: context.stop_requested
        )
    except Cancelled as error:
        raise Stopped("stopped before the data was read to its end: nothing of it is kept") from error


class Telling:
    """Turns calls that come many times a second into phases and a few progress events. Bytes are those `reading`."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._what = ""
        self._told = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Take word of what is being done and how far it is."""
        if what != self._what:
            self._what = what
            phase: Phase = "reading" if what == "reading" else "checking"
            self._context.phase(phase, what)
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY_S or done >= total:
            self._told = now
            self._context.progress(done, total, "bytes" if what == "reading" else "rows")
