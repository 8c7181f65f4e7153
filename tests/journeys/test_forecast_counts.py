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
