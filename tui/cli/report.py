"""What `status`, `runs`, `attach` and `train` say about a run as JSON. Keys are added, never renamed."""

from typing import Any

from engine.job import JobView
from engine.method_figures import REWARD, method_of
from tui.cli import ending


def document(view: JobView) -> dict[str, Any]:
    """A run as scripts may rely on it. Unknown is null; durations are seconds, sizes bytes.

    `metrics` are those of the newest step and `validation_metrics` of the newest evaluation, by trl's names.
    """
    state, spec = view.state, view.folder.spec
    reading, evaluation = state.reading, state.evaluations[-1] if state.evaluations else None
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
        "validation_loss": evaluation.loss if evaluation else None,
        "validation_reward": evaluation.metrics.get(REWARD) if evaluation else None,
        "method": method_of(spec.recipe) if spec.kind == "train" else None,
        "metrics": dict(state.steps[-1].metrics) if state.steps else {},
        "validation_metrics": dict(evaluation.metrics) if evaluation else {},
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
