"""Jobs whose result can be made again are not kept forever."""

import shutil
import time
from collections.abc import Callable

from engine.errors import JobError
from engine.job import JobFolder
from engine.project import Project
from engine.protocol import JobKind

_YOUNG_S = 60.0
"""A job folder younger than this may not have its engine yet."""


def keep_newest(
    project: Project, kind: JobKind, count: int, mine: JobFolder, complete: Callable[[JobFolder], bool]
) -> None:
    """Keep the newest complete jobs of a kind, `mine` among them; the others go, unless they are at work."""
    folders = project.jobs(kind)
    kept = {mine.path, *(folder.path for folder in [it for it in folders if complete(it)][:count])}
    for folder in folders:
        if folder.path not in kept and not folder.is_alive() and _age_s(folder) > _YOUNG_S:
            shutil.rmtree(folder.path, ignore_errors=True)


def _age_s(folder: JobFolder) -> float:
    try:
        return time.time() - folder.spec.created
    except JobError:  # no job.toml yet, or no longer
        return 0.0
