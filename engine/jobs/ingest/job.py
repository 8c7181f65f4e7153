"""Read a recipe's source (from the Hub too), replay its curation, recognise and split its rows; keep all that."""

import time

from engine.data.dataset import folders_of
from engine.jobs.context import JobContext
from engine.jobs.opening import open_data
from engine.protocol import ImportDone


def run(context: JobContext) -> None:
    """The whole ingest. What is there already is only opened."""
    began = time.monotonic()
    source = open_data(context, context.recipe()).source
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
