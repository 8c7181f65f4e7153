"""What evaluations of a project have measured of base and tuned."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import JobError
from engine.job import JobFolder, JobSpec
from engine.journal import read_events
from engine.project import Project
from engine.protocol import EvaluationDone
from engine.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished evaluation."""

    run: str
    """The run that was measured, such as `run #2`."""
    base: str
    """`model.base` of its recipe."""
    metric: str
    """The one that decided."""
    rows: int
    base_points: float
    """What the base reached, from 0 to 100."""
    tuned_points: float


def measured(project: Project) -> tuple[Measured, ...]:
    """The project's finished evaluations, newest first; journals that cannot be read are left out."""
    return tuple(_finished(project.jobs("evaluate")))


def of_recipe(found: tuple[Measured, ...], recipe: Recipe) -> Measured | None:
    """The newest that is about the recipe's base and metric."""
    wanted = recipe.model.base, recipe.evaluation.metric
    return next((one for one in found if (one.base, one.metric) == wanted), None)


def _finished(jobs: list[JobFolder]) -> Iterator[Measured]:
    for job in jobs:
        try:
            spec, events = job.spec, read_events(job.events)
        except (JobError, OSError):
            continue
        done = next((event for event in reversed(events) if isinstance(event, EvaluationDone)), None)
        if done is not None and done.main in done.metrics:
            yield _measured(spec, done)


def _measured(spec: JobSpec, done: EvaluationDone) -> Measured:
    main = done.metrics[done.main]
    base = str(spec.recipe.get("model", {}).get("base", ""))
    return Measured(_run_name(spec), base, done.main, done.rows, 100 * main.base, 100 * main.tuned)


def _run_name(spec: JobSpec) -> str:
    try:
        number = JobFolder(Path(spec.of)).spec.number
    except JobError:
        return "a run that is gone"
    return f"run #{number}"
