"""How fast and how large the runs of this machine were, from their journals; each journal is read once."""

from functools import lru_cache
from pathlib import Path
from statistics import median

from engine.errors import UserError
from engine.home import Home
from engine.job import JobFolder
from engine.journal import read_events
from engine.project import projects
from engine.protocol import AnyEvent, BackendChosen, HardwareRead, ModelLoaded, StepDone
from engine.situation import PastRun

_MOST = 50
"""Newest runs that are looked at."""
_LEAST_STEPS = 3
"""Fewer steps say nothing of a run's speed: the first compiles."""


_HELD_UP = 4
"""Times as long as the median: longer rows do not explain it."""


def past_runs(home: Home) -> tuple[PastRun, ...]:
    """Runs of all projects that took steps, the newest first."""
    folders = [run for project in projects(home) for run in project.jobs("train")]
    newest = sorted(folders, key=lambda run: run.path.name, reverse=True)[:_MOST]
    found = (_of(run) for run in newest)
    return tuple(run for run in found if run is not None)


def _of(run: JobFolder) -> PastRun | None:
    try:
        status = run.events.stat()
    except OSError:
        return None
    return _read(run.path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, size: int, changed: int) -> PastRun | None:
    """A run as its journal tells it; `size` and `changed` name the journal's state."""
    run = JobFolder(path)
    try:
        spec, events = run.spec, read_events(run.events)
    except (UserError, OSError):
        return None
    steps = [event for event in events if isinstance(event, StepDone)]
    loaded = next((event for event in events if isinstance(event, ModelLoaded)), None)
    chosen = next((event for event in events if isinstance(event, BackendChosen)), None)
    timed = [step for step in steps[1:] if step.seconds > 0]
    if len(steps) < _LEAST_STEPS or not timed or loaded is None or chosen is None:
        return None
    recipe, timed = spec.recipe, _steady(timed)
    training = recipe.get("training", {})
    peaks = [step.gpu_peak_bytes for step in steps if step.gpu_peak_bytes]
    return PastRun(
        name=f"{spec.project}#{spec.number}",
        gpu=_gpu(events) if loaded.device.startswith("cuda") else "",
        backend=chosen.backend,
        base=str(recipe.get("model", {}).get("base", "")),
        adapter=str(recipe.get("adapter", {}).get("kind", "lora")),
        method=str(recipe.get("method", {}).get("kind", "sft")),
        parameters=loaded.parameters,
        tokens_per_s=sum(step.tokens for step in timed) / sum(step.seconds for step in timed),
        load_s=max(0.0, steps[0].time - steps[0].seconds - events[0].time),
        peak_bytes=max(peaks, default=None),
        steps=len(timed),
        micro_batch=int(training.get("micro_batch", 0)),
        packing=bool(training.get("packing", False)),
        batch_tokens=sum(step.tokens for step in timed) / len(timed) / max(1, int(training.get("accumulation", 1))),
    )


def _steady(steps: list[StepDone]) -> list[StepDone]:
    """Steps without those that something else held up."""
    usual = median(step.seconds for step in steps)
    return [step for step in steps if step.seconds <= _HELD_UP * usual]


def _gpu(events: list[AnyEvent]) -> str:
    """The GPU's name, from the first reading that has one."""
    readings = (event.reading for event in events if isinstance(event, HardwareRead))
    return next((reading.gpus[0].name for reading in readings if reading.gpus), "")
