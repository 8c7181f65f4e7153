"""Jobs as front ends see them: a folder, whether its engine lives, and how to launch, watch and command it."""

import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import tomli
import tomlkit

from engine import lock
from engine.errors import JobError
from engine.files import make_folder, private, write_atomic
from engine.journal import Reader, append_line
from engine.protocol import AnyCommand, AnyEvent, JobKind
from engine.run_state import SILENT_AFTER_S, Condition, RunState, condition, fold


class JobSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job's frozen input, `job.toml`."""

    id: str
    """The folder's name: time, kind and project."""
    kind: JobKind
    project: str
    project_path: str
    number: int = 0
    """Place among the project's runs, from 1; 0 for other kinds of job."""
    created: float
    """Seconds since the epoch."""
    recipe: dict[str, Any]
    """The whole recipe, defaults filled in."""
    of: str = ""
    """Evaluate and chat: the path of the run's folder."""
    options: dict[str, Any] = {}
    """What only this kind of job takes."""
    versions: dict[str, str] = {}


@dataclass(frozen=True)
class JobFolder:
    """A job's folder and the files in it."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name, which is the job's id."""
        return self.path.name

    @property
    def events(self) -> Path:
        """The journal; only the engine writes it."""
        return self.path / "events.jsonl"

    @property
    def commands(self) -> Path:
        """What front ends ask; they append to it."""
        return self.path / "commands.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the engine while it lives."""
        return self.path / "engine.lock"

    @property
    def log(self) -> Path:
        """The engine's stdout and stderr."""
        return self.path / "engine.log"

    @property
    def adapter(self) -> Path:
        """The trained adapter (train jobs)."""
        return self.path / "adapter"

    @property
    def model(self) -> Path:
        """The trained model, where all of it was trained (train jobs with adapter.kind = full)."""
        return self.path / "model"

    @property
    def has_trained(self) -> bool:
        """Whether an adapter or a model is there to be loaded."""
        return (self.adapter / "adapter_config.json").is_file() or (self.model / "config.json").is_file()

    @cached_property
    def spec(self) -> JobSpec:
        """The frozen input. Raises JobError when the folder is no job or its `job.toml` cannot be read."""
        path = self.path / "job.toml"
        try:
            return msgspec.convert(tomli.loads(path.read_text(encoding="utf-8")), JobSpec)
        except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError, msgspec.ValidationError) as error:
            raise JobError(f"{path}: not a job: {error}") from error

    def is_readable(self) -> bool:
        """Whether the frozen input can be read: not for a folder being made, torn, or of a newer ttune."""
        try:
            return bool(self.spec)
        except JobError:
            return False

    def is_alive(self) -> bool:
        """Whether an engine holds the folder's lock."""
        _reap()
        return lock.is_held(self.lock)


def create(jobs: Path, spec: JobSpec) -> JobFolder:
    """Make the folder of a new job and freeze its input. Raises JobError when the disk refuses."""
    folder = JobFolder(jobs / spec.id)
    try:
        make_folder(folder.path)
        content = {key: value for key, value in msgspec.to_builtins(spec).items() if value != {}}
        write_atomic(folder.path / "job.toml", tomlkit.dumps(_without_none(content)))
    except OSError as error:
        raise JobError(
            f"{folder.path}: {error.strerror}: free some space or make it writable, then start again"
        ) from error
    return folder


def new_id(jobs: Path, kind: JobKind, project: str) -> str:
    """A name no other job of the project has, which sorts by time."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{kind}-{project}"
    taken = 1
    while (jobs / (name := stem if taken == 1 else f"{stem}-{taken}")).exists():
        taken += 1
    return name


def launch(folder: JobFolder) -> None:
    """Start the job's engine in a session of its own, tied to no terminal and to no parent."""
    if folder.is_alive():
        raise JobError(f"{folder.path}: an engine is at work on it already; attach to it instead")
    with open(folder.log, "ab", opener=private) as log:
        _launched.append(
            subprocess.Popen(
                [sys.executable, "-P", "-m", "engine", str(folder.path)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder.path, start_new_session=True,
                env=os.environ | _ENGINE_ENVIRONMENT,
            )
        )  # fmt: skip


def send(folder: JobFolder, command: AnyCommand) -> str:
    """Append a command for the engine; returns its id, which the engine's answer carries."""
    named = msgspec.structs.replace(command, id=uuid.uuid4().hex[:12])
    append_line(folder.commands, named)
    return named.id


@dataclass(frozen=True, slots=True)
class JobView:
    """A job at one moment, as every front end shows it."""

    folder: JobFolder
    state: RunState
    condition: Condition
    silent_s: float | None = None
    """Seconds since the last sign of life of an engine that should be alive, once that is worrying; else None."""
    skipped: int = 0
    """Journal lines that were torn or of an unknown kind."""

    @property
    def live(self) -> bool:
        """Whether more will come."""
        return self.condition in ("queued", "running", "paused")


@dataclass
class Follower:
    """Follows one job: each `poll` reads what is new and folds it in."""

    folder: JobFolder
    state: RunState = field(default_factory=RunState)

    def __post_init__(self) -> None:
        self._reader = Reader[AnyEvent](self.folder.events, AnyEvent)

    def poll(self) -> tuple[JobView, list[AnyEvent]]:
        """The job now, and the events that are new since the last poll."""
        alive = self.folder.is_alive()  # asked first: a Finished written in between is then read below
        events = self._reader.read()
        self.state = fold(self.state, events)
        if events and not alive and self.state.finished is None:  # it took its lock and began in between
            alive = self.folder.is_alive()
        return self._view(alive), events

    def _view(self, alive: bool) -> JobView:
        now = time.time()
        silence = None if self.state.last_event is None else now - self.state.last_event
        return JobView(
            folder=self.folder,
            state=self.state,
            condition=condition(self.state, alive, now - self.folder.spec.created),
            silent_s=silence if alive and silence is not None and silence > SILENT_AFTER_S else None,
            skipped=self._reader.skipped,
        )


def view(folder: JobFolder) -> JobView:
    """The job as it is now."""
    return Follower(folder).poll()[0]


_ENGINE_ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONFAULTHANDLER": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "PASSIVE",  # idle threads that spin slow a shared box down severalfold
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}

_launched: list["subprocess.Popen[bytes]"] = []
"""Engines that this process started; kept only so that an ended one does not stay a zombie."""


def _reap() -> None:
    _launched[:] = [process for process in _launched if process.poll() is None]


def _without_none(value: Any) -> Any:
    """TOML has no null: leave such keys out."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return value
