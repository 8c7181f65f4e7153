"""What runs in a process of its own; the only code that imports torch, transformers, trl, unsloth, datasets, evaluate.

Each kind of job is a package with a `job` module whose `run(context)` does the work. It returns when the work is
complete (a line about why, where that needs saying), raises `Stopped` when it was asked to end and has kept what there
is, and raises UserError (or lets any other exception out) when it failed; `engine.__main__` turns each into the last
event.
"""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.protocol import JobKind

if TYPE_CHECKING:
    from engine.jobs.context import JobContext


def runner(kind: JobKind) -> "Callable[[JobContext], str | None]":
    """The function that does a kind of job. Imports what it needs, so it may take seconds."""
    run: Callable[[JobContext], str | None] = importlib.import_module(f"engine.jobs.{kind}.job").run
    return run
