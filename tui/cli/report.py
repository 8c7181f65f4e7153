"""What `status`, `runs`, `attach` and `train` say about a run as JSON. Keys are added, never renamed."""

from typing import Any

from engine.job import JobView
from tui.cli import ending


def document(view: JobView) -> dict[str, Any]:
    """A run as scripts may rely on it. Unknown is null; durations are seconds, sizes bytes."""
    state, spec = view.state, view.folder.spec
    reading = state.reading
    return {
        "run": view.folder.id,
        "project": spec.project,
        "state": view.condition,
        "phase": state.phase.phase if state.phase and view.live else None,
        "step": state.step,
        "steps": state.plan.steps if state.plan else None,
        "loss": state.loss,
        "eta_s": state.eta_s if view.live else None,
        "number": spec.number,
        "kind": spec.kind,
        "path": str(view.folder.path),
        "created": spec.created,
        "seconds": state.last_event - state.started if state.last_event and state.started else None,
        "validation_loss": state.evaluations[-1].loss if state.evaluations else None,
        "best_step": state.best.step if state.best else None,
        "backend": state.backend.backend if state.backend else None,
        "adapter": str(view.folder.path / state.adapter.path) if state.adapter else None,
        "process_memory_bytes": reading.process_memory_bytes if reading else None,
        "gpu_peak_bytes": state.steps[-1].gpu_peak_bytes if state.steps else None,
        "silent_s": view.silent_s,
        "reason": ending.reason(view),
        "mend": ending.mend(view),
        "skipped_lines": view.skipped,
    }
