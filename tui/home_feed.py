"""All projects and their runs, for the home screen: read in a thread, live runs again every second."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import get_current_worker

from engine.errors import UserError
from engine.home import Home
from engine.job import Follower, JobFolder, JobView, view
from engine.journal import read_events
from engine.log import Log
from engine.method_figures import deciding
from engine.project import Project, projects
from engine.protocol import EvaluationDone, MetricCompared, StepDone
from engine.run_state import Condition
from tui import run_words
from tui.widgets.painted import Ink

EVERY_S = 1.0
SPARKS = 8
_SPARK_GLYPHS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Compared:
    """What the newest evaluation of a run says."""

    metric: str
    figures: MetricCompared


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list."""

    folder: JobFolder
    project: str
    number: int
    condition: Condition
    live: bool
    words: tuple[str, Ink]
    measured: tuple[str, float | None] | None
    """Loss or reward, and its last value; None before any step."""
    validation: str
    spark: str
    eta_s: float | None
    created: float
    ended: float | None
    reason: str
    compared: Compared | None


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project in a list."""

    name: str
    path: Path
    runs: int
    live: bool
    newest: RunLine | None
    compared: Compared | None
    """Of its newest evaluated run."""


class HomeSeen(Message):
    """Every project and run as they are now; a newer one takes the place of one that still waits."""

    def __init__(self, projects: tuple[ProjectLine, ...], runs: tuple[RunLine, ...]) -> None:
        super().__init__()
        self.projects = projects
        self.runs = runs

    def can_replace(self, message: Message) -> bool:
        """Whether `message`, which came later, makes this one needless."""
        return isinstance(message, HomeSeen)


@dataclass
class HomeReader:
    """Reads projects and runs. What ended is read once, live runs from where the last reading stopped."""

    home: Home
    _ended: dict[Path, RunLine] = field(default_factory=dict)
    _followers: dict[Path, Follower] = field(default_factory=dict)
    _evaluations: dict[Path, Compared | None] = field(default_factory=dict)

    def read(self) -> tuple[tuple[ProjectLine, ...], tuple[RunLine, ...]]:
        """Projects and runs, live ones first and then newest first."""
        lines: list[ProjectLine] = []
        runs: list[RunLine] = []
        for project in projects(self.home):
            compared = self._comparisons(project)
            of_project = [line for run in project.runs() if (line := self._run(run, compared.get(run.path)))]
            runs += of_project
            lines.append(_project_line(project, of_project))
        lines.sort(key=lambda line: (line.live, line.newest.created if line.newest else 0.0), reverse=True)
        runs.sort(key=lambda line: (line.live, line.created), reverse=True)
        return tuple(lines), tuple(runs)

    def _run(self, run: JobFolder, compared: Compared | None) -> RunLine | None:
        """A run's line; None for a folder that cannot be read."""
        try:
            if (ended := self._ended.get(run.path)) is not None and not run.is_alive():
                return replace(ended, compared=compared)
            follower = self._followers.setdefault(run.path, Follower(run))
            seen, _ = follower.poll()
        except (OSError, UserError):
            return None
        line = _run_line(seen, compared)
        if not seen.live:
            self._ended[run.path] = line
            del self._followers[run.path]
        return line

    def _comparisons(self, project: Project) -> dict[Path, Compared]:
        """What the newest complete evaluation of each run found."""
        found: dict[Path, Compared] = {}
        for job in project.jobs("evaluate"):
            try:
                of = Path(job.spec.of)
                if of in found or (job.path not in self._evaluations and view(job).live):
                    continue
                if job.path not in self._evaluations:
                    self._evaluations[job.path] = _compared(job)
            except (OSError, UserError):
                continue
            if (compared := self._evaluations[job.path]) is not None:
                found[of] = compared
        return found


def follow_home(reader: HomeReader, owner: DOMNode) -> None:
    """Post HomeSeen whenever something changed, until the worker that this runs in is cancelled."""
    worker = get_current_worker()
    seen: object = None
    while not worker.is_cancelled:
        now = reader.read()
        if now != seen and not worker.is_cancelled:
            owner.post_message(HomeSeen(*now))
        seen = now
        worker.cancelled_event.wait(EVERY_S)


def live_jobs(home: Home) -> list[JobFolder]:
    """Trainings and evaluations at work right now, whoever started them."""
    jobs = [job for project in projects(home) for job in project.jobs("train", "evaluate")]
    return [job for job in jobs if job.is_alive() and (job.path / "job.toml").is_file() and view(job).live]


def _project_line(project: Project, runs: list[RunLine]) -> ProjectLine:
    return ProjectLine(
        name=project.name, path=project.path, runs=len(runs), live=any(run.live for run in runs),
        newest=runs[0] if runs else None, compared=next((run.compared for run in runs if run.compared), None),
    )  # fmt: skip


def _run_line(seen: JobView, compared: Compared | None) -> RunLine:
    state, spec = seen.state, seen.folder.spec
    return RunLine(
        folder=seen.folder, project=spec.project, number=spec.number, condition=seen.condition, live=seen.live,
        words=run_words.condition_words(seen), measured=run_words.measured(state),
        validation=run_words.best_words(state), spark=_spark(state.steps), eta_s=state.eta_s, created=spec.created,
        ended=None if seen.live else state.last_event, reason=state.finished.reason if state.finished else "",
        compared=compared,
    )  # fmt: skip


def _spark(steps: Log[StepDone]) -> str:
    """Training loss (reward, where that decides) as a row of bars: means of eight equal parts of the run so far."""
    if len(steps) < SPARKS:
        return ""
    parts = [steps[len(steps) * part // SPARKS : len(steps) * (part + 1) // SPARKS] for part in range(SPARKS)]
    losses = [[value for step in part if (value := deciding(step)) is not None] for part in parts]
    if not all(losses):
        return ""
    means = [fmean(part) for part in losses]
    low, span = min(means), max(means) - min(means)
    top = len(_SPARK_GLYPHS) - 1
    return "".join(_SPARK_GLYPHS[round((mean - low) / span * top) if span else 0] for mean in means)


def _compared(job: JobFolder) -> Compared | None:
    """The outcome of an evaluation; None when it did not complete."""
    done = next((event for event in reversed(read_events(job.events)) if isinstance(event, EvaluationDone)), None)
    return None if done is None else Compared(done.main, done.metrics[done.main])
