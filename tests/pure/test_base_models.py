from typing import get_args

import pytest

from engine.base_models import CHOICES, TINY, Need, choices_for, known, settings_for, suggested
from engine.recipe import Readiness
from engine.recipe_file import parse

TASKS = get_args(Readiness.model_fields["task"].annotation)


@pytest.mark.parametrize("wanted", [*TASKS, *get_args(Need), "something else"])
def test_every_task_and_need_has_choices(wanted):
    found = choices_for(wanted)
    assert len(found) >= 2
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("model", [model for models in CHOICES.values() for model in models], ids=lambda it: it.id)
def test_each_is_described(model):
    assert model.id.count("/") == 1
    assert 1e9 < model.parameters < 1e11
    assert model.length >= 8192
    assert model.licence
    assert model.why
    assert len(model.why) < 60
    assert known(model.id) is not None


@pytest.mark.parametrize(
    ("more", "first", "second"),
    [
        ('[readiness]\ntask = "code"', "Qwen/Qwen2.5-Coder-7B-Instruct", "Qwen/Qwen2.5-Coder-32B-Instruct"),
        ('[readiness]\ntask = "classification"', "mistralai/Mistral-Nemo-Instruct-2407", "Qwen/Qwen3-8B"),
        ('[method]\nkind = "cpt"', "Qwen/Qwen3-4B-Base", "Qwen/Qwen3-8B-Base"),
    ],
)
def test_a_recipes_own_base_comes_first_and_the_tiny_one_last(more, first, second):
    found = suggested(parse(f'[model]\nbase = "{first}"\n{more}\n'))
    assert [model.id for model in found][:2] == [first, second]
    assert found[-1] == TINY


def test_an_unknown_base_gets_the_choices_of_its_task():
    found = suggested(parse('[model]\nbase = "me/mine"\n'))
    assert found == (*choices_for("unsaid"), TINY)
    assert suggested(parse('[model]\nbase = "ttune:quickstart/model"\n')).count(TINY) == 1


def test_sizes_are_said_as_people_do():
    assert (TINY.billions, choices_for("first")[0].billions) == ("4M", "4.0B")


def test_the_tiny_base_takes_no_four_bits():
    assert settings_for(TINY.id, "qlora") == {"model.base": TINY.id, "adapter.kind": "lora"}
    assert settings_for(TINY.id, "lora") == {"model.base": TINY.id}
    assert settings_for("me/mine", "qlora") == {"model.base": "me/mine"}
