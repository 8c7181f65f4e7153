"""Open a project's data and find or start its audit, in worker threads. Each step is told by a message."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import DataError, RecipeError, UserError
from tui.panes.data.opened import OpenedData, open_data

if TYPE_CHECKING:
    from engine.data.audit import AuditTable
    from engine.job import JobFolder
    from engine.project import Project
    from engine.protocol import AuditDone

Post = Callable[[Message], object]
"""Hands a message to the pane, unless the worker was cancelled."""


class DataRead(Message):
    """The rows are in memory."""

    def __init__(self, opened: OpenedData) -> None:
        super().__init__()
        self.opened = opened


class DataRefused(Message):
    """Recipe or data cannot be used; a line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__()
        self.problems = problems


class AuditAtWork(Message):
    """An audit of these rows is going on."""

    def __init__(self, folder: "JobFolder") -> None:
        super().__init__()
        self.folder = folder


class AuditRead(Message):
    """Every row's tokens can be read."""

    def __init__(self, folder: "JobFolder", table: "AuditTable", totals: "AuditDone | None", odd: list[int]) -> None:
        super().__init__()
        self.folder = folder
        self.table = table
        self.totals = totals
        self.odd = odd
        """Rows that a person should look at."""


class AuditRefused(Message):
    """There are no tokens, and why."""

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem


class Loaded(Message):
    """The worker is done, whatever came of it."""


def load(project: "Project", post: Post, *, again: bool = False) -> None:
    """Open the data, then bring its audit: the newest that matches, else a new one.

    `again`: start a new one also where one that matches has failed.
    """
    try:
        opened = open_data(project)
        post(DataRead(opened))
        _bring_audit(project, opened, post, again)
    except DataError as error:
        post(DataRefused(str(error).splitlines()))
    except RecipeError as error:
        post(DataRefused(error.problems))
    except UserError as error:
        post(AuditRefused(str(error)))
    post(Loaded())


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
    post(AuditRead(folder, table, counted, table.odd_rows()))


def _bring_audit(project: "Project", opened: OpenedData, post: Post, again: bool) -> None:
    from engine.data.audit import audit_key, find_audit, is_complete
    from engine.start import start_audit

    key = audit_key(opened.recipe, project.path)
    folder = find_audit(project, key, ended=not again) or start_audit(project, opened.recipe)
    if is_complete(folder):
        read_audit(folder, len(opened.dataset.usable), post)
    else:
        post(AuditAtWork(folder))
