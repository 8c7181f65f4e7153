"""Open a project's data, and find or start the jobs that say more of it, in worker threads. Messages tell each step."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import DataError, RecipeError, UserError
from tui.panes.data.opened import NotReadYet, OpenedData, open_data

if TYPE_CHECKING:
    from engine.data.audit import AuditTable
    from engine.data.check.report import Report
    from engine.data.store import RowStore
    from engine.job import JobFolder
    from engine.project import Project
    from engine.protocol import AuditDone

Post = Callable[[Message], object]
"""Hands a message to the pane, unless the worker was cancelled."""


class StoreRead(Message):
    """The rows can be shown; how they are laid out and split is not known yet."""

    def __init__(self, store: "RowStore") -> None:
        super().__init__()
        self.store = store


class RowsFound(Message):
    """Rows to map, whatever they are; None where there are none."""

    def __init__(self, store: "RowStore | None", problem: str = "") -> None:
        super().__init__()
        self.store = store
        self.problem = problem


class DataRead(Message):
    """The rows are sorted."""

    def __init__(self, opened: OpenedData) -> None:
        super().__init__()
        self.opened = opened


class DataRefused(Message):
    """Recipe or data cannot be used; a line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__()
        self.problems = problems


class IngestAtWork(Message):
    """A job reads and sorts the rows."""

    def __init__(self, folder: "JobFolder") -> None:
        super().__init__()
        self.folder = folder


class AuditAtWork(Message):
    """An audit of these rows is going on."""

    def __init__(self, folder: "JobFolder") -> None:
        super().__init__()
        self.folder = folder


class AuditRead(Message):
    """Every row's tokens can be read."""

    def __init__(self, folder: "JobFolder", table: "AuditTable", totals: "AuditDone | None") -> None:
        super().__init__()
        self.folder = folder
        self.table = table
        self.totals = totals


class AuditRefused(Message):
    """There are no tokens, and why."""

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem


class CheckAtWork(Message):
    """A check of these rows is going on."""

    def __init__(self, folder: "JobFolder") -> None:
        super().__init__()
        self.folder = folder


class CheckRead(Message):
    """What a check found; None where there was none yet."""

    def __init__(self, folder: "JobFolder | None", report: "Report | None", problem: str = "") -> None:
        super().__init__()
        self.folder = folder
        self.report = report
        self.problem = problem


class Loaded(Message):
    """The worker is done, whatever came of it."""


def load(project: "Project", post: Post, *, again: bool = False, ingested: bool = False) -> None:
    """Open the data, then bring its audit and its check.

    `again`: start a new audit also where one that matches has failed. `ingested`: a job has just read the rows, so
    that they are either there or could not be kept.
    """
    try:
        opened = open_data(project)
        post(DataRead(opened))
        _bring_audit(project, opened, post, again)
        _bring_check(project, opened, post)
    except NotReadYet:
        if ingested:
            post(DataRefused([f"{project.path / 'data'}: what was read is not there: is the disk full?"]))
        else:
            _bring_rows(project, post)
    except DataError as error:
        post(DataRefused(str(error).splitlines()))
    except RecipeError as error:
        post(DataRefused(error.problems))
    except UserError as error:
        post(AuditRefused(str(error)))
    except OSError as error:  # a disk that fills, a folder that goes away
        post(DataRefused([f"{error.filename or project.path}: {error.strerror}: free some space, or make it writable"]))
    post(Loaded())


def find_rows(project: "Project", post: Post) -> None:
    """Show the rows of a source as soon as they are imported, before they are sorted."""
    store = _stored(project)
    if store is not None:
        post(StoreRead(store))


def find_rows_to_map(project: "Project", post: Post) -> None:
    """Rows of a source that could not be used as they are."""
    store = _stored(project)
    post(RowsFound(store, "" if store is not None else "there are no rows to map: mend the file first"))


def _stored(project: "Project") -> "RowStore | None":
    from engine.data.dataset import folders_of
    from engine.data.store import find_store
    from engine.project import resolve

    try:
        return find_store(resolve(project.recipe().data.source, project.path), folders_of(project.path).imported)
    except UserError:
        return None


def _bring_rows(project: "Project", post: Post) -> None:
    from engine.start import start_ingest

    find_rows(project, post)
    try:
        post(IngestAtWork(start_ingest(project, project.recipe())))
    except RecipeError as error:
        post(DataRefused(error.problems))
    except UserError as error:
        post(DataRefused([str(error)]))


def read_audit(folder: "JobFolder", rows: int, post: Post) -> None:
    """Open a complete audit's table. `rows`: how many it must have."""
    from engine.data.audit import TABLE, AuditTable, totals

    try:
        table = AuditTable(folder.path / TABLE)
        counted = totals(folder)
    except (UserError, OSError) as error:
        post(AuditRefused(str(error)))
        return
    if table.count != rows:
        post(AuditRefused("the rows changed while their tokens were counted"))
        return
    post(AuditRead(folder, table, counted))


def read_check(folder: "JobFolder", post: Post) -> None:
    """Read what a complete check found."""
    from engine.data.check.report import load as load_report

    try:
        post(CheckRead(folder, load_report(folder.path)))
    except DataError as error:
        post(CheckRead(folder, None, str(error)))


def start_check(project: "Project", opened: OpenedData, post: Post) -> None:
    """Start the checks, or join those at work."""
    from engine.start import start_check as start

    try:
        post(CheckAtWork(start(project, opened.recipe)))
    except UserError as error:
        post(CheckRead(None, None, str(error)))


def _bring_audit(project: "Project", opened: OpenedData, post: Post, again: bool) -> None:
    from engine.data.audit import audit_key, find_audit, is_complete
    from engine.start import start_audit

    key = audit_key(opened.recipe, project.path)
    folder = find_audit(project, key, ended=not again) or start_audit(project, opened.recipe)
    if is_complete(folder):
        read_audit(folder, len(opened.dataset.usable), post)
    else:
        post(AuditAtWork(folder))


def _bring_check(project: "Project", opened: OpenedData, post: Post) -> None:
    """A check of these rows that is there or at work; none is started here."""
    from engine.start import find_check

    folder = find_check(project, opened.recipe)
    if folder is None:
        post(CheckRead(None, None))
    elif folder.is_alive():
        post(CheckAtWork(folder))
    else:
        read_check(folder, post)
