"""How a job ended, or that it did not, in the same words for every command."""

import shlex
from pathlib import Path

from engine.home import home_path
from engine.job import JobFolder, JobView
from tui.cli.printing import hanging
from tui.figures import clock, duration

GLYPHS = {
    "queued": "○", "running": "●", "paused": "‖", "completed": "✓", "stopped": "■", "failed": "✗", "dead": "✗",
}  # fmt: skip
_LOG_TAIL_BYTES = 4096


def label(folder: JobFolder) -> str:
    """`banking #3` for runs; kind and run for what is done with one."""
    spec = folder.spec
    return f"{spec.project} #{spec.number}" if spec.number else f"{spec.project} {spec.kind}"


def reference(folder: JobFolder) -> str:
    """What a person types to name it; the folder's path when its project is not among the home's."""
    spec = folder.spec
    if not _is_at_home(folder):
        return shlex.quote(str(folder.path))
    return f"{spec.project}#{spec.number}" if spec.number else spec.id


def _is_at_home(folder: JobFolder) -> bool:
    """Whether its project is found by name."""
    return folder.path.parent.parent.parent == home_path() / "projects"


def reason(view: JobView) -> str:
    """Why it ended; "" while it lasts or when it completed without a word."""
    if view.condition == "dead":
        when = f" at step {view.state.step}" if view.state.step else ""
        last = f"; last sign of life {clock(view.state.last_event)}" if view.state.last_event else ""
        said = last_line(view.folder.log)
        log = f"; the last line of {view.folder.log}: {said}" if said else ""
        return f"the engine is gone{when} without a last word (killed, or the machine went down){last}{log}"
    return view.state.finished.reason if view.state.finished else ""


def mend(view: JobView) -> str:
    """What to do about it; "" where nothing needs doing."""
    if view.condition == "dead":
        project = view.folder.path.parent.parent
        name = view.folder.spec.project if _is_at_home(view.folder) else shlex.quote(str(project))
        again = f"`ttune train {name}` starts again" if view.folder.spec.kind == "train" else "try again"
        return f"{again}; if memory ran out, halve training.micro_batch first"
    return view.state.finished.mend if view.state.finished else ""


def lines(view: JobView) -> list[str]:
    """The outcome, its reason and the mend."""
    state = view.state
    took = ""
    if state.started is not None and state.last_event is not None:
        took = f" after {duration(state.last_event - state.started)}"
    told = [f"{GLYPHS[view.condition]} {label(view.folder)} {view.condition}{took}"]
    told += [hanging("  ", line) for line in reason(view).splitlines()]
    if mend(view):
        told.append(hanging("  mend: ", mend(view)))
    if view.condition in ("completed", "stopped") and state.adapter is not None:
        told.append(hanging("  ", f"adapter of step {state.adapter.step}: {view.folder.path / state.adapter.path}"))
    return told


def exit_code(view: JobView) -> int:
    """1 when the work failed."""
    return 1 if view.condition in ("failed", "dead") else 0


def last_line(path: Path) -> str:
    """The last line of a log that says something; "" when there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _LOG_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return said[-1][:200] if said else ""
