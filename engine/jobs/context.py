"""What a job has to hand: its input, its journal, and what front ends ask of it."""

import queue
import threading
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import JobError
from engine.job import JobFolder
from engine.journal import Reader, Writer
from engine.protocol import (
    AnyCommand,
    Command,
    CommandAnswered,
    Event,
    Notice,
    Phase,
    PhaseProgress,
    PhaseStarted,
    Stop,
)
from engine.recipe import Recipe
from engine.recipe_file import validate

COMMAND_POLL_S = 0.1


class Stopped(Exception):
    """The job was asked to stop, has kept what there is to keep, and ends; the text says what was kept."""


@dataclass
class JobContext:
    """One job's surroundings; `emit` and `stop_requested` may be used from any thread."""

    folder: JobFolder
    journal: Writer
    _stop: threading.Event = field(default_factory=threading.Event)
    _commands: "queue.Queue[Command]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._reader = Reader[AnyCommand](self.folder.commands, AnyCommand)
        if self.journal.resumed:
            self._reader.read()  # what was asked of the engine before this one is not asked of this one

    @property
    def project_path(self) -> Path:
        """The project's folder, against which the recipe's paths are read."""
        return Path(self.folder.spec.project_path)

    def recipe(self) -> Recipe:
        """The frozen recipe."""
        return validate(self.folder.spec.recipe, str(self.folder.path / "job.toml"))

    def of_run(self) -> JobFolder:
        """The run that this job is about (evaluate, chat)."""
        if not self.folder.spec.of:
            raise JobError(f"{self.folder.path / 'job.toml'}: names no run: set `of` to a run's folder")
        return JobFolder(Path(self.folder.spec.of))

    def emit(self, event: Event, *, sync: bool = False) -> None:
        """Append an event to the journal."""
        self.journal.append(event, sync=sync)

    def phase(self, phase: Phase, detail: str = "") -> None:
        """Say that a phase begins; raises Stopped when a stop was asked for before it."""
        self.check_stop()
        self.emit(PhaseStarted(phase=phase, detail=detail))

    def progress(self, done: float, total: float | None = None, unit: str = "") -> None:
        """Say how far the phase is."""
        self.emit(PhaseProgress(done=done, total=total, unit=unit))

    def notice(self, text: str, level: str = "info") -> None:
        """Say something that a person may want to know; `level`: info, warn or error."""
        self.emit(Notice(level=level, text=text))  # type: ignore[arg-type]

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Ask the job to stop at its next chance."""
        self._stop.set()

    def check_stop(self) -> None:
        """Raise Stopped when a stop was asked for. For places where there is nothing to keep yet."""
        if self.stop_requested:
            raise Stopped("stopped before there was anything to save")

    def next_command(self, timeout_s: float) -> Command | None:
        """The next command other than Stop; None when none comes in time."""
        try:
            return self._commands.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def answer(self, command: Command, accepted: bool, text: str) -> None:
        """Answer a command."""
        self.emit(CommandAnswered(command=command.id, accepted=accepted, text=text))

    def listen(self) -> None:
        """Take in commands for as long as the process lives; meant for a daemon thread."""
        while True:
            self.take_commands()
            threading.Event().wait(COMMAND_POLL_S)

    def take_commands(self) -> None:
        """Take in what was asked since the last call; a stop is obeyed, the rest waits for `next_command`."""
        for command in self._reader.read():
            self._take(command)

    def _take(self, command: AnyCommand) -> None:
        if isinstance(command, Stop):
            first = not self.stop_requested
            self.request_stop()
            self.answer(command, True, "stopping at the next sub-step" if first else "is stopping already")
        else:
            self._commands.put(command)
