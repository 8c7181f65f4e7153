"""Recipes of older versions are read, and rewritten with their comments when they are changed."""

import pytest

from engine import recipe_file
from engine.errors import RecipeError

OLD = """\
version = 1 # from last year

[model]
base = "owner/name"

[adapter]
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

[training]
gradient_checkpointing = true # saves memory
group_by_length = false # I like it random
warmup = 0.05 # short
"""


def test_an_old_recipe_means_what_it_meant():
    recipe = recipe_file.parse(OLD)
    assert recipe.version == 2
    assert recipe.training.gradient_checkpointing == "unsloth"
    assert recipe.training.order == "random"
    assert recipe.adapter.targets == ("all",)
    assert recipe.training.warmup == 0.05


def test_each_change_is_noted():
    assert recipe_file.migrated(OLD).notes == (
        "version 1 -> 2",
        'training.gradient_checkpointing = true -> training.gradient_checkpointing = "unsloth"',
        'training.group_by_length = false -> training.order = "random"',
        "adapter.targets = […] -> adapter.targets = […]",
    )
    assert recipe_file.migrated(recipe_file.edit(OLD, {"training.epochs": 2})).notes == ()


def test_the_first_change_migrates_the_file_and_keeps_its_comments():
    text = recipe_file.edit(OLD, {"training.epochs": 2})
    assert text.startswith("version = 2 # from last year\n")
    assert 'gradient_checkpointing = "unsloth" # saves memory' in text
    assert "warmup = 0.05 # short" in text
    assert "group_by_length" not in text
    assert recipe_file.edit(OLD, {}) == OLD


def test_what_is_said_in_the_old_way_without_a_version_is_read_too():
    assert recipe_file.parse('model.base = "a/b"\ntraining.gradient_checkpointing = false').training == (
        recipe_file.parse('model.base = "a/b"\ntraining.gradient_checkpointing = "off"').training
    )


def test_a_newer_recipe_is_refused_in_one_line():
    with pytest.raises(RecipeError, match=r"version: written by a newer ttune.* up to version 2: update ttune"):
        recipe_file.parse('version = 3\nmodel.base = "a/b"')


def test_a_wrong_version_is_a_mistake():
    with pytest.raises(RecipeError, match="version: must be 2, not 'x'"):
        recipe_file.parse('version = "x"\nmodel.base = "a/b"')
