"""`ttune status`: what a method measures, in lines and as JSON."""

import json
import re

from engine.job import JobSpec, JobView, create
from engine.protocol import Evaluated, StepDone, TrainingPlanned
from engine.run_state import RunState, fold
from tui.cli.report import document
from tui.cli.status import describe

PLAN = TrainingPlanned(steps=100, epochs=1, micro_batch=4, accumulation=4)


def view(tmp_path, kind: str, steps, *evaluations, condition="running") -> JobView:
    spec = JobSpec(
        id="20260101-000000-train-x", kind="train", project="x", project_path=str(tmp_path), number=3, created=0,
        recipe={"version": 2, "method": {"kind": kind}},
    )  # fmt: skip
    told = [StepDone(step=number, epoch=0.1, loss=0.5, metrics=metrics) for number, metrics in enumerate(steps, 1)]
    return JobView(create(tmp_path, spec), fold(RunState(), [PLAN, *told, *evaluations]), condition)


def test_a_run_without_figures_is_told_as_before(tmp_path):
    lines = list(describe(view(tmp_path, "sft", [{}], Evaluated(step=1, loss=0.4, seconds=1, best=True))))
    assert "  loss      0.500  validation 0.400  best 0.400 at step 1" in lines
    assert not any("measured" in line for line in lines)


def test_figures_are_told_with_what_they_say(tmp_path):
    metrics = {"rewards/margins": 0.25, "rewards/accuracies": 0.75, "of tomorrow": 12.0}
    seen = view(tmp_path, "dpo", [metrics, metrics | {"rewards/margins": 0.35}])
    lines = list(describe(seen))
    assert "  measured  mean of the last 2 steps, then the last validation; ↑ ↓ the way that is good" in lines
    place = next(at for at, line in enumerate(lines) if "measured" in line)
    assert re.fullmatch(r"    margin +0\.300 +—  ↑ chosen gain less rejected gain", lines[place + 1])
    assert re.match(r"    pairs right +75% +—  ↑ share of pairs", lines[place + 2])
    assert re.fullmatch(r"    of tomorrow +12\.0 +—", lines[place + 3])


def test_the_reward_stands_in_place_of_a_loss_that_there_is_not(tmp_path):
    measured = Evaluated(step=1, loss=None, seconds=1, best=True, metrics={"reward": 0.4})
    for condition in ("running", "completed"):
        lines = list(describe(view(tmp_path, "grpo", [{"reward": 0.3}], measured, condition=condition)))
        assert "  reward    0.300  validation 0.400  best 0.400 at step 1" in lines
        assert not any(line.startswith("  loss") for line in lines)


def test_json_has_the_figures_by_their_own_names(tmp_path):
    metrics = {"reward": 0.3, "kl": None}
    measured = Evaluated(step=1, loss=None, seconds=1, best=True, metrics={"reward": 0.4})
    told = json.loads(json.dumps(document(view(tmp_path, "grpo", [metrics], measured)), allow_nan=False))
    assert (told["method"], told["metrics"], told["validation_metrics"]) == ("grpo", metrics, {"reward": 0.4})
    assert (told["validation_loss"], told["validation_reward"]) == (None, 0.4)
    empty = document(view(tmp_path / "other", "sft", []))
    assert (empty["metrics"], empty["validation_metrics"], empty["validation_reward"]) == ({}, {}, None)
