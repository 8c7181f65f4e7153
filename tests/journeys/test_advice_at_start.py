"""Advice as a run starts: what blocks is refused before anything is launched, what is accepted is kept with the run."""

import json
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
from tests.pure.advising import LLAMA_8B
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


def test_an_adapter_that_is_not_there_or_of_another_shape_is_refused_before_anything_is_launched(home, project):
    (line,) = refused(project, {"model.adapter": "nope#7"})
    assert line.startswith("model.adapter: nope#7: no such run in ")
    folder = project.path / "mine"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 32, "lora_alpha": 64}')
    (line,) = refused(project, {"model.adapter": "mine"})
    assert line == (
        "adapter.rank: mine has rank 32 and alpha 64, and 16 and 32 are asked for: set adapter.rank = 32, "
        "adapter.alpha = 64"
    )
    (folder / "ttune.json").write_text('{"base": "Qwen/Qwen3-4B"}')
    (line,) = refused(project, {"model.adapter": "mine", "adapter.rank": 32, "adapter.alpha": 64})
    assert line.startswith("model.adapter: mine was trained on Qwen/Qwen3-4B, which is another base")


def test_layers_that_are_not_there_are_refused(project):
    (line,) = refused(project, {"adapter.targets": ["q_proj", "query"]})
    assert line.startswith("adapter.targets: no layer of this model is called query: there are q_proj, k_proj, v_proj")
    assert line.endswith("set adapter.targets = q_proj")


def test_a_model_that_the_machine_s_memory_does_not_hold_does_not_start_unasked_on_a_cpu(project, monkeypatch):
    cpu = Machine((), False, 2**40, 8 * 2**30, 2)
    monkeypatch.setattr("engine.gathering.machine.read_machine", lambda disk, gpus: cpu)
    monkeypatch.setattr("engine.gathering.read_machine", lambda disk, gpus: cpu)
    large = project.path / "large"
    large.mkdir()
    (large / "config.json").write_text(json.dumps(LLAMA_8B))
    (line,) = refused(project, {"model.base": "large", "hardware.gpu": "H100"})
    assert line.startswith("model.base: it takes ")
    assert "more than the 8.0G that are free without a GPU" in line
    assert "--accept memory_over --because TEXT" in line
