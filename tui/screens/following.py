"""A screen that follows one run of a project, and knows the others."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import get_current_worker

from tui.screens.base import CommandScreen

if TYPE_CHECKING:
    from engine.home import Home
    from engine.job import JobFolder
    from engine.project import Project
    from tui.feed import Feed, JobSeen

RUNS_S = 2.0
"""How often the project is looked at for runs that were started elsewhere."""


class RunsListed(Message):
    """The project's runs, newest first."""

    def __init__(self, project: "Project", runs: "list[JobFolder]", live: "JobFolder | None") -> None:
        """`live`: the newest that is at work or about to be."""
        super().__init__()
        self.project = project
        self.runs = runs
        self.live = live


class FollowingScreen(CommandScreen):
    """Lists a project's runs and follows one of them."""

    def __init__(self, home: "Home", path: Path, run: "JobFolder | None" = None) -> None:
        """`path`: the project's folder. `run`: the one to follow; None follows the newest, live ones first."""
        super().__init__(home)
        self.path = path
        self.runs: list[JobFolder] = []
        self._asked_for = run
        self._feed: Feed | None = None

    def begin(self) -> None:
        """Start to read, once the frame is on the terminal."""
        self.run_worker(self._list_runs, name="list runs", group="runs", thread=True)

    def opened(self, *, live: bool) -> None:
        """The project was read. `live`: a run was asked for, or one is at work."""

    def view_changed(self) -> None:
        """`view` is another."""

    @property
    def followed(self) -> "JobFolder | None":
        """The run that is followed."""
        return self._feed.folder if self._feed is not None else None

    def follow(self, run: "JobFolder") -> None:
        """Show a run, live or not."""
        from tui.feed import Feed

        if self._feed is not None:
            self._feed.stop()
        if run not in self.runs:
            self.runs = [run, *self.runs]
        self._feed = Feed(run, self, group="run-feed")
        self._feed.start()
        self.refresh_bindings()

    def neighbour_run(self, by: int) -> "JobFolder | None":
        """The run that is `by` places older than the one followed; None where there is none."""
        if self.followed not in self.runs:
            return None
        place = self.runs.index(self.followed) + by
        return self.runs[place] if 0 <= place < len(self.runs) else None

    def go_to_run(self, by: int) -> None:
        """Show a neighbour of the run followed."""
        run = self.neighbour_run(by)
        if run is not None:
            self.follow(run)

    def _list_runs(self) -> None:
        """In a thread: list the runs now, and again when one was started from elsewhere."""
        from engine.project import Project

        worker, project = get_current_worker(), Project(self.path)
        seen: list[JobFolder] | None = None
        while not worker.is_cancelled:
            with suppress(OSError):  # a folder that goes away between listing and reading
                runs = project.runs()
                if runs != seen:
                    self.post_message(RunsListed(project, runs, _newest_live(runs)))
                seen = runs
            worker.cancelled_event.wait(RUNS_S)

    def on_runs_listed(self, message: RunsListed) -> None:
        """Follow the run that was asked for, else the newest; later only tell that there is a newer one."""
        known, self.runs = self.runs, message.runs
        if self.project is None:
            self.project = message.project
            chosen = self._asked_for or message.live
            newest = next(iter(message.runs), None)
            if (run := chosen or newest) is not None:
                self.follow(run)
            self.opened(live=chosen is not None)
        elif self.runs and self.runs[0] not in known:
            self._new_run(self.runs[0])
        self.refresh_bindings()

    def _new_run(self, run: "JobFolder") -> None:
        """A run was started from elsewhere."""
        if self.view is None or not self.view.live:
            self.follow(run)
        elif run != self.followed:
            self.notify(f"#{run.spec.number} was started: ] shows it.", markup=False)

    def on_job_seen(self, message: "JobSeen") -> None:
        """The followed run as it is now; panes follow jobs of their own, whose messages pass here too."""
        if message.view.folder != self.followed:
            return
        before, self.view = self.view, message.view
        self.view_changed()
        if before is None or (before.live, before.folder) != (self.view.live, self.view.folder):
            self.refresh_bindings()


def _newest_live(runs: "list[JobFolder]") -> "JobFolder | None":
    """The newest run at work; one that was launched a moment ago holds no lock yet."""
    from engine.job import view

    if runs and view(runs[0]).live:
        return runs[0]
    return next((run for run in runs if run.is_alive()), None)
