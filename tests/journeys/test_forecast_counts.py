"""Steps and tokens are forecast as the trainer then counts them, to the last one."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.forecast import forecast
from engine.home import Home
from engine.project import Project
from engine.protocol import StepDone
from engine.situation import gather
from engine.start import start_audit, start_training
from tests.support import finished, log_of, quickstart
from tui.cli.main import main

BANKING = Path(__file__).parent.parent / "fixtures" / "data" / "findings" / "banking77-train.csv"

QUICK: dict[str, Any] = {"training.evaluate_every": 0.5, "training.micro_batch": 4, "training.accumulation": 2}


def starter(home: Home) -> Project:
    """The starter project as it comes, but for smaller steps."""
    return quickstart(home)


def banking(home: Home) -> Project:
    """banking77's questions and intents, on the starter's model."""
    return quickstart(
        home, data__source=str(BANKING), data__held_out=None, data__mapping__prompt="text",
        data__mapping__answer="category",
    )  # fmt: skip


@pytest.mark.parametrize("packing", [False, True], ids=["rows", "packed"])
@pytest.mark.parametrize(("make", "epochs"), [(starter, 0.3), (banking, 3.6)])
def test_steps_and_tokens_are_the_trainers_own(
    make: Any, epochs: float, packing: bool, home: Home, capsys: Any
) -> None:
    project, changes = make(home), QUICK | {"training.packing": packing, "training.epochs": epochs}
    view, _ = finished(start_audit(project, project.recipe()))
    assert view.condition == "completed", log_of(view.folder)
    run = start_training(project, changes)
    view, events = finished(run)
    assert view.condition == "completed", log_of(run)
    steps = [event for event in events if isinstance(event, StepDone)]

    words = [f"--set={key}={json.dumps(value)}" for key, value in changes.items()]
    capsys.readouterr()
    assert main(["forecast", project.name, "--json", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["exact"]
    assert told["steps"] == len(steps)
    assert told["tokens"] == sum(step.tokens for step in steps)

    again = forecast(project.recipe(), gather(project, project.recipe()))
    assert again.seconds is not None
    assert again.seconds.source == "measured"
