"""Read a recipe's source (from the Hub too), replay its curation, recognise and split its rows; keep all that."""

import time

from engine.data.dataset import folders_of, open_dataset
from engine.data.hub import hub_name
from engine.errors import Cancelled
from engine.jobs.context import JobContext, Stopped
from engine.jobs.ingest.hub import fetch
from engine.protocol import ImportDone, Phase

_PHASES: dict[str, Phase] = {"reading": "reading"}
_TELL_EVERY_S = 0.2


def run(context: JobContext) -> None:
    """The whole ingest. What is there already is only opened."""
    recipe = context.recipe()
    began = time.monotonic()
    for name in (recipe.data.source, recipe.data.held_out):
        if hub_name(name):
            context.phase("loading", f"{hub_name(name)} from the Hub")
            fetch(context, name)
    telling = _Telling(context)
    try:
        dataset = open_dataset(
            recipe, context.project_path, tell=telling.tell, cancelled=lambda: context.stop_requested
        )
    except Cancelled as error:
        raise Stopped("stopped before the data was read to its end: nothing of it is kept") from error
    source = dataset.source
    context.emit(
        ImportDone(
            path=source.folder.relative_to(folders_of(context.project_path).path).as_posix(),
            rows=source.count,
            bad_rows=source.manifest.bad_rows,
            bytes=source.manifest.bytes,
            seconds=time.monotonic() - began,
        ),
        sync=True,
    )


class _Telling:
    """Turns calls that come many times a second into phases and a few progress events."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._what = ""
        self._told = 0.0

    def tell(self, what: str, done: int, total: int) -> None:
        """Take word of how far it is."""
        if what != self._what:
            self._what = what
            self._context.phase(_PHASES.get(what, "checking"), what)
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY_S or done >= total:
            self._told = now
            self._context.progress(done, total, "bytes" if what == "reading" else "rows")
