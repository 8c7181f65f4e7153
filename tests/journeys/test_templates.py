"""Every template that comes with ttune trains at once, by real engines on the tiny base."""

import pytest

from engine.base_models import TINY
from engine.errors import DataError
from engine.home import Home
from engine.job import JobFolder
from engine.journal import read_events
from engine.project import Project
from engine.protocol import EvaluationDone
from engine.start import start_evaluation, start_training
from engine.templates import Template, find_template, start_project
from projects import starters
from tests.support import finished, log_of

STEPS = 2
QUICK = {
    "training.max_steps": STEPS, "training.evaluate_every": STEPS, "data.split.validation": 0.02,
    "training.micro_batch": 2, "training.accumulation": 1, "evaluation.max_new_tokens": 8,
}  # fmt: skip
"""Only what makes a run short: all else is as the template says."""
BRIEF_ANSWERS = {"method.grpo.generations": 2, "method.grpo.max_new_tokens": 16}
MEASURED: dict[str, "set[str] | str"] = {
    "dpo-tone": {"token_f1"},
    "kto-answers": {"token_f1"},
    "grpo-maths": {"token_f1", "reward_numeric", "reward_regex", "reward_length"},
    "continued-pretraining": (
        "data.held_out: text rows ask nothing: their measure is the run's validation loss; "
        "to compare answers, set data.held_out to a file of rows with prompts and answers, and train again"
    ),
}
"""What base and tuned are compared by, of rows that hold no plain answer; or why they cannot be."""


def settings_of(template: Template) -> dict[str, object]:
    """What is changed for a run on a CPU, as a person without a GPU would."""
    settings: dict[str, object] = {"model.base": TINY.id, **QUICK}
    if template.name == "sft":  # the one without rows of its own, and for a GPU
        settings |= {"data.source": "ttune:text-to-sql/data/questions.jsonl", "adapter.kind": "lora"}
    return settings | BRIEF_ANSWERS if template.name == "grpo-maths" else settings


@pytest.mark.parametrize("name", [name for name in starters() if name != "quickstart"])  # that one: test_quickstart.py
def test_a_template_trains_as_it_is(home: Home, name: str) -> None:
    template = find_template(home, name)
    project = start_project(home, name, template, settings_of(template))
    run = start_training(project)
    view, _ = finished(run)
    assert (view.condition, view.state.step) == ("completed", STEPS), f"{view.state.finished}\n{log_of(run)}"
    assert (run.adapter / "adapter_config.json").is_file()
    if name in MEASURED:
        assert measured(project, run) == MEASURED[name]


def measured(project: Project, run: JobFolder) -> "set[str] | str":
    """The metrics that base and tuned are compared by, or the words of a refusal."""
    try:
        compared, _ = finished(start_evaluation(project, run, rows=2))
    except DataError as error:
        return str(error)
    done = next((event for event in read_events(compared.folder.events) if isinstance(event, EvaluationDone)), None)
    assert done, log_of(compared.folder)
    return set(done.metrics)
