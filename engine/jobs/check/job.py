"""Check the recipe's data and leave `findings.json` in the job's folder."""

import time

from engine.data.check.of_dataset import check_dataset, check_key, find_report, keep_report
from engine.data.check.report import DOCUMENT, Report
from engine.data.dataset import Dataset, folders_of
from engine.errors import Cancelled
from engine.job import JobFolder
from engine.jobs.context import JobContext, Stopped
from engine.jobs.opening import Telling, open_data
from engine.jobs.tidying import keep_newest
from engine.project import Project
from engine.protocol import CheckDone
from engine.recipe import Recipe

KEPT_CHECKS = 3


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
    keep_newest(Project(context.project_path), "check", KEPT_CHECKS, context.folder, is_complete)


def _check(context: JobContext, dataset: Dataset, recipe: Recipe) -> Report:
    telling = Telling(context)
    report = check_dataset(
        dataset,
        recipe,
        progress=lambda done, total: telling("every row", done, total),
        cancelled=lambda: context.stop_requested,
    )
    keep_report(folders_of(context.project_path), report)
    return report


def is_complete(folder: JobFolder) -> bool:
    """Whether a check has its findings, which are the last thing it writes."""
    return (folder.path / DOCUMENT).is_file()
