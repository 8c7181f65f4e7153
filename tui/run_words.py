"""A run in words: the glyph of its condition, how far it is, how it ended. The same in every pane and list."""

from typing import Literal

from engine.job import JobView
from engine.method_figures import decides, deciding
from engine.protocol import Phase
from engine.run_state import Condition, PhaseSpan, RunState
from tui.figures import duration, loss
from tui.visible import visible
from tui.widgets.painted import Ink

GLYPHS: dict[Condition, tuple[str, Ink]] = {
    "queued": ("○", "dim"),
    "running": ("●", "accent"),
    "paused": ("‖", "warn"),
    "completed": ("✓", "good"),
    "stopped": ("■", "dim"),
    "failed": ("✗", "error"),
    "dead": ("✗", "error"),
}

_STEPPING: tuple[Phase, ...] = ("training", "evaluating")


def name(project: str, number: int) -> str:
    """What a run is called: `ticket-triage #3`."""
    return f"{visible(project)} #{number}"


def reference(project: str, number: int) -> str:
    """What the command line takes for it: `ticket-triage#3`."""
    return f"{visible(project)}#{number}"


def share(state: RunState) -> float | None:
    """How far it is: of the planned steps once it trains, else of the phase; None when nobody knows."""
    phase = state.phase
    if phase is None:
        return None
    if phase.phase in _STEPPING and state.plan:
        return min(1.0, state.step / state.plan.steps)
    return min(1.0, phase.done / phase.total) if phase.total else None


def condition_words(view: JobView) -> tuple[str, Ink]:
    """Its condition, the phase where it runs: `training  41%`, `dead at step 40`."""
    state = view.state
    if view.silent_s is not None:
        return f"not responding for {duration(view.silent_s)}", "warn"
    match view.condition:
        case "running":
            return _phase_words(state), "accent"
        case "queued":
            return "queued: its engine is starting", "dim"
        case "dead":
            return f"dead at step {state.step:,}" if state.steps else "dead before its first step", "error"
        case "stopped":
            return f"stopped at step {state.step:,}" if state.steps else "stopped before its first step", ""
        case "failed":
            return f"failed at step {state.step:,}" if state.steps else "failed before its first step", "error"
    return view.condition, GLYPHS[view.condition][1]


def phase_words(span: PhaseSpan) -> str:
    """A phase and what of it is done: `tokenising 800 of 1,092 rows`."""
    words: str = span.phase
    if span.total:
        words += f" {span.done:,.0f} of {span.total:,.0f} {visible(span.unit)}".rstrip()
    return words


def best_words(state: RunState) -> str:
    """`0.427 @600`, a loss or a reward; "" when nothing was measured."""
    return f"{loss(deciding(state.best))} @{state.best.step}" if state.best else ""


def measured(state: RunState) -> tuple[Literal["loss", "reward"], float | None] | None:
    """What says how good the model is, and its value at the last step (None: not a number); None before any step."""
    return (decides(state.steps[-1]), deciding(state.steps[-1])) if state.steps else None


def took_s(state: RunState) -> float | None:
    """Seconds from the engine's start to its last sign of life."""
    if state.started is None or state.last_event is None:
        return None
    return state.last_event - state.started


def _phase_words(state: RunState) -> str:
    phase = state.phase
    if phase is None:
        return "starting"
    done = share(state)
    return phase.phase if done is None else f"{phase.phase} {done:4.0%}"
