"""The Data pane itself: the list, the chosen row, what is found, and what is known about the whole."""

from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.worker import get_current_worker

from tui.messages import ToldUser
from tui.panes.data.curating_pane import CuratingPane
from tui.panes.data.facts import Facts, format_words
from tui.panes.data.findings import FindingsPanel
from tui.panes.data.listing import Arrangement
from tui.panes.data.row_list import RowList
from tui.panes.data.row_panel import RowPanel, ShownRow
from tui.panes.data.shown import ShownRows
from tui.panes.data.words import HELP, Words
from tui.widgets.find_line import Purpose
from tui.widgets.table import Table

WIDE = 110
"""Cells from which the chosen row stands beside the list, not below it."""

_OWN_ACTIONS = (
    "find", "next_view", "hit", "odd", "bad", "fold", "back", "findings", "figures", "mark", "drop", "edit_row",
    "undo", "copy", "steps", "map", "stop_check",
)  # fmt: skip


class DataPane(CuratingPane):
    """Every row of the project's data, and the chosen one as the model will see it in training."""

    NAME = "Data"
    HELP = HELP
    DEFAULT_CSS = """
    DataPane {
        #data-body { display: none; height: 1fr; layout: vertical; }
        #data-left, #data-row { height: 1fr; }
        #data-list { height: 1fr; }
        &.-ready #data-body { display: block; }
        &.-ready > Words { display: none; }
        &.-wide #data-body { layout: horizontal; }
        &.-wide #data-left { width: 11fr; }
        &.-wide #data-row { width: 9fr; border-left: solid $panel; }
        &.-folded #data-row { display: none; }
        &.-finding #data-row { display: none; }
        &.-finding.-wide #data-row { display: block; }
        &.-finding #data-findings { height: 60%; }
        &.-finding.-wide #data-findings { height: 40%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find('search')", "search", key_display="/"),
        Binding("f", "find('filter')", "only…"),
        Binding("o", "find('sort')", "sort"),
        Binding("v", "next_view", "other view"),
        Binding("n", "hit(1)", "next hit"),
        Binding("N", "hit(-1)", "hit before", show=False),
        Binding("c", "findings", "check"),
        Binding("w", "odd", "next warning"),
        Binding("b", "bad", "bad lines"),
        Binding("h", "figures", "histograms"),
        Binding("x", "stop_check", "stop the check"),
        Binding("m", "mark", "mark", show=False, tooltip="mark the row, to list or drop the marked ones"),
        Binding("d", "drop", "drop", show=False, tooltip="leave the marked rows, or this one, out of the data"),
        Binding("e", "edit_row", "edit", show=False, tooltip="change the row's record; the file stays as it is"),
        Binding("u", "undo", "undo", show=False, tooltip="take the last drop, edit, step or mapping back"),
        Binding("y", "copy", "copy", show=False, tooltip="copy the row as JSON"),
        Binding("C", "steps", "curation", show=False, tooltip="the steps from the file's rows to those used"),
        Binding("M", "map", "mapping", show=False, tooltip="say by hand which fields are prompt and answer"),
        Binding("colon", "find('row')", "go to row", key_display=":"),
        Binding("space", "fold", "hide/show row", show=False),
        Binding("r", "reload", "read again"),
        Binding("escape", "back", "back", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Facts, list with what is found, and row; or words while there are no rows."""
        yield Facts()
        with Container(id="data-body"):
            with Vertical(id="data-left"):
                yield RowList()
                yield FindingsPanel()
            yield RowPanel()
        yield Words()

    @property
    def panel(self) -> RowPanel:
        """The chosen row."""
        return self.query_one(RowPanel)

    def opened(self) -> None:
        """Look whether file or recipe changed, and give the list the focus."""
        self.rows.table.focus()
        self.read()

    def summary(self) -> str:
        """Rows and format."""
        if self.shown is None:
            return ""
        dataset = self.shown.dataset
        return f"{self.shown.count:,} rows" + (f" · {format_words(dataset)}" if dataset is not None else "")

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room."""
        wide = event.size.width >= WIDE
        self.set_class(wide, "-wide")
        self.rows.set_wide(wide)

    # Showing

    def show_rows(self, rows: ShownRows) -> None:
        """Show rows, or more that is known of them."""
        if self.shown is not None and self.shown.records is rows.records:
            rows = replace(rows, marked=self.shown.marked)
        self.shown = rows
        self.add_class("-ready")
        self.query_one(Facts).show(rows, self.tokens)
        self.rows.show(rows)

    @on(Table.Chosen)
    def _chosen(self, message: Table.Chosen) -> None:
        message.stop()
        self.show_row()

    def show_row(self) -> None:
        """Show the chosen row, or the bad line."""
        rows = self.shown
        if rows is None:
            return
        if not self.rows.table.count:
            self.panel.show_text("No row", lambda width: [[("No row is listed. esc lists all again.", "dim")]])
            return
        if self.rows.bad is not None:
            self.panel.show_bad(*self.rows.bad.detail(self.rows.table.cursor))
            return
        number = self.rows.chosen
        if number is None:
            return
        record, example, unfit = rows.example(number)
        self.panel.show(
            ShownRow(
                number=rows.name(number),
                record=record,
                example=example,
                audited=rows.audited(number),
                max_length=self.tokens.max_length,
                needle=self.rows.needle,
                no_tokens=self.tokens.problem,
                unfit=unfit,
                note=self.findings.note(number),
            )
        )
        self.rows.say_hits()

    @on(Table.Opened)
    def _read_row(self, message: Table.Opened) -> None:
        message.stop()
        self._uncover_row()
        self.panel.reading.focus()

    def _uncover_row(self) -> None:
        """Make room for the chosen row where it is hidden."""
        self.remove_class("-folded")
        if self.has_class("-finding") and not self.has_class("-wide"):
            self.action_findings()

    @on(RowList.Changed)
    def _offer_keys(self, message: RowList.Changed) -> None:
        message.stop()
        if not self.rows.table.count:
            self.show_row()
        self.refresh_bindings()

    @on(FindingsPanel.Wanted)
    def _show_finding(self, message: FindingsPanel.Wanted) -> None:
        """List the rows of a finding."""
        message.stop()
        if message.code == "bad_lines":
            self.rows.toggle_bad()
            return
        if not message.listed:
            self.post_message(ToldUser("that is about the data as a whole: it names no rows"))
            return
        self.rows.list_only(Arrangement(f"finding:{message.code}", self.rows.arrangement.sort))
        self.rows.table.focus()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are left to the screen, and out of the footer."""
        if action not in _OWN_ACTIONS:
            return super().check_action(action, parameters)
        if self.shown is None:
            return action in ("map", "undo") and not self.busy
        rows = self.rows
        if rows.line.is_typed_into and action != "back":
            return False
        match action:
            case "hit":
                return rows.has_hits
            case "odd":
                return rows.has_odd
            case "bad":
                return rows.has_bad
            case "back":
                return rows.can_go_back or self.panel.reading.has_focus or self.findings.has_focus_within
            case "mark" | "drop" | "edit_row" | "copy":
                return rows.bad is None and self.shown.dataset is not None
            case "stop_check":
                return self.findings.is_working and self.findings.has_focus_within
            case "findings" | "figures" | "steps":
                return self.shown.dataset is not None
        return True

    def action_find(self, purpose: Purpose) -> None:
        """Open the line to search with, to filter or sort by, or to go to a row with."""
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
        """From the row's text or the findings to the list, from the bad lines, a search or a filter to all rows."""
        if self.panel.reading.has_focus or self.findings.has_focus_within:
            self.rows.table.focus()
            self.show_row()  # where figures stand in its place
        else:
            self.rows.back()

    def action_reload(self) -> None:
        """Read file and recipe again, and count the tokens again where that failed."""
        if self.tokens.problem:
            self.say_tokens(progress="looking for counted tokens")
        self.read(again=True)

    def action_findings(self) -> None:
        """Show what the check found, or hide it; start the check where there is none."""
        shown = self.findings.toggle()
        self.set_class(shown, "-finding")
        if shown and self.findings.needs_check:
            self.begin_check()
        elif not shown:
            self.rows.table.focus()

    def action_stop_check(self) -> None:
        """Ask the check that is at work to end."""
        self.stop_job("check")

    def action_figures(self) -> None:
        """Show figures of all rows in the place of the chosen one."""
        if self.shown is not None:
            self._uncover_row()
            self.panel.show_text("All rows", lambda width: [[("counting …", "dim")]])
            self.panel.reading.focus()  # they are longer than the panel; esc leads back to the rows
            self._count_figures(self.shown)

    @work(thread=True, exclusive=True, group="figures")
    def _count_figures(self, rows: ShownRows) -> None:
        from tui.panes.data.figures import figures_of

        worker = get_current_worker()
        found = figures_of(rows, self.tokens.totals, lambda: worker.is_cancelled)
        if found is not None and not worker.is_cancelled:
            self.app.call_from_thread(self.panel.show_text, "All rows", found.lines)
