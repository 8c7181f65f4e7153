"""How long it takes to get base and tuned into memory here, from the last times; Evaluate and Chat say it."""

from engine.errors import UserError
from engine.job import view
from engine.project import Project
from engine.run_state import RunState
from tui.figures import duration
from tui.visible import visible

_LOOK_BACK = 5
"""Jobs that are looked at for one that loaded its models."""


def usual_s(project: Project) -> float | None:
    """Seconds that the newest evaluation or chat took until its models were loaded; None when none did yet."""
    for job in project.jobs("evaluate", "chat")[:_LOOK_BACK]:
        try:
            took = loading_s(view(job).state)
        except (UserError, OSError):  # torn or being deleted: as good as none
            continue
        if took is not None:
            return took
    return None


def loading_s(state: RunState) -> float | None:
    """Seconds from the start of an engine to its first phase that works with the models."""
    ready = next((phase for phase in state.phases if phase.phase in ("evaluating", "answering")), None)
    return ready.started - state.started if ready is not None and state.started is not None else None


def waiting_words(state: RunState, now: float, usual: float | None) -> str:
    """What is being loaded, since when, and how long it usually takes here."""
    phase = state.phase
    if phase is None or state.started is None:
        return "Its engine is starting."
    doing = visible(phase.detail) or phase.phase
    words = f"{phase.phase.capitalize()}: {doing} · {duration(now - state.started)}"
    return f"{words}, usually {duration(usual)} here" if usual is not None else words
