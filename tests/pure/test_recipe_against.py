"""What a recipe is compared with, and taking theirs."""

import json
from pathlib import Path

import pytest

import engine.templates
from engine.project import find_project
from engine.recipe_against import against, compared, default_recipe, plain_values, run_of, taken, template_of
from engine.recipe_file import parse, save
from tests.support import quickstart
from tui.cli.main import main

GRPO = """
[model]
base = "a"
[method]
kind = "grpo"
[[rewards]]
kind = "numeric"
[[rewards]]
kind = "length"
most = 100
[advice.accepted]
rate = "a test"
"""


def test_a_project_is_compared_with_the_template_it_is_from(home):
    project = quickstart(home, adapter__rank=8, data__source="mine.jsonl")
    template = template_of(home, project)
    assert template.name == "quickstart@1"
    found = compared(template, project.recipe())
    assert [(each.key, each.b) for each in found] == [("data.source", "mine.jsonl"), ("adapter.rank", 8)]
    assert taken(template, "adapter.rank") is None, "theirs is the default"
    assert taken(template, "training.learning_rate") == 2e-3


def test_without_a_template_there_are_the_defaults(home):
    project = quickstart(home)
    (project.path / "template.toml").unlink()
    save(project.recipe_path, {"template": None})
    assert template_of(home, project) is None
    assert against(home, project).defaults
    keys = [each.key for each in compared(default_recipe(), project.recipe())]
    assert "adapter.alpha" in keys
    assert not {"model.base", "data.source", "version", "description"} & set(keys)


def test_a_damaged_template_is_none(home):
    project = quickstart(home)
    (project.path / "template.toml").write_text("[model")
    assert template_of(home, project) is None


def test_rewards_and_texts_are_taken_as_they_were_written():
    recipe = parse(GRPO)
    values = plain_values(recipe)
    assert values["rewards"] == [{"kind": "numeric"}, {"kind": "length", "most": 100}]
    assert values["advice.accepted"] == {"rate": "a test"}


def test_a_run_is_compared_by_its_own_copy(trained):
    other = run_of(trained)
    assert other.name == "tickets#1"
    assert other.recipe.training.max_steps == 6


def test_the_command_says_what_differs_and_takes_it_over(home, capsys):
    quickstart(home, "one", adapter__rank=8, training__epochs=2)
    quickstart(home, "two", adapter__rank=64)
    assert main(["diff", "one"]) == 0
    assert "adapter.rank" in (said := capsys.readouterr().out)
    assert "quickstart@1" in said
    assert main(["diff", "one", "two", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["a"], document["b"]) == ("two", "one")
    assert {"key": "adapter.rank", "a": 64, "b": 8} in document["differences"]
    assert main(["diff", "one", "two", "--take", "adapter.rank"]) == 0
    assert "taken from two" in capsys.readouterr().out
    assert main(["diff", "one", "quickstart", "--take", "all"]) == 0
    capsys.readouterr()
    assert main(["diff", "one"]) == 0
    assert "say the same" in capsys.readouterr().out


def test_accepted_warnings_are_shown_with_their_reasons_and_stay_with_all(home, capsys):
    accepted = {"alpha_off": "a study of scale"}
    quickstart(home, "one", adapter__rank=8, advice__accepted=accepted)
    assert main(["diff", "one"]) == 0
    assert "alpha_off: a study of scale" in capsys.readouterr().out
    assert main(["diff", "one", "--take", "all"]) == 0
    recipe = find_project(home, "one").recipe()
    assert (recipe.adapter.rank, recipe.advice.accepted) == (16, accepted)
    assert main(["diff", "one", "--take", "all", "--take", "advice.accepted"]) == 0
    assert find_project(home, "one").recipe().advice.accepted == {}


def test_what_is_not_set_is_null_for_scripts(home, capsys):
    quickstart(home, "one", hardware__gpu="H100 80GB")
    assert main(["diff", "one", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["differences"]
    assert found == {"key": "hardware.gpu", "a": None, "b": "H100 80GB"}


def test_a_run_that_is_not_there_is_told_in_one_way(home, capsys):
    quickstart(home, "one")
    for words in (["diff", "one", "one#1"], ["recipe", "one#1"], ["status", "one#1"]):
        assert main(words) == 2
        assert "one#1: no such run: one has none yet: `ttune train one` makes one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(["one", "nothing"], "no run, template, project"), (["one", "--take", "adapter.rank"], "does not differ")],
)
def test_what_cannot_be_compared_is_refused(home, capsys, words, complaint):
    quickstart(home, "one")
    assert main(["diff", *words]) == 2
    assert complaint in capsys.readouterr().err


def test_the_template_is_read_by_a_thread_without_waiting_for_another_that_loads_templates():
    """`engine.templates` loads some of its parts: threads that begin at either end would wait for each other."""
    begun = [name for name in template_of.__code__.co_names if name.startswith("engine.templates.")]
    assert begun == ["engine.templates.pins"]
    assert "engine.templates.pins" not in Path(engine.templates.__file__).read_text(), "else it is such a part too"
