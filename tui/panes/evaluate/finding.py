"""What there is about a run on disk: its newest evaluation, and whether it can be measured."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from engine.errors import UserError
from engine.job import JobFolder
from engine.project import Project
from engine.protocol import JobKind
from tui.panes.model_loading import usual_s


@dataclass(frozen=True, slots=True)
class Found:
    """What is on disk."""

    evaluation: JobFolder | None
    trained: bool
    rows: int | None
    """Rows that the run's recipe would ask; None when it cannot be read."""
    usual_s: float | None


class EvaluationFound(Message):
    """What a look at the disk found about a run."""

    def __init__(self, run: JobFolder, found: Found) -> None:
        super().__init__()
        self.run = run
        self.found = found


class EvaluationStarted(Message):
    """An engine was launched, or `problems` say why not."""

    def __init__(self, run: JobFolder, evaluation: JobFolder | None, problems: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.run = run
        self.evaluation = evaluation
        self.problems = problems


def jobs_of(project: Project, run: JobFolder, kind: JobKind) -> Iterator[JobFolder]:
    """Jobs of a kind that are about a run, newest first; folders that cannot be read are left out."""
    for job in project.jobs(kind):
        with suppress(UserError):
            if Path(job.spec.of).name == run.id:
                yield job


def look(project: Project, run: JobFolder, known_usual_s: float | None) -> Found:
    """Read what there is. Takes files, so not for the screen's own thread."""
    newest = next(jobs_of(project, run, "evaluate"), None)
    try:
        rows = int(run.spec.recipe["evaluation"]["rows"])
    except (UserError, KeyError, TypeError, ValueError):
        rows = None
    trained = run.has_trained
    return Found(newest, trained, rows, usual_s(project) if known_usual_s is None else known_usual_s)


def start(project: Project, run: JobFolder) -> EvaluationStarted:
    """Launch an evaluation, or say why not."""
    from engine.start import start_evaluation

    try:
        return EvaluationStarted(run, start_evaluation(project, run))
    except UserError as error:
        return EvaluationStarted(run, None, tuple(str(error).splitlines()))
    except OSError as error:  # a disk that fills or a folder that goes away between two checks
        return EvaluationStarted(run, None, (f"{error.filename or run.path}: {error.strerror}",))
