"""The Data pane itself: the list, the chosen row, search, and what is known about the whole."""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.worker import get_current_worker

from engine.project import Project
from tui.feed import Feed, JobSeen
from tui.panes.data.facts import Facts, TokenFacts, format_words, progress_words
from tui.panes.data.loading import AuditAtWork, AuditRead, AuditRefused, DataRead, DataRefused, Loaded, load, read_audit
from tui.panes.data.opened import OpenedData
from tui.panes.data.row_list import RowList
from tui.panes.data.row_panel import RowPanel, ShownRow
from tui.panes.data.words import HELP, Words, loading_words, problem_words
from tui.panes.pane import Pane
from tui.widgets.find_line import Purpose
from tui.widgets.table import Table

if TYPE_CHECKING:
    from engine.data.audit import AuditTable
    from engine.job import JobFolder

WIDE = 110
"""Cells from which the chosen row stands beside the list, not below it."""


_OWN_ACTIONS = ("find", "next_view", "hit", "odd", "bad", "fold", "back")


class DataPane(Pane):
    """Every row of the project's data, and the chosen one as the model will see it in training."""

    NAME = "Data"
    HELP = HELP
    DEFAULT_CSS = """
    DataPane {
        #data-body { display: none; height: 1fr; layout: vertical; }
        #data-list, #data-row { height: 1fr; }
        &.-ready #data-body { display: block; }
        &.-ready > Words { display: none; }
        &.-wide #data-body { layout: horizontal; }
        &.-wide #data-list { width: 11fr; }
        &.-wide #data-row { width: 9fr; border-left: solid $panel; }
        &.-folded #data-row { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find('search')", "search", key_display="/"),
        Binding("v", "next_view", "other view"),
        Binding("n", "hit(1)", "next hit"),
        Binding("N", "hit(-1)", "hit before", show=False),
        Binding("w", "odd", "next warning"),
        Binding("b", "bad", "bad lines"),
        Binding("colon", "find('row')", "go to row", key_display=":"),
        Binding("space", "fold", "hide/show row"),
        Binding("r", "reload", "read again"),
        Binding("escape", "back", "back", show=False),
    ]

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._data: OpenedData | None = None
        self._audit: AuditTable | None = None
        self._audit_folder: JobFolder | None = None
        self._feed: Feed | None = None
        self._tokens = TokenFacts()
        self._odd_rows: list[int] = []
        self._busy = False

    def compose(self) -> ComposeResult:
        """Facts, search line, list and row; or words while there are no rows."""
        yield Facts()
        with Container(id="data-body"):
            yield RowList()
            yield RowPanel()
        yield Words()

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one(RowList)

    @property
    def panel(self) -> RowPanel:
        """The chosen row."""
        return self.query_one(RowPanel)

    def opened(self) -> None:
        """Look whether file or recipe changed, and give the list the focus."""
        self.rows.table.focus()
        self._load()

    def summary(self) -> str:
        """Rows and format."""
        if self._data is None:
            return ""
        return f"{len(self._data.dataset.usable):,} rows · {format_words(self._data.dataset)}"

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room."""
        wide = event.size.width >= WIDE
        self.set_class(wide, "-wide")
        self.rows.set_wide(wide)

    # Reading

    def _load(self, *, again: bool = False) -> None:
        """`again`: count tokens again where that failed before."""
        if self._busy:
            return
        self._busy = True
        if self._data is None:
            self.query_one(Words).say(loading_words(self.project))
        self._read(again)

    @work(thread=True, exclusive=True, group="data")
    def _read(self, again: bool) -> None:
        worker = get_current_worker()
        load(self.project, lambda message: worker.is_cancelled or self.post_message(message), again=again)

    def on_loaded(self, message: Loaded) -> None:
        """It may be read again."""
        message.stop()
        self._busy = False

    def on_data_read(self, message: DataRead) -> None:
        """Show the rows, unless they are the ones that are shown."""
        message.stop()
        before, self._data = self._data, message.opened
        if before is None or before.dataset is not message.opened.dataset:
            self._forget_audit()
            self._tokens = TokenFacts(max_length=message.opened.recipe.training.max_length)
        self.add_class("-ready")
        self._show_facts()
        self._show_rows()

    def on_data_refused(self, message: DataRefused) -> None:
        """Say why there are no rows."""
        message.stop()
        self._data = None
        self._forget_audit()
        self.remove_class("-ready")
        self.refresh_bindings()
        self.query_one(Facts).show(None, self._tokens)
        self.query_one(Words).say(problem_words(message.problems))

    def on_audit_at_work(self, message: AuditAtWork) -> None:
        """Follow it; tokens of another audit are not these rows' any more."""
        message.stop()
        self._forget_audit()
        self._show_rows()
        self._audit_folder = message.folder
        self._feed = Feed(message.folder, self, group="audit")
        self._feed.start()

    def on_job_seen(self, message: JobSeen) -> None:
        """Show how far the audit is; take its table when it is complete."""
        message.stop()
        view = message.view
        if self._audit_folder is None or view.folder != self._audit_folder or self._data is None:
            return
        if view.live:
            self._say_tokens(progress=progress_words(view))
            return
        self._stop_feed()
        if view.condition == "completed":
            self._say_tokens(progress="opening the table")
            self._open_audit(view.folder, len(self._data.dataset.usable))
        else:
            reason = view.state.finished.reason if view.state.finished else "its engine died"
            self._say_tokens(problem=reason or view.condition)
            self._show_rows()

    @work(thread=True, exclusive=True, group="audit table")
    def _open_audit(self, folder: "JobFolder", rows: int) -> None:
        worker = get_current_worker()
        read_audit(folder, rows, lambda message: worker.is_cancelled or self.post_message(message))

    def on_audit_read(self, message: AuditRead) -> None:
        """Show tokens, unless they are shown already."""
        message.stop()
        if self._data is None or message.table.count != len(self._data.dataset.usable):
            return
        if self._audit is not None and message.folder == self._audit_folder:
            return
        self._audit, self._audit_folder, self._odd_rows = message.table, message.folder, message.odd
        self._tokens = TokenFacts(message.totals, self._data.recipe.training.max_length)
        self._show_facts()
        self._show_rows()

    def on_audit_refused(self, message: AuditRefused) -> None:
        """Say why there are no tokens."""
        message.stop()
        self._forget_audit()
        self._say_tokens(problem=message.problem)
        self._show_rows()

    def _forget_audit(self) -> None:
        self._stop_feed()
        self._audit = self._audit_folder = None
        self._odd_rows = []

    def _stop_feed(self) -> None:
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def _say_tokens(self, *, progress: str = "", problem: str = "") -> None:
        self._tokens = TokenFacts(max_length=self._tokens.max_length, problem=problem, progress=progress)
        self._show_facts()

    # Showing

    def _show_rows(self) -> None:
        if self._data is not None:
            self.rows.show(self._data.dataset, self._audit, self._odd_rows)

    def _show_facts(self) -> None:
        self.query_one(Facts).show(self._data, self._tokens)

    @on(Table.Chosen)
    def _show_chosen(self, message: Table.Chosen) -> None:
        message.stop()
        if self._data is None or message.row >= self.rows.table.count:
            return
        if self.rows.bad is not None:
            self.panel.show_bad(*self.rows.bad.detail(message.row))
            return
        dataset = self._data.dataset
        place = dataset.usable[message.row]
        self.panel.show(
            ShownRow(
                number=place + 1,
                record=dataset.source.rows[place],
                conversation=dataset.conversations[message.row],
                audited=self._audit.row(message.row) if self._audit else None,
                max_length=self._data.recipe.training.max_length,
                needle=self.rows.needle,
                no_tokens=self._tokens.problem,
            )
        )
        self.rows.say_hits()

    @on(Table.Opened)
    def _read_row(self, message: Table.Opened) -> None:
        message.stop()
        self.remove_class("-folded")
        self.panel.reading.focus()

    @on(RowList.Changed)
    def _offer_keys(self, message: RowList.Changed) -> None:
        message.stop()
        self.refresh_bindings()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are left to the screen, and out of the footer."""
        if action not in _OWN_ACTIONS:
            return super().check_action(action, parameters)
        if self._data is None:
            return False
        rows = self.rows
        if rows.line.is_typed_into and action != "back":
            return False
        match action:
            case "hit":
                return bool(rows.hits) and rows.bad is None
            case "odd":
                return bool(rows.odd)
            case "bad":
                return rows.has_bad
            case "back":
                return rows.bad is not None or rows.line.is_open or self.panel.reading.has_focus
        return True

    def action_find(self, purpose: Purpose) -> None:
        """Open the line to search with, or to go to a row with."""
        self.rows.ask(purpose)

    def action_hit(self, direction: int) -> None:
        """The next row that has what is searched for, or the one before."""
        self.rows.go_to_hit(direction)

    def action_odd(self) -> None:
        """The next row that a person should look at."""
        self.rows.go_to_odd()

    def action_bad(self) -> None:
        """List the lines that are left out, or the rows again."""
        self.rows.toggle_bad()

    def action_next_view(self) -> None:
        """Show the row the next way."""
        self.remove_class("-folded")
        self.panel.next_view()

    def action_fold(self) -> None:
        """Hide the chosen row, or show it."""
        self.toggle_class("-folded")
        if self.has_class("-folded"):
            self.rows.table.focus()

    def action_back(self) -> None:
        """From the row's text to the list, from the bad lines to the rows, from a search to all."""
        if self.panel.reading.has_focus:
            self.rows.table.focus()
        else:
            self.rows.back()

    def action_reload(self) -> None:
        """Read file and recipe again, and count the tokens again where that failed."""
        if self._tokens.problem:
            self._say_tokens(progress="looking for counted tokens")
        self._load(again=True)
