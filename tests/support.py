"""What several tests need: short real runs, and waiting on conditions."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil

from engine.home import Home
from engine.job import Follower, JobFolder, JobView
from engine.project import Project
from engine.protocol import AnyEvent
from engine.templates import find_template, start_project

Answer = TypeVar("Answer")

SHORT_RUN = {
    "training.max_steps": 6,
    "training.micro_batch": 4,
    "training.evaluate_every": 3,
    "data.split.validation": 0.02,
}
"""Settings of a real run that takes seconds: 6 steps and 2 evaluations of 20 rows."""

LONG_RUN = {**SHORT_RUN, "training.max_steps": 2000, "training.evaluate_every": 500}
"""Settings of a real run that is still going when a test is done with it."""

PATIENCE_S = 120.0
"""For conditions that need an engine to import torch on a busy machine."""


def until(condition: Callable[[], Answer], what: str, patience_s: float = PATIENCE_S) -> Answer:
    """The first truthy answer of `condition`, which is asked again and again; fails when patience runs out."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {patience_s:.0f} s in vain for: {what}")


def quickstart(home: Home, name: str = "tickets", **settings: object) -> Project:
    """A project of the quickstart template with some settings changed; `__` in a name stands for a dot."""
    dotted = {key.replace("__", "."): value for key, value in settings.items()}
    return start_project(home, name, find_template(home, "quickstart"), dotted)


def follow(folder: JobFolder, condition: Callable[[JobView], bool], what: str) -> tuple[JobView, list[AnyEvent]]:
    """Follow a job until its view meets a condition; the view, and every event up to it."""
    follower, seen = Follower(folder), list[AnyEvent]()

    def met() -> JobView | None:
        view, events = follower.poll()
        seen.extend(events)
        if view.condition in ("failed", "dead") and not condition(view):
            raise AssertionError(f"{what}: the job is {view.condition}: {view.state.finished}\n{log_of(folder)}")
        return view if condition(view) else None

    view = until(met, what)
    return view, seen


def finished(folder: JobFolder) -> tuple[JobView, list[AnyEvent]]:
    """Follow a job to its end."""
    return follow(folder, lambda view: not view.live, f"the end of {folder.id}")


def log_of(folder: JobFolder) -> str:
    """The engine's log, for the message of a test that failed."""
    return folder.log.read_text(errors="replace")[-3000:] if folder.log.exists() else "(no log)"


@contextmanager
def no_engines_left(home: Path) -> Iterator[None]:
    """Kill every engine of a home at the end, so that a failing test leaves nothing running."""
    try:
        yield
    finally:
        for process in engines_of(home):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def engines_of(home: Path) -> list[int]:
    """Processes that were launched on jobs of a home, those that have no lock yet among them."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "engine" in words and words[-1].startswith(f"{home}/"):
            found.append(process.pid)
    return found
