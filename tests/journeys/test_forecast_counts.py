"""Steps and tokens are forecast as the engine plans and the trainer then counts them, to the last one."""

import json
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from engine.forecast import forecast
from engine.home import Home
from engine.project import Project
from engine.protocol import StepDone
from engine.situation import gather
from engine.start import start_audit, start_training
from engine.steps.plan import order
from tests.journeys.test_methods import judged, pairs, questions, said
from tests.support import finished, log_of, quickstart
from tests.training_runs import forecast as planned
from tui.cli.main import main

BANKING = Path(__file__).parent.parent / "fixtures" / "data" / "findings" / "banking77-train.csv"

QUICK: dict[str, Any] = {"training__evaluate_every": 0.5, "training__micro_batch": 4, "training__accumulation": 2}


def starter(home: Home, **settings: Any) -> Project:
    """The starter project, a third of an epoch in smaller steps."""
    return quickstart(home, **QUICK, training__epochs=0.3, **settings)


def banking(home: Home, **settings: Any) -> Project:
    """banking77's questions and intents, on the starter's model, with the end of three epochs and part of a fourth."""
    return quickstart(
        home, data__source=str(BANKING), data__held_out=None, data__mapping__prompt="text",
        data__mapping__answer="category", training__epochs=3.6, **QUICK, **settings,
    )  # fmt: skip


@pytest.mark.parametrize("packing", [False, True], ids=["rows", "packed"])
@pytest.mark.parametrize("make", [starter, banking])
def test_steps_and_tokens_are_the_trainers_own(make: Any, packing: bool, home: Home, capsys: Any) -> None:
    project = make(home, training__packing=packing)
    made, tokens = planned(project)
    view, _ = finished(start_audit(project, project.recipe()))
    assert view.condition == "completed", log_of(view.folder)
    run = start_training(project)
    view, events = finished(run)
    assert view.condition == "completed", log_of(run)
    assert [event.tokens for event in events if isinstance(event, StepDone)] == tokens.tolist()
    assert view.state.plan is not None and view.state.plan.steps == len(tokens)
    assert view.state.data is not None and view.state.data.sequences == len(made)

    capsys.readouterr()
    assert main(["forecast", project.name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["exact"]
    assert (told["steps"], told["tokens"]) == (len(tokens), tokens.sum())

    again = forecast(project.recipe(), gather(project, project.recipe()))
    assert again.seconds is not None
    assert again.seconds.source == "measured"


def judging(home: Home, kind: str, rows: list[dict[str, Any]], **settings: Any) -> Project:
    """A project of rows that judge answers, two epochs and a part of a third."""
    project = quickstart(
        home, data__source="data/rows.jsonl", data__held_out=None, method__kind=kind,
        method__allow=["answers_lost"], **QUICK | {"training__epochs": 2.3} | settings,
    )  # fmt: skip
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return project


def told_and_trained(project: Project, capsys: Any) -> tuple[dict[str, Any], list[int]]:
    """What is forecast after an audit, and the tokens of each step that is then trained."""
    view, _ = finished(start_audit(project, project.recipe()))
    assert view.condition == "completed", log_of(view.folder)
    capsys.readouterr()
    assert main(["forecast", project.name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    run = start_training(project)
    view, events = finished(run)
    assert view.condition == "completed", log_of(run)
    return told, [event.tokens for event in events if isinstance(event, StepDone)]


def mixed_pairs() -> list[dict[str, Any]]:
    """Pairs of other and of one length, the same answer twice, answers and prompts that a short length cuts off."""
    rows = pairs()[:60]
    words = [chosen["content"] for chosen in (row["chosen"][0] for row in rows)]
    for number in range(0, 60, 6):
        rows[number] = rows[number] | {"rejected": rows[number]["chosen"]}
        rows[number + 1] = rows[number + 1] | {"rejected": said(words[number + 2])}
    rows[3] = rows[3] | {"chosen": said("Yes. " + "word " * 200), "rejected": said("No. " + "word " * 200)}
    rows[4] = rows[4] | {"prompt": [{"role": "user", "content": "word " * 300}]}
    return rows


@pytest.mark.parametrize("longest", [160, 1024])
@pytest.mark.parametrize("kind", ["dpo", "orpo", "kto"])
def test_pairs_are_counted_as_the_trainer_counts_them(kind: str, longest: int, home: Home, capsys: Any) -> None:
    told, trained = told_and_trained(judging(home, kind, mixed_pairs(), training__max_length=longest), capsys)
    assert told["exact"], told["notes"]
    assert (told["steps"], told["tokens"]) == (len(trained), sum(trained))


def test_judged_answers_are_counted_as_the_trainer_counts_them(home: Home, capsys: Any) -> None:
    rows = judged()[:60]
    rows[0] = rows[0] | {"prompt": [{"role": "user", "content": "word " * 300}]}
    told, trained = told_and_trained(judging(home, "kto", rows, training__max_length=200), capsys)
    assert told["exact"], told["notes"]
    assert (told["steps"], told["tokens"]) == (len(trained), sum(trained))


def test_sampled_answers_are_counted_in_steps_and_bounded_in_tokens(home: Home, capsys: Any) -> None:
    rows = questions()[:30]
    rows[0] = rows[0] | {"prompt": [{"role": "user", "content": "word " * 300}]}
    project = judging(
        home, "grpo", rows, rewards=[{"kind": "length", "most": 20}], training__max_length=200,
        method__grpo__generations=2, method__grpo__max_new_tokens=8, training__micro_batch=6, training__epochs=1.6,
    )  # fmt: skip
    told, trained = told_and_trained(project, capsys)
    assert told["steps"] == len(trained)
    assert not told["exact"]
    assert any("nobody knows how long the sampled answers will be" in note for note in told["notes"])
    assert sum(trained) <= 1.02 * told["tokens"], "prompts are counted by their mean"


@pytest.mark.parametrize("packing", [False, True], ids=["rows", "packed"])
def test_the_starter_s_own_epochs_are_counted_by_the_same_arithmetic(packing: bool, home: Home) -> None:
    project = quickstart(home, training__packing=packing)
    training = project.recipe().training
    made, tokens = planned(project)
    rows_a_step = training.micro_batch * training.accumulation
    an_epoch = ceil(len(made) / rows_a_step)
    assert training.epochs == 1.5
    assert len(tokens) == ceil(1.5 * an_epoch)
    assert tokens[:an_epoch].sum() == made.lengths.sum()
    second = made.lengths[order(made.lengths, training, 1)]
    assert tokens[an_epoch:].tolist() == [
        second[step * rows_a_step : (step + 1) * rows_a_step].sum() for step in range(len(tokens) - an_epoch)
    ]
