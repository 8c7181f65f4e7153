"""What the charts show, made of a run's series."""

import numpy as np

from engine.method_figures import deciding
from engine.run_state import RunState
from tui.figures import rate, short, size
from tui.panes.run.series import Series
from tui.widgets.chart import Curve, Mark, Plot

EMPTY = "The loss of every step is drawn here (grpo: its reward), and ◇ where the validation rows were measured."


def loss_plot(series: Series, state: RunState | None, *, log: bool) -> Plot:
    """Training loss, raw and smoothed, and the validation loss with the best marked; rewards where they decide."""
    if state is None or not (series.steps.rows or state.evaluations):
        return Plot(empty=EMPTY)
    steps = series.steps["step"]
    last = float(steps[-1]) if len(steps) else 1.0
    best = state.best
    marks = [
        Mark(evaluation.step, value, *(("◆", "good") if evaluation is best else ("◇", "bold")))
        if (value := deciding(evaluation)) is not None
        else Mark(evaluation.step, None, "×", "error")
        for evaluation in state.evaluations
    ]
    bad = steps[~np.isfinite(series.steps["value"])]
    marks += [Mark(float(step), None, "×", "error") for step in bad[:: max(1, len(bad) // 200)]]
    return Plot(
        curves=(Curve(steps, series.steps["value"], "dim"), Curve(steps, series.steps["smooth"], "accent")),
        marks=marks, x_low=0, x_high=max(float(state.plan.steps) if state.plan else 0.0, last, 1.0),
        breaks=np.array(series.breaks), log=log, empty=EMPTY,
    )  # fmt: skip


SMALL = ("learning_rate", "grad_norm", "tokens_per_s", "memory")


def small_title(name: str, series: Series) -> tuple[str, str]:
    """What a small chart is called, and its newest value."""
    column = series.readings["memory"] if name == "memory" else series.steps[name]
    finite = column[np.isfinite(column)]
    value = float(finite[-1]) if len(finite) else None
    match name:
        case "learning_rate":
            return "learning rate", rate(value)
        case "grad_norm":
            return "grad norm", short(value)
        case "tokens_per_s":
            return "tokens/s", short(value)
    return "memory", size(value)


def small_curve(name: str, series: Series, state: RunState) -> tuple[Curve, float, float]:
    """A small chart's curve, and the range of its x: planned steps, or the time so far."""
    if name == "memory":
        times = series.readings["time"]
        low = float(times[0]) if len(times) else 0.0
        return Curve(times, series.readings["memory"], "dim"), low, max(low + 1, float(times[-1]) if len(times) else 1)
    high = float(state.plan.steps) if state.plan else float(max(1, series.steps.rows))
    return Curve(series.steps["step"], series.steps[name], "dim"), 0.0, high
