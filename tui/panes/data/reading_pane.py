"""How the Data pane gets its rows: opened, read by a job where they are many, counted and checked by others."""

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from engine.project import Project
from tui.feed import Feed, JobSeen
from tui.panes.data import loading
from tui.panes.data.facts import Facts, TokenFacts, progress_words
from tui.panes.data.findings import FindingsPanel
from tui.panes.data.opened import OpenedData
from tui.panes.data.shown import ShownRows
from tui.panes.data.words import Words, loading_words, problem_words
from tui.panes.pane import Pane

if TYPE_CHECKING:
    from engine.data.check.report import Report
    from engine.job import JobFolder, JobView


class ReadingPane(Pane):
    """Follows what reads, counts and checks the rows; a subclass shows them."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.shown: ShownRows | None = None
        """The rows and what is known of them; None while there are none."""
        self.data: OpenedData | None = None
        """The data as it was opened; None until the rows are sorted."""
        self.tokens = TokenFacts()
        self.busy = False
        """Whether it is being read."""
        self._read_next: tuple[bool, bool] | None = None
        """What was asked of `read` while it was at work."""
        self._jobs: dict[str, JobFolder] = {}
        """Jobs that are followed, by kind."""
        self._feeds: dict[str, Feed] = {}
        self._audit_folder: JobFolder | None = None
        self._checked: Report | None = None
        """What the check found, without what the audit adds to it."""

    def show_rows(self, rows: ShownRows) -> None:
        """Show rows, or more that is known of them."""
        raise NotImplementedError

    def show_row(self) -> None:
        """Show the chosen row again."""
        raise NotImplementedError

    @property
    def findings(self) -> FindingsPanel:
        """What the check found."""
        return self.query_one(FindingsPanel)

    def read(self, *, again: bool = False, ingested: bool = False) -> None:
        """Open the data. `again`: count tokens again where that failed before; `ingested`: a job has just read it."""
        if self.busy:
            self._read_next = (again, ingested)
            return
        self.busy, self._read_next = True, None
        if self.shown is None:
            self.query_one(Words).say(loading_words(self.project))
        self._read(again, ingested)

    @work(thread=True, exclusive=True, group="data")
    def _read(self, again: bool, ingested: bool) -> None:
        worker = get_current_worker()
        loading.load(
            self.project,
            lambda message: worker.is_cancelled or self.post_message(message),
            again=again,
            ingested=ingested,
        )

    @work(thread=True, exclusive=True, group="store")
    def _find_rows(self) -> None:
        worker = get_current_worker()
        loading.find_rows(self.project, lambda message: worker.is_cancelled or self.post_message(message))

    @on(loading.Loaded)
    def _read_done(self, message: loading.Loaded) -> None:
        message.stop()
        self.busy = False
        if not self.app.is_headless:  # where the process is the studio's own
            gc.freeze()  # what was loaded stays; looking through it for garbage held up a key by 60 ms now and then
        if self._read_next is not None:
            again, ingested = self._read_next
            self.read(again=again, ingested=ingested)

    @on(loading.StoreRead)
    def _store_read(self, message: loading.StoreRead) -> None:
        """Show rows that are not sorted yet."""
        message.stop()
        if self.shown is None or self.shown.store.digest != message.store.digest:
            self.data = None
            self._forget_jobs("audit", "check")
            self.tokens = TokenFacts(progress="once the rows are sorted")
            self.show_rows(ShownRows(message.store))

    @on(loading.DataRead)
    def _data_read(self, message: loading.DataRead) -> None:
        """Show the rows, unless they are the ones that are shown."""
        message.stop()
        before, self.data = self.data, message.opened
        if before is None or before.dataset is not message.opened.dataset:
            self._forget_jobs("ingest", "audit", "check")
            self._checked = None
            self.tokens = TokenFacts(max_length=message.opened.recipe.training.max_length)
            self.show_rows(ShownRows(message.opened.dataset.source, message.opened.dataset))

    @on(loading.DataRefused)
    def _data_refused(self, message: loading.DataRefused) -> None:
        """Say why there are no rows."""
        message.stop()
        self.data = self.shown = None
        self._forget_jobs("ingest", "audit", "check")
        self.remove_class("-ready")
        self.refresh_bindings()
        self.query_one(Facts).show(None, self.tokens)
        words = self.query_one(Words)
        words.say(problem_words(message.problems))
        if self.screen.focused is None or self in self.screen.focused.ancestors:
            words.focus()

    # Jobs

    @on(loading.IngestAtWork)
    def _follow_ingest(self, message: loading.IngestAtWork) -> None:
        message.stop()
        self._follow("ingest", message.folder)

    @on(loading.AuditAtWork)
    def _follow_audit(self, message: loading.AuditAtWork) -> None:
        """Follow it; tokens of another audit are not these rows' any more."""
        message.stop()
        self._forget_audit()
        self._follow("audit", message.folder)

    @on(loading.CheckAtWork)
    def _follow_check(self, message: loading.CheckAtWork) -> None:
        message.stop()
        self._follow("check", message.folder)

    def _follow(self, kind: str, folder: "JobFolder") -> None:
        self._jobs[kind] = folder
        self._feeds[kind] = Feed(folder, self, group=kind)
        self._feeds[kind].start()

    def _forget_jobs(self, *kinds: str) -> None:
        for kind in kinds:
            self._jobs.pop(kind, None)
            if (feed := self._feeds.pop(kind, None)) is not None:
                feed.stop()
        if "audit" in kinds:
            self._audit_folder = None

    def _forget_audit(self) -> None:
        self._forget_jobs("audit")
        if self.shown is not None and self.shown.audit is not None:
            self.show_rows(replace(self.shown, audit=None))

    def on_job_seen(self, message: JobSeen) -> None:
        """Show how far a job is; take what it made when it is complete."""
        message.stop()
        view = message.view
        kind = next((kind for kind, folder in self._jobs.items() if folder == view.folder), None)
        if kind == "ingest":
            self._ingest_seen(view)
        elif kind == "audit":
            self._audit_seen(view)
        elif kind == "check":
            self._check_seen(view)

    def _ingest_seen(self, view: "JobView") -> None:
        if view.live:
            phase = view.state.phase
            if self.shown is None:
                self.query_one(Words).say(loading_words(self.project, progress_words(view)))
                if phase is not None and phase.phase == "checking":
                    self._find_rows()
            elif self.shown.dataset is None:
                self.say_tokens(progress=f"once the rows are sorted: {progress_words(view)}")
            return
        self._forget_jobs("ingest")
        if view.condition == "completed":
            self.read(ingested=True)
        else:
            finished = view.state.finished
            self.post_message(loading.DataRefused([_ending(view)] if finished is None else [finished.reason]))

    def _audit_seen(self, view: "JobView") -> None:
        if self.data is None:
            return
        if view.live:
            self.say_tokens(progress=progress_words(view))
            return
        self._forget_jobs("audit")
        if view.condition == "completed":
            self.say_tokens(progress="opening the table")
            self._open_audit(view.folder, len(self.data.dataset.usable))
        else:
            self.say_tokens(problem=_ending(view))

    def _check_seen(self, view: "JobView") -> None:
        if view.live:
            self.findings.show_progress(progress_words(view))
            return
        self._forget_jobs("check")
        if view.condition == "completed":
            self._open_check(view.folder)
        else:
            self.findings.show_problem(_ending(view))

    @work(thread=True, exclusive=True, group="audit table")
    def _open_audit(self, folder: "JobFolder", rows: int) -> None:
        worker = get_current_worker()
        loading.read_audit(folder, rows, lambda message: worker.is_cancelled or self.post_message(message))

    @work(thread=True, exclusive=True, group="check report")
    def _open_check(self, folder: "JobFolder") -> None:
        worker = get_current_worker()
        loading.read_check(folder, lambda message: worker.is_cancelled or self.post_message(message))

    @on(loading.AuditRead)
    def _audit_read(self, message: loading.AuditRead) -> None:
        """Show tokens, unless they are shown already."""
        message.stop()
        if self.data is None or self.shown is None or message.table.count != len(self.data.dataset.usable):
            return
        if self.shown.audit is not None and message.folder == self._audit_folder:
            return
        self._audit_folder = message.folder
        self.tokens = TokenFacts(message.totals, self.data.recipe.training.max_length)
        self.show_rows(replace(self.shown, audit=message.table))
        if self._checked is not None:
            self._show_findings()

    @on(loading.AuditRefused)
    def _audit_refused(self, message: loading.AuditRefused) -> None:
        """Say why there are no tokens."""
        message.stop()
        self._forget_audit()
        self.say_tokens(problem=message.problem)

    @on(loading.CheckRead)
    def _check_read(self, message: loading.CheckRead) -> None:
        """Show what was found."""
        message.stop()
        self._checked = message.report
        if message.problem:
            self.findings.show_problem(message.problem)
        else:
            self._show_findings()

    def _show_findings(self) -> None:
        """What the check found, and the audit where it has been made."""
        report, rows = self._checked, self.shown
        if report is not None and rows is not None and rows.audit is not None and rows.dataset is not None:
            from engine.data.check.of_audit import with_audit

            report = with_audit(report, rows.audit, rows.dataset.usable)
        if self.findings.report is not report or report is None:
            self.findings.show_report(report)
        if rows is not None and rows.report is not report:
            self.show_rows(replace(rows, report=report))

    def say_tokens(self, *, progress: str = "", problem: str = "") -> None:
        """Say how far the counting of tokens is, or why there is none."""
        before = self.tokens
        self.tokens = TokenFacts(max_length=before.max_length, problem=problem, progress=progress)
        self.query_one(Facts).show(self.shown, self.tokens)
        if problem != before.problem and self.shown is not None:
            self.show_row()

    def stop_job(self, kind: str) -> None:
        """Ask a job that is followed to end; what it has not finished is not kept."""
        from engine.job import send
        from engine.protocol import Stop

        folder = self._jobs.get(kind)
        if folder is not None:
            send(folder, Stop())

    def begin_check(self) -> None:
        """Start the checks, or join those at work."""
        if self.data is not None:
            self.findings.show_progress("starting")
            self._start_check(self.data)

    @work(thread=True, exclusive=True, group="check start")
    def _start_check(self, opened: OpenedData) -> None:
        worker = get_current_worker()
        loading.start_check(self.project, opened, lambda message: worker.is_cancelled or self.post_message(message))


def _ending(view: "JobView") -> str:
    """Why a job did not complete."""
    reason = view.state.finished.reason if view.state.finished else "its engine died"
    return reason or view.condition
