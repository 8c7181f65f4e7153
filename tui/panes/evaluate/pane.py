"""The Evaluate pane: it finds the newest evaluation of the run that is watched, follows it, and starts others."""

from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize

from engine import evaluation_state
from engine.evaluation_state import Change, EvaluationState
from engine.job import JobFolder, JobView
from engine.project import Project
from tui.feed import Feed, JobTold
from tui.figures import clock, duration, plural
from tui.messages import StopWanted
from tui.panes.evaluate.answers import Answers, row_lines
from tui.panes.evaluate.asking import RefusalKnown, ask
from tui.panes.evaluate.finding import EvaluationFound, EvaluationStarted, look, start
from tui.panes.evaluate.row_list import RowList
from tui.panes.evaluate.summary import FILTERS, Shown, Summary
from tui.panes.evaluate.words import HELP
from tui.panes.pane import Pane
from tui.run_words import name, took_s
from tui.widgets.line_list import LineList

WIDE = 110
"""Cells from which the list of rows gets more room."""
LOOK_S = 3.0
"""How often the disk is looked at for evaluations that were started elsewhere."""
HIGH = 28
"""Lines below which a row is shown in brief: both answers must be in sight."""


class EvaluatePane(Pane):
    """Base against tuned on the held-out rows."""

    NAME = "Evaluate"
    HELP = HELP
    DEFAULT_CSS = """
    EvaluatePane {
        #eval-body { height: 1fr; layout: horizontal; }
        RowList { width: 30; height: 1fr; }
        Answers { width: 1fr; height: 1fr; padding: 0 1; border-left: solid $panel; }
        &.-wide RowList { width: 42; }
        &.-empty Answers { display: none; }
        &.-empty RowList { width: 1fr; }
        &.-zoomed Summary { display: none; }
        &.-zoomed RowList { display: none; }
        &.-zoomed Answers { border-left: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "measure", "evaluate", tooltip="Let base and tuned answer the held-out rows, and compare them"),
        Binding("s", "stop", "stop evaluating", tooltip="End the evaluation; the answers so far are kept"),
        Binding("z", "zoom", "zoom row", tooltip="The chosen row on the whole pane, and back"),
        *(
            Binding(key, f"filter('{key}')", words, show=False, tooltip=f"Show the rows: {words}")
            for key, (_, words) in FILTERS.items()
        ),
        Binding("escape", "back", "back", show=False),
    ]

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._shown = Shown()
        self._feed: Feed | None = None
        self._run: JobFolder | None = None
        self._detail: tuple[object, ...] = (None,)
        """What the row's text was made of."""
        self._offered: tuple[bool, ...] = ()
        """What decides which keys do something."""
        self._row: int | None = None

    def compose(self) -> ComposeResult:
        """Answer and figures; below them rows, and the chosen one."""
        yield Summary()
        with Container(id="eval-body"):
            yield RowList()
            yield Answers(id="eval-answers")

    def on_mount(self) -> None:
        """Say what will be here, and keep an eye on what others start."""
        self._show()
        self.set_interval(LOOK_S, lambda: self._look() if self.display else None)

    def on_resize(self, event: Resize) -> None:
        """More room for the list where there is some."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self._shown = replace(self._shown, brief=event.size.height < HIGH)
        self._show()

    def opened(self) -> None:
        """Look for evaluations that others have started, and give the list the focus."""
        self.query_one(Answers if self.has_class("-zoomed") else RowList).focus()
        self._ask()
        self._look()

    def summary(self) -> str:
        """How many rows, how long it took, when it was."""
        view, state = self._shown.view, self._shown.state
        if view is None or state.done is None or state.run.last_event is None:
            return ""
        took = duration(took_s(state.run))
        return f"{plural(state.done.rows, 'row')} · took {took} · {clock(state.run.last_event)}"

    # The run, and what there is about it

    def watch_view(self, before: JobView | None, view: JobView | None) -> None:
        """Another run, or one that has ended and so left an adapter: look what there is."""
        run = view.folder if view else None
        changed = run != self._run
        if changed:
            self._forget(run)
        if changed or (before and view and before.live != view.live):
            self._look()

    def _forget(self, run: JobFolder | None) -> None:
        self._run = run
        self._follow(None)
        self._shown = Shown(usual_s=self._shown.usual_s, filter=self._shown.filter)
        if run is not None:
            spec = run.spec
            self._shown = replace(self._shown, run=name(spec.project, spec.number))
        self.remove_class("-zoomed")
        self._ask()
        self._show()

    def _ask(self) -> None:
        """Once a run, and only when somebody looks: it opens the run's data."""
        if self._run is not None and self.display and self._shown.refusal is None:
            self._read_data(self._run)

    @work(thread=True, exclusive=True, group="ask")
    def _read_data(self, run: JobFolder) -> None:
        self.post_message(ask(self.project, run))

    def on_refusal_known(self, message: RefusalKnown) -> None:
        """Say that the run cannot be measured, before somebody tries to."""
        message.stop()
        if message.run == self._run:
            self._shown = replace(self._shown, refusal=message.refusal)
            self._show()

    def _look(self) -> None:
        if self._run is not None and self.is_mounted:
            self._read_disk(self._run)

    @work(thread=True, exclusive=True, group="look")
    def _read_disk(self, run: JobFolder) -> None:
        self.post_message(EvaluationFound(run, look(self.project, run, self._shown.usual_s)))

    def on_evaluation_found(self, message: EvaluationFound) -> None:
        """Follow the newest evaluation."""
        message.stop()
        if message.run != self._run:
            return
        found = message.found
        self._shown = replace(self._shown, trained=found.trained, rows=found.rows, usual_s=found.usual_s)
        if found.evaluation is not None and not self._shown.starting:
            self._follow(found.evaluation)
        self._show()

    def _follow(self, evaluation: JobFolder | None) -> None:
        if self._feed is not None:
            if self._feed.folder == evaluation:
                return
            self._feed.stop()
        self._shown = replace(self._shown, view=None, state=EvaluationState())
        self._feed = Feed(evaluation, self, events=True, group="evaluation") if evaluation is not None else None
        if self._feed is not None:
            self._feed.start()

    def on_job_told(self, message: JobTold) -> None:
        """Fold in what is new."""
        message.stop()
        if self._feed is None or message.view.folder != self._feed.folder:
            return
        state = evaluation_state.fold(self._shown.state, message.events)
        self._shown = replace(self._shown, view=message.view, state=state)
        self._show()

    # Starting and stopping

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are left to the screen, and out of the footer."""
        live = self._shown.view is not None and self._shown.view.live
        match action:
            case "measure":
                return self._shown.measurable and not live
            case "stop":
                return live
            case "filter" | "zoom":
                return bool(self._shown.state.rows)
            case "back":
                return self.has_class("-zoomed") or self.query_one(Answers).has_focus
        return super().check_action(action, parameters)

    def action_measure(self) -> None:
        """Start an evaluation of the run."""
        if self._run is not None:
            self._shown = replace(self._shown, starting=True, trouble=())
            self._show()
            self._start(self._run)

    @work(thread=True, exclusive=True, group="start")
    def _start(self, run: JobFolder) -> None:
        known = ask(self.project, run)  # a key can be quicker than the first look at the data
        self.post_message(known)
        self.post_message(EvaluationStarted(run, None) if known.refusal else start(self.project, run))

    def on_evaluation_started(self, message: EvaluationStarted) -> None:
        """Follow it, or say why there is none."""
        message.stop()
        if message.run != self._run:
            return
        self._shown = replace(self._shown, starting=False, trouble=message.problems)
        if message.evaluation is not None:
            self._follow(message.evaluation)
        self._show()

    def action_stop(self) -> None:
        """The screen asks first."""
        if self._shown.view is not None:
            self.post_message(StopWanted(self._shown.view.folder))

    # Showing

    def _show(self) -> None:
        if not self.is_mounted:
            return
        self.query_one(Summary).show(self._shown)
        state, chosen = self._shown.state, self._shown.filter
        self.set_class(not state.rows, "-empty")
        rows = list(state.rows) if chosen is None else state.changes()[chosen]
        self.query_one(RowList).show_rows(state, rows, _title(chosen, bool(state.rows)))
        self._show_row()
        view = self._shown.view
        offered = (view is not None and view.live, self._shown.measurable, bool(state.rows))
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    @on(RowList.Chosen)
    def _choose(self, message: RowList.Chosen) -> None:
        message.stop()
        self._row = message.row
        self._show_row()

    def _show_row(self) -> None:
        """The chosen row, made anew only when something of it is new."""
        state, row = self._shown.state, self._row
        if row is None or row not in state.rows:
            row = None
        brief = self.size.height < HIGH and not self.has_class("-zoomed")
        answers = (None, None) if row is None else (state.base.get(row), state.tuned.get(row))
        detail = (row, brief, *answers)
        if detail != self._detail:
            same = row == self._detail[0]
            self._detail = detail
            self.query_one(Answers).show(
                lambda width: [] if row is None else row_lines(state, row, width, brief=brief), keep_place=same
            )

    def action_filter(self, key: str) -> None:
        """Show one group of rows."""
        self._shown = replace(self._shown, filter=FILTERS[key][0])
        self._show()

    def action_zoom(self) -> None:
        """The chosen row on the whole pane, and back."""
        self.toggle_class("-zoomed")
        self._show_row()
        self.query_one(Answers if self.has_class("-zoomed") else RowList).focus()
        self.refresh_bindings()

    @on(LineList.Opened)
    def _open_row(self, message: LineList.Opened) -> None:
        message.stop()
        self.query_one(Answers).focus()

    def action_back(self) -> None:
        """From the row to the list."""
        if self.has_class("-zoomed"):
            self.action_zoom()
        else:
            self.query_one(RowList).focus()


def _title(chosen: Change | None, rows: bool) -> str:
    if not rows:
        return ""
    words = next(words for change, words in FILTERS.values() if change == chosen)
    return "Held-out rows" if chosen is None else f"Rows {words}"
