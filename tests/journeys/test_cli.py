"""The command line against real engines: make a project, train, watch, stop, measure, talk."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journal import read_events
from engine.protocol import StepDone
from tests.support import no_engines_left

QUICK = ["--set", "training.micro_batch=2", "--set", "training.max_length=96", "--set", "training.evaluate_every=1000"]
PATIENCE_S = 180


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    assert run(folder, "new", "triage").returncode == 0
    with no_engines_left(folder):
        yield folder


def command(home: Path, *words: str, **more) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=home, env=os.environ | {"TTUNE_HOME": str(home)}, **more,
    )  # fmt: skip


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    process = command(home, *words)
    out, err = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def answer(home: Path, *words: str):
    done = run(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def steps_told(text: str) -> list[int]:
    return [int(line.split()[2].partition("/")[0]) for line in text.splitlines() if line[8:15] == "  step "]


def until_line(process: subprocess.Popen[str], part: str) -> str:
    for line in process.stdout:
        if part in line:
            return line
    raise AssertionError(f"ended without {part!r}: {process.stderr.read()}")


@pytest.fixture(scope="module")
def trained(home) -> dict:
    """A finished run of 12 steps, which two followers have watched."""
    started = answer(home, "train", "triage", "--set", "training.max_steps=12", *QUICK, "--detach")
    started["returned"] = time.time()
    followers = [command(home, "attach", started["run"]) for _ in range(2)]
    started["told"] = [follower.communicate(timeout=PATIENCE_S)[0] for follower in followers]
    assert [follower.returncode for follower in followers] == [0, 0]
    return started


def test_train_detach_returns_before_the_first_step_with_id_and_path(trained):
    steps = [event for event in read_events(Path(trained["path"]) / "events.jsonl") if isinstance(event, StepDone)]
    assert trained["returned"] < steps[0].time
    assert Path(trained["path"]).name == trained["run"]
    assert (Path(trained["path"]) / "job.toml").is_file()


def test_every_follower_sees_every_step_once(trained):
    for told in trained["told"]:
        assert steps_told(told) == list(range(1, 13))
        assert "completed" in told.splitlines()[-2]


def test_status_and_runs_know_the_end(home, trained):
    status = answer(home, "status", "triage#1")
    assert (status["state"], status["step"], status["steps"]) == ("completed", 12, 12)
    assert Path(status["adapter"]).is_dir()
    assert [run["run"] for run in answer(home, "runs")] == [trained["run"]]


def test_eval_measures_once_and_then_shows_it(home, trained):
    first = answer(home, "eval", "triage#1", "--rows", "3")
    assert first["rows"] == 3
    assert {"base", "tuned", "difference", "interval", "p"} == set(first["metrics"][first["main"]])
    assert answer(home, "eval", trained["run"], "--rows", "3")["evaluation"] == first["evaluation"]


def test_chat_answers_with_both_models_and_ends_its_engine(home, trained):
    told = answer(home, "chat", "triage#1", "--prompt", "Where is my refund?", "--max-new-tokens", "8")
    assert set(told["answers"]) == {"base", "tuned"}
    assert all(0 < side["tokens"] <= 8 for side in told["details"].values())
    (job,) = (home / "projects" / "triage" / "jobs").glob("*-chat-*")
    finished = run(home, "attach", str(job))
    assert "stopped" in finished.stdout
    talk = run(home, "chat", "triage#1", "--prompt", "Hello", "--max-new-tokens", "4")
    assert talk.returncode == 0
    assert talk.stdout.index("base:") < talk.stdout.index("tuned:")


def test_an_interrupt_leaves_the_run_and_stop_ends_it(home, trained):
    # A shell that starts the tests in the background has them ignore SIGINT, and children inherit that.
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    process = command(home, "train", "triage", "--set", "training.max_steps=100000", *QUICK, preexec_fn=heard)
    until_line(process, "  step ")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "it goes on" in told
    assert "ttune stop triage#2" in told
    live = answer(home, "runs")[0]
    assert (live["number"], live["state"]) == (2, "running")
    stopped = run(home, "stop", "triage#2")
    assert stopped.returncode == 0
    assert "■ triage #2 stopped" in stopped.stdout
    assert Path(answer(home, "status", "triage#2")["adapter"]).is_dir()


def test_stop_is_heard_by_an_engine_that_has_just_started(home):
    run_id = answer(home, "train", "triage", "--set", "training.max_steps=100000", *QUICK, "--detach")["run"]
    assert answer(home, "stop", run_id)["state"] == "stopped"


def test_a_file_of_labels_becomes_a_project_and_a_run(home):
    """By the words of the README alone."""
    random.seed(3)
    labels = ["card_arrival", "lost_card", "refund"]
    rows = ["text,category", *(f'"Message {number}, please",{random.choice(labels)}' for number in range(60))]
    (home / "labels.csv").write_text("\n".join(rows))
    assert answer(home, "new", "banking", "--data", "labels.csv")["created"]
    done = run(home, "train", "banking", "--set", "training.max_steps=3")
    assert done.returncode == 0, done.stdout
    assert steps_told(done.stdout) == [1, 2, 3]
