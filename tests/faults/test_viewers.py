"""The engine outlives everything that watches it, and everyone who watches sees the same. Real terminals."""

import os
import signal
import subprocess
import sys

import pytest

from engine.home import Home
from engine.job import view
from engine.journal import read_events
from engine.protocol import StepDone
from tests.faults.terminal import Terminal
from tests.support import SHORT_RUN, finished, quickstart, until

STEPS = 60
RUN = {**SHORT_RUN, "training.max_steps": STEPS, "training.micro_batch": 8, "training.evaluate_every": STEPS}


def test_a_run_outlives_its_studio_and_every_viewer_sees_every_step(home: Home) -> None:
    project = quickstart(home, **{key.replace(".", "__"): value for key, value in RUN.items()})
    starter = Terminal(home.path, "tickets")
    starter.shows("rows · messages")
    starter.press("t")
    run = until(lambda: next(iter(project.runs()), None), "the run that the studio starts")
    until(lambda: view(run).state.step >= 1, "the first step")

    watcher, another, lost = (Terminal(home.path, "tickets") for _ in range(3))
    attached = subprocess.Popen(
        [sys.executable, "-m", "tui", "attach", "tickets"], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    for studio in (watcher, another, lost):
        studio.shows("#1 training")
        studio.press("3")
    starter.kill()
    lost.hang_up()
    assert view(run).live

    ended, events = finished(run)
    assert ended.condition == "completed"
    out, _ = attached.communicate(timeout=60)
    assert attached.returncode == 0
    told = [line.split()[2] for line in out.splitlines() if line[8:15] == "  step "]
    assert told == [f"{step}/{STEPS}" for step in range(1, STEPS + 1)]
    for studio in (watcher, another):
        studio.shows(f"Adapter of step {STEPS}")
        studio.press("q")
        assert studio.wait() == 0
    assert [event.step for event in events if isinstance(event, StepDone)] == list(range(1, STEPS + 1))
    assert [event.seq for event in read_events(run.events)] == list(range(1, len(events) + 1))


def test_a_killed_engine_is_shown_as_dead_in_every_front_end(home: Home) -> None:
    project = quickstart(home, **{key.replace(".", "__"): value for key, value in RUN.items()})
    detached = subprocess.run(
        [sys.executable, "-m", "tui", "train", "tickets", "--detach"], capture_output=True, text=True, check=True
    )
    run = project.runs()[0]
    assert run.id in detached.stdout
    studio = Terminal(home.path, "tickets")
    attached = subprocess.Popen(
        [sys.executable, "-m", "tui", "attach", "tickets"], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    until(lambda: view(run).state.step >= 3, "step 3")
    studio.shows("#1 training")
    os.kill(int(run.lock.read_text()), signal.SIGKILL)
    last = until(lambda: now if (now := view(run)).condition == "dead" else None, "dead", 15).state.step
    studio.shows(f"dead at step {last}")
    out, _ = attached.communicate(timeout=15)
    assert attached.returncode == 1
    assert "dead" in out
    status = subprocess.run(
        [sys.executable, "-m", "tui", "status", "tickets"], capture_output=True, text=True, check=False
    )
    assert f"{last} of {STEPS}" in status.stdout
    studio.press("q")
    assert studio.wait() == 0


@pytest.mark.parametrize("told", [True, False])
def test_a_studio_ends_with_its_terminal_whether_it_is_told_or_not(home: Home, told: bool) -> None:
    quickstart(home)
    studio = Terminal(home.path, "tickets", told=told)
    studio.shows("rows · messages")
    studio.hang_up()
