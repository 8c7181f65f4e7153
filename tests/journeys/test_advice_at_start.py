"""Advice as a run starts: what blocks is refused before anything is launched, what is accepted is kept with the run."""

import os
import subprocess
import sys

import pytest

from engine.errors import UserError
from engine.gathering.machine import Machine
from engine.home import Home
from engine.project import find_project
from engine.situation import GpuFacts
from engine.start import start_training
from tests.support import LONG_RUN, no_engines_left, quickstart

DEAR = {"budget.price_per_hour": 1000, "budget.limit": 0.001}


@pytest.fixture
def home(tmp_path):
    (tmp_path / "projects").mkdir()
    with no_engines_left(tmp_path):
        yield Home(tmp_path)


@pytest.fixture
def project(home):
    return quickstart(home)


def refused(project, settings) -> list[str]:
    with pytest.raises(UserError) as caught:
        start_training(project, settings)
    assert project.jobs("train") == []
    return str(caught.value).splitlines()


def test_all_that_blocks_is_refused_at_once_with_key_reason_and_mend(project):
    lines = refused(project, {
        "hardware.gpus": 2, "adapter.kind": "qlora", "adapter.init": "pissa", "data.split.by": "time",
        "model.base": "nowhere",
    })  # fmt: skip
    assert [line.partition(":")[0].split("/")[-1] for line in lines] == [
        "nowhere", "data.split.field", "adapter.init", "hardware.gpus",
    ]  # fmt: skip
    assert lines[2] == ("adapter.init: PiSSA changes weights that qlora holds in 4 bit: set adapter.init = default")


def test_rows_of_another_method_are_refused(project):
    (line,) = refused(project, {"method.kind": "dpo", "training.epochs": 1})
    assert line.startswith("method.kind: the rows teach answers to imitate, of which dpo learns nothing")
    assert line.endswith("set method.kind = sft")


def test_a_run_over_the_budget_does_not_start_unasked(project):
    (line,) = refused(project, DEAR)
    assert line.startswith("budget.limit: the run is forecast to cost $")
    assert "--accept budget_cost --because TEXT" in line
    accepted = {"advice.accepted.budget_cost": "the month is nearly over"}
    folder = start_training(project, LONG_RUN | DEAR | accepted)
    assert folder.spec.recipe["advice"]["accepted"] == {"budget_cost": "the month is nearly over"}


def test_a_run_that_will_not_fit_the_gpu_here_does_not_start_unasked(project, monkeypatch):
    small = Machine((GpuFacts("NVIDIA GeForce GTX 1030", 2**31, 2**27),), False, 2**40, 2**34, 2)
    monkeypatch.setattr("engine.gathering.machine.read_machine", lambda disk, gpus: small)
    monkeypatch.setattr("engine.gathering.read_machine", lambda disk, gpus: small)
    (line,) = refused(project, {"hardware.gpu": "H200"})
    assert line.startswith("training.micro_batch: it takes ")
    assert "more than 128M" in line
    assert "--accept memory_over --because TEXT" in line
    folder = start_training(project, LONG_RUN | {"advice.accepted.memory_over": "the other program ends soon"})
    assert folder.spec.recipe["advice"]["accepted"].keys() == {"memory_over"}


def test_the_caller_is_told_all_advice_and_the_run_keeps_what_was_accepted(project):
    settings = {"adapter.alpha": 200, "adapter.dropout": 0.3, "advice.accepted.alpha_off": "a study of scale"}
    told = []
    folder = start_training(project, LONG_RUN | settings, advised=told.extend)
    said = {one.code: one.accepted for one in told if one.severity == "warns"}
    assert said == {"alpha_off": "a study of scale", "dropout_high": ""}
    assert folder.spec.recipe["advice"]["accepted"] == {"alpha_off": "a study of scale"}


def test_train_says_warnings_on_stderr_and_answers_json_as_before(home):
    project = quickstart(home, "off", adapter__alpha=200, adapter__dropout=0.3, advice__accepted__alpha_off="a study")
    words = ["train", "off", "--set", "training.max_steps=2000", "--detach"]
    run = lambda *more: subprocess.run(  # noqa: E731
        [sys.executable, "-m", "tui", *words, *more], env=os.environ | {"TTUNE_HOME": str(home.path)}, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    plain = run()
    assert plain.stderr.splitlines() == [
        "! adapter.dropout: 30% of the adapter's inputs are dropped; 5-10% are enough  [dropout_high]",
        "  1 warning is accepted; `ttune advice off` says which, and why",
    ]
    as_json = run("--json")
    assert as_json.stderr == ""
    assert '"run": ' in as_json.stdout and '"dropout_high"' in as_json.stdout
    assert len(find_project(home, "off").jobs("train")) == 2
    assert project.name == "off"
