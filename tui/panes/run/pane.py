"""The Run pane: answer, charts, details, log. Draws when the run changed, and nothing at rest."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll

from engine.job import JobFolder, JobView
from engine.project import Project
from tui.figures import duration, plural
from tui.panes.pane import Pane
from tui.panes.run.answer import MOST_LINES, answer
from tui.panes.run.details import Details
from tui.panes.run.figures import Figures
from tui.panes.run.log_view import LogView
from tui.panes.run.measured import explained
from tui.panes.run.plots import loss_plot
from tui.panes.run.series import Series
from tui.panes.run.small import SmallCharts
from tui.widgets.chart import Chart
from tui.widgets.painted import Line, Painted

WIDE = 106
"""Columns from which the details have a column of their own."""
LOW = 17
"""Rows below which the small charts are left out."""


class Lines(Painted):
    """Lines that somebody else made."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._given: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show other lines, and take the height they need."""
        if len(lines) != len(self._given):
            self.styles.height = max(1, len(lines))
        self._given = lines
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """What was given."""
        return self._given


class RunPane(Pane, can_focus=True):
    """Loss, machine, phases and verdict of the run being watched."""

    NAME = "Run"
    HELP = f"""
**Is it learning, is it healthy, when is it done?**

The line on top is the answer in words. Below it, the **training loss** of every step: grey as it is, coloured
smoothed. ◇ marks the **validation loss**, measured on rows that are not trained on; ◆ is the best so far,
and its checkpoint is what is kept. × on top marks a loss that was not a number.

- *Training falls, validation falls*: it learns. Let it.
- *Training falls, validation rises for 3 evaluations*: it learns the rows by heart (**overfitting**).
  Stop it: the best checkpoint is kept. Next time, in this order: fewer epochs, weight decay, dropout, half the
  rate, a lower rank, more varied rows.
- *Nothing moves*: the learning rate is too low, or the wrong tokens are trained (look in Data).
- *Not a number*: the rate is too high, a row is broken, or fp16 overflows.

A **grpo** run is read by its **reward**, which takes the place of the loss everywhere: its loss is near 0 whatever
it learns. Each step asks other questions, so that rewards jump: look at the smoothed ones.

**grad norm** is how hard a step pulls: spikes go with spikes of the loss. **learning rate** rises in the
warm-up and then falls. **memory** is the GPU's, or the process's where there is no GPU.

**Measured**, in the details: what the method logs beside its loss, its mean over the last steps and at the last
validation. ↑ and ↓ say which way is good.

{explained()}

The run lives in its own process. Leaving, a cut line or a second studio do not touch it.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "details", "details", tooltip="Machine, phases, model and data, in place of or beside the chart"),
        Binding("l", "log", "log", tooltip="What the engine printed, and its notices"),
        Binding("down,j", "scroll_details(2)", "scroll the details", show=False),
        Binding("up,k", "scroll_details(-2)", "scroll the details", show=False),
        Binding("y", "scale", "log scale", tooltip="Loss on a logarithmic scale, and back"),
    ]
    DEFAULT_CSS = """
    RunPane {
        & #answer { height: 1; margin-bottom: 1; }
        & #figures { height: 1; }
        & #charts { width: 1fr; height: 1fr; }
        & #loss { height: 1fr; }
        & #small { margin-top: 1; }
        & #side { width: 46; padding: 0 1 0 2; scrollbar-size-vertical: 1; }
        & #log { display: none; height: 1fr; background: $background; padding: 0 1; }
        &.-low #small { display: none; }
        &.-low #answer { margin-bottom: 0; }
        &.-narrow #side { display: none; width: 1fr; }
        &.-narrow.-details #side { display: block; }
        &.-narrow.-details #charts { display: none; }
        &.-wide.-details #side { display: none; }
        &.-log #body { display: none; }
        &.-log #log { display: block; }
    }
    """

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._series = Series()
        self._folder: JobFolder | None = None
        self._log_scale = False

    def compose(self) -> ComposeResult:
        """Answer, charts, details, log."""
        yield Lines("answer")
        with Horizontal(id="body"):
            with Vertical(id="charts"):
                yield Figures()
                yield Chart(id="loss")
                yield SmallCharts()
            with VerticalScroll(id="side", can_focus=False):
                yield Details("details")
        yield LogView()

    def on_mount(self) -> None:
        """Say what will be here."""
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Fold what does not fit."""
        self.set_class(event.size.width < WIDE, "-narrow")
        self.set_class(event.size.width >= WIDE, "-wide")
        self.set_class(event.size.height < LOW, "-low")
        self.call_after_refresh(self._draw)

    def watch_view(self, view: JobView | None) -> None:
        """Draw what changed; the feed brings views no faster than they can be seen."""
        self._draw()

    def opened(self) -> None:
        """Show what came while another pane was in front."""
        self.focus()
        self._draw()

    def summary(self) -> str:
        """How many steps, and how long it has run."""
        state = self.view.state if self.view else None
        if state is None or not state.steps:
            return ""
        epoch = f"epoch {state.steps[-1].epoch:.1f}"
        pace = state.seconds_per_step
        return f"{epoch} · {plural(state.step, 'step')}" + (f" · {duration(pace)} each" if pace and pace >= 1 else "")

    def _draw(self) -> None:
        if not self.display or not self.is_mounted:
            return
        view = self.view
        state = view.state if view else None
        if (view.folder if view else None) != self._folder:
            self._series, self._folder = Series(), view.folder if view else None
        if state is not None:
            self._series.update(state)
        self._show_answer(view)
        if self.has_class("-log"):
            self._show_log()
            return
        self.query_one("#loss", Chart).show(loss_plot(self._series, state, log=self._log_scale))
        self.query_one(SmallCharts).show(self._series, state)
        self.query_one(Details).show(view)

    def _show_answer(self, view: JobView | None) -> None:
        width = self.size.width
        most = max(1, min(MOST_LINES, self.size.height // 4))
        self.query_one("#answer", Lines).show(answer(view, width, most))
        smooth = self._series.steps["smooth"]
        newest = float(smooth[-1]) if len(smooth) and smooth[-1] == smooth[-1] else None
        self.query_one(Figures).show(view.state if view else None, newest)

    def _show_log(self) -> None:
        if self.view is not None:
            self.query_one(LogView).follow(self.view.folder, self.view.state)

    def action_details(self) -> None:
        """Show or fold the details."""
        self.toggle_class("-details")
        self.call_after_refresh(self._draw)

    def action_log(self) -> None:
        """Show the log in place of the charts, or the charts again."""
        self.toggle_class("-log")
        log = self.query_one(LogView)
        if self.has_class("-log"):
            log.focus()
        else:
            log.rest()
            self.focus()
        self.call_after_refresh(self._draw)

    def action_scroll_details(self, by: int) -> None:
        """Move the details where they do not fit."""
        self.query_one("#side").scroll_relative(y=by, animate=False)

    def action_scale(self) -> None:
        """Change the scale of the loss."""
        self._log_scale = not self._log_scale
        self._draw()
