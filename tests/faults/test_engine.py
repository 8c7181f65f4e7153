"""What an engine survives, and how it says what it does not. Real processes, killed for real."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from engine import lock
from engine.home import Home, open_home
from engine.job import Follower, JobFolder, launch, send, view
from engine.journal import read_events
from engine.protocol import CommandAnswered, Finished, StepDone, Stop
from engine.run_state import SILENT_AFTER_S
from engine.start import start_training
from projects import resource
from tests.support import LONG_RUN, SHORT_RUN, finished, follow, no_engines_left, quickstart, until


def training(home: Home, step: int = 2) -> JobFolder:
    """A run that has done some steps and has many to go."""
    run = start_training(quickstart(home), LONG_RUN)
    follow(run, lambda now: now.state.step >= step, f"step {step}")
    return run


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobFolder]:
    """One long run for the tests after which it still goes on; the last of them stops it."""
    path = tmp_path_factory.mktemp("going") / "home"
    with pytest.MonkeyPatch.context() as patch, no_engines_left(path):
        patch.setenv("TTUNE_HOME", str(path))
        yield training(open_home())


def pid_of(run: JobFolder) -> int:
    return int(run.lock.read_text())


def test_a_run_completes_and_its_journal_is_whole(trained: JobFolder) -> None:
    events = read_events(trained.events)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all(early.time <= late.time for early, late in pairwise(events))
    assert [event.step for event in events if isinstance(event, StepDone)] == list(range(1, 7))
    assert isinstance(events[-1], Finished)
    assert (trained.adapter / "adapter_model.safetensors").is_file()


def test_two_engines_never_work_on_one_folder(going: JobFolder) -> None:
    second = subprocess.run(
        [sys.executable, "-P", "-m", "engine", str(going.path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 2
    assert "another engine" in second.stderr
    assert going.is_alive()


def test_a_hang_up_does_not_reach_the_engine(going: JobFolder) -> None:
    os.kill(pid_of(going), signal.SIGHUP)
    step = view(going).state.step
    follow(going, lambda now: now.state.step > step + 1, "more steps")
    assert os.getsid(pid_of(going)) == pid_of(going)


def test_an_engine_that_hangs_is_told_from_one_that_works(going: JobFolder) -> None:
    os.kill(pid_of(going), signal.SIGSTOP)
    follower = Follower(going)
    hung = until(lambda: now if (now := follower.poll()[0]).silent_s else None, "silence noticed", SILENT_AFTER_S + 20)
    assert hung.condition == "running"
    os.kill(pid_of(going), signal.SIGCONT)
    until(lambda: follower.poll()[0].silent_s is None, "a sign of life")


def test_stop_saves_verifies_and_says_so(going: JobFolder) -> None:
    command = send(going, Stop())
    ended, events = finished(going)
    assert ended.condition == "stopped"
    answers = [event for event in events if isinstance(event, CommandAnswered)]
    assert [(answer.command, answer.accepted) for answer in answers] == [(command, True)]
    assert ended.state.adapter is not None
    assert ended.state.adapter.tensors == 56
    last = ended.state.step
    assert ended.state.checkpoints[-1].step == last
    assert (going.path / "checkpoints" / f"checkpoint-{last}" / "optimizer.pt").is_file()
    assert f"step {last}" in str(ended.state.finished)


def test_a_killed_engine_is_dead_at_once_and_a_torn_last_line_harms_nothing(home: Home) -> None:
    run = training(home)
    os.kill(pid_of(run), signal.SIGKILL)
    began = time.monotonic()
    dead = until(lambda: now if (now := view(run)).condition == "dead" else None, "dead")
    assert time.monotonic() - began < 15
    assert dead.state.step >= 2
    assert dead.state.finished is None
    with open(run.events, "ab") as journal:
        journal.write(msgspec.json.encode(StepDone(seq=99, time=1, step=99, epoch=1, loss=1.0))[:-9])
    torn = view(run)
    assert (torn.condition, torn.state.step) == ("dead", dead.state.step)


def test_being_told_to_terminate_is_a_stop(home: Home) -> None:
    run = training(home)
    os.kill(pid_of(run), signal.SIGTERM)
    ended, _ = finished(run)
    assert ended.condition == "stopped"
    assert ended.state.adapter is not None


def test_a_stop_before_the_first_step_ends_with_nothing_to_save(home: Home) -> None:
    run = start_training(quickstart(home), LONG_RUN)
    follow(run, lambda now: now.state.phase is not None, "the first phase")
    send(run, Stop())
    ended, _ = finished(run)
    assert ended.condition == "stopped"
    assert not run.adapter.exists()


def test_children_of_an_engine_do_not_keep_its_lock(home: Home) -> None:
    path = home.path / "some.lock"
    code = (
        "import os, sys, time; from pathlib import Path; from engine import lock; lock.acquire(Path(sys.argv[1]));"
        "print('held', flush=True); os.fork() or time.sleep(60); sys.stdin.read()"
    )
    engine = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert engine.stdout is not None
    assert engine.stdout.readline() == b"held\n"
    assert lock.is_held(path)
    engine.kill()
    engine.wait()
    assert not lock.is_held(path)
    with suppress(ProcessLookupError):
        os.killpg(engine.pid, signal.SIGKILL)


def test_a_loss_that_is_no_number_ends_the_run_with_the_reason(home: Home, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(resource("ttune:quickstart/model"), tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, broken / "model.safetensors", {"format": "pt"})
    run = start_training(quickstart(home, model__base=str(broken)), SHORT_RUN)
    ended, events = finished(run)
    assert ended.condition == "failed"
    assert [event.loss for event in events if isinstance(event, StepDone)] == [None, None, None]
    assert ended.state.finished is not None
    assert "no number from the first step" in ended.state.finished.reason


def test_an_engine_whose_data_vanished_says_so_in_one_line(home: Home) -> None:
    project = quickstart(home, data__source="rows.jsonl", data__held_out="")
    rows = project.path / "rows.jsonl"
    rows.write_text('{"prompt": "a", "completion": "b"}\n' * 30)
    run = start_training(project, {**SHORT_RUN, "data.split.validation": 0.0, "data.split.held_out": 0.0})
    os.kill(pid_of(until(lambda: run if run.is_alive() else None, "the engine")), signal.SIGKILL)
    until(lambda: not run.is_alive(), "the lock let go")
    rows.unlink()
    launch(run)
    until(lambda: run.is_alive() or view(run).condition == "failed", "the second engine")
    ended, _ = finished(run)
    assert ended.condition == "failed"
    assert ended.state.finished is not None
    assert "rows.jsonl: no such file" in ended.state.finished.reason
