"""The starter project keeps its promise: it trains in about a minute, and beats its base clearly."""

from pathlib import Path

from engine.data.dataset import open_dataset
from engine.home import Home
from engine.journal import read_events
from engine.protocol import EvaluationDone
from engine.start import start_evaluation, start_training
from projects import resource
from tests.support import finished, quickstart


def test_the_default_recipe_turns_prose_into_the_right_json(home: Home) -> None:
    project = quickstart(home)
    run = start_training(project)
    ended, _ = finished(run)
    assert ended.condition == "completed"
    assert ended.state.evaluations
    evaluation = start_evaluation(project, run)
    finished(evaluation)
    (done,) = [event for event in read_events(evaluation.events) if isinstance(event, EvaluationDone)]
    assert done.rows == 200
    score = done.metrics["json_fields"]
    assert score.base < 0.2
    assert score.tuned > 0.8
    assert score.p < 0.001
    assert score.interval[0] > 0.5


def test_no_held_out_row_is_among_the_training_rows(home: Home) -> None:
    project = quickstart(home)
    dataset = open_dataset(project.recipe(), project.path)
    asked = {conversation[-2].content.casefold() for conversation in dataset.held_out}
    assert len(asked) == len(dataset.held_out) == 200
    assert asked.isdisjoint(conversation[-2].content.casefold() for conversation in dataset.conversations)


def test_the_model_fits_what_serves_it() -> None:
    import msgspec

    model: Path = resource("ttune:quickstart/model")
    assert sum(path.stat().st_size for path in model.iterdir()) <= 16_000_000
    assert (model / "tokenizer.model").is_file()
    assert (model / "chat_template.jinja").is_file()
    config = msgspec.json.decode((model / "config.json").read_bytes())
    assert config["model_type"] == "llama"
    assert all(config[width] % 256 == 0 for width in ("hidden_size", "intermediate_size", "vocab_size"))
