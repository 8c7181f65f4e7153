"""Check the recipe's data and leave `findings.json` in the job's folder."""

import shutil
import time

from engine.data.check.of_dataset import check_dataset, check_key, find_report, keep_report
from engine.data.check.report import DOCUMENT, Report
from engine.data.dataset import Dataset, folders_of
from engine.errors import Cancelled, JobError
from engine.job import JobFolder
from engine.jobs.context import JobContext, Stopped
from engine.jobs.opening import open_data
from engine.project import Project
from engine.protocol import CheckDone
from engine.recipe import Recipe

KEPT_CHECKS = 3
_TOLD_EVERY_S = 0.2
_YOUNG_S = 60.0
"""A job folder younger than this may not have its engine yet."""


def run(context: JobContext) -> None:
    """The whole check; what was found before for the same data is taken again."""
    began = time.monotonic()
    recipe = context.recipe()
    context.phase("reading", "the rows")
    try:
        dataset = open_data(context, recipe)
        report = find_report(folders_of(context.project_path), check_key(dataset, recipe)) or _check(
            context, dataset, recipe
        )
    except Cancelled as error:
        raise Stopped("stopped before all rows were checked") from error
    context.phase("saving", "the findings")
    report.save(context.folder.path)
    context.emit(
        CheckDone(path=DOCUMENT, rows=report.rows, findings=report.counts, seconds=time.monotonic() - began), sync=True
    )
    _remove_old(Project(context.project_path), keep=context.folder)


def _check(context: JobContext, dataset: Dataset, recipe: Recipe) -> Report:
    context.phase("checking", "every row")
    telling = _Telling(context)
    report = check_dataset(
        dataset,
        recipe,
        progress=lambda done, total: telling(done, total, "rows"),
        cancelled=lambda: context.stop_requested,
    )
    keep_report(folders_of(context.project_path), report)
    return report


class _Telling:
    """Says how far the phase is, not more often than anybody reads."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._last = 0.0

    def __call__(self, done: int, total: int, unit: str) -> None:
        now = time.monotonic()
        if done == total or now - self._last >= _TOLD_EVERY_S:
            self._last = now
            self._context.progress(done, total, unit)


def _remove_old(project: Project, keep: JobFolder) -> None:
    """Keep the newest complete checks of the project, this one among them."""
    complete = [folder for folder in project.jobs("check") if (folder.path / DOCUMENT).is_file()]
    kept = {keep.path, *(folder.path for folder in complete[:KEPT_CHECKS])}
    for folder in project.jobs("check"):
        if folder.path not in kept and not folder.is_alive() and _age_s(folder) > _YOUNG_S:
            shutil.rmtree(folder.path, ignore_errors=True)


def _age_s(folder: JobFolder) -> float:
    try:
        return time.time() - folder.spec.created
    except JobError:  # no job.toml yet, or no longer
        return 0.0
