"""A recipe as Axolotl's YAML comes back the same, but for what is named as unsaid."""

from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import recipe_file
from engine.bridges import export_recipe, import_recipe
from engine.bridges.differing import OF_TTUNE_ALONE, has_effect
from engine.bridges.importing import import_source
from engine.bridges.source import parse_yaml
from engine.bridges.to_axolotl import Resolved, to_axolotl
from engine.bridges.toml_text import as_toml
from engine.recipe import Recipe
from engine.recipe.diff import differences, values
from engine.recipe.migration import laid_over
from engine.recipe_file import parse, validate
from tests.support import quickstart

RECORDED = Path(__file__).parents[1] / "recorded" / "bridges"
RESOLVED = Resolved("messages", 0.1, "hub:a/rows", "a/b")
OPEN = {"data.split.held_out"}

names = st.text("abcdefghijklmnop_", min_size=1, max_size=8)
shares = st.sampled_from([0.0, 0.03, 0.1, 0.25])
sayable = st.fixed_dictionaries(
    {"model.base": st.just("a/b"), "data.source": st.sampled_from(["hub:a/rows", "hub:a/rows:main", "hub:a/rows@v1"])},
    optional={
        "model.revision": names,
        "method.kind": st.sampled_from(["sft", "dpo", "kto", "orpo", "grpo"]),
        "method.answers_only": st.booleans(),
        "method.preference.beta": st.sampled_from([0.05, 0.1, 0.5]),
        "method.preference.loss": st.sampled_from(["sigmoid", "ipo"]),
        "method.preference.label_smoothing": st.sampled_from([0.0, 0.1]),
        "method.preference.desirable_weight": st.sampled_from([1.0, 1.3]),
        "method.preference.undesirable_weight": st.sampled_from([1.0, 0.7]),
        "method.grpo.generations": st.integers(2, 16),
        "method.grpo.max_new_tokens": st.integers(1, 900),
        "method.grpo.beta": shares,
        "method.grpo.loss": st.sampled_from(["dapo", "grpo", "dr_grpo", "bnpo"]),
        "method.grpo.scale_rewards": st.sampled_from(["group", "none"]),
        "adapter.kind": st.sampled_from(["lora", "qlora", "full"]),
        "adapter.rank": st.integers(1, 256),
        "adapter.alpha": st.integers(1, 256),
        "adapter.dropout": st.sampled_from([0.0, 0.05, 0.1]),
        "adapter.targets": st.sampled_from([["all"], ["attention"], ["mlp"], ["q_proj", "v_proj"]]),
        "adapter.also_train": st.sampled_from([[], ["embed_tokens"], ["embed_tokens", "lm_head"]]),
        "adapter.rslora": st.booleans(),
        "adapter.dora": st.booleans(),
        "adapter.init": st.sampled_from(["default", "pissa"]),
        "training.learning_rate": st.sampled_from([1e-6, 5e-5, 2e-4]),
        "training.schedule": st.sampled_from(["cosine", "linear", "constant"]),
        "training.warmup": st.one_of(shares, st.integers(1, 50)),
        "training.optimiser": st.sampled_from(["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"]),
        "training.weight_decay": shares,
        "training.max_grad_norm": st.sampled_from([0.3, 1.0]),
        "training.epochs": st.sampled_from([0.5, 1, 3]),
        "training.max_steps": st.integers(1, 10_000),
        "training.micro_batch": st.integers(1, 64),
        "training.accumulation": st.integers(1, 64),
        "training.max_length": st.integers(1000, 100_000),
        "training.packing": st.booleans(),
        "training.order": st.sampled_from(["by_length", "random"]),
        "training.seed": st.integers(0, 10_000),
        "training.precision": st.sampled_from(["auto", "bf16", "fp16", "fp32"]),
        "training.gradient_checkpointing": st.sampled_from(["unsloth", "plain", "off"]),
        "training.evaluate_every": st.sampled_from([0.05, 0.1, 100]),
        "training.keep_checkpoints": st.integers(1, 9),
        "training.patience": st.integers(0, 5),
        "data.split.validation": st.sampled_from([0.02, 0.1]),
        "trackers.use": st.sampled_from([[], ["wandb"], ["tensorboard", "wandb"]]),
    },
)
unsayable = st.fixed_dictionaries(
    {},
    optional={
        "training.order": st.just("given"),
        "method.grpo.scale_rewards": st.just("batch"),
        "training.max_length": st.integers(8, 900),
        "model.adapter": names,
        "training.rope_scaling": st.sampled_from(["linear", "yarn", "off"]),
        "training.save_every": st.sampled_from([0.2, 7]),
        "data.split.by": st.sampled_from(["stratified", "time"]),
        "data.curate": st.just([{"step": "language", "keep": ["en"]}]),
        "data.mapping": st.just({"prompt": "{{ a }} b", "answer": "c"}),
        "rewards": st.just([{"kind": "exact"}]),
        "trackers.use": st.just(["trackio"]),
        "hardware.gpus": st.integers(2, 8),
        "chat.system": names,
    },
)


def recipe_of(content: dict) -> Recipe:
    return validate(laid_over({}, {"version": 2, **content}))


def named(line: str) -> str:
    """The key that a line is about."""
    return line.partition(" = ")[0].partition(":")[0]


def back(recipe, resolved=RESOLVED):
    exported = to_axolotl(recipe, resolved)
    return exported, import_source(parse_yaml(exported.text, Path("/x/config.yaml")), "axolotl").recipe


@settings(max_examples=150, deadline=None)
@given(sayable)
def test_what_axolotl_can_say_comes_back(content):
    recipe = recipe_of(content)
    formats = {"dpo": "preference", "orpo": "preference", "kto": "unpaired"}
    laid_out = formats.get(recipe.method.kind, "messages")
    share = recipe.data.split.validation or 0.1
    exported, again = back(recipe, Resolved(laid_out, share, recipe.data.source, "a/b"))
    refused = {"training.packing"} if recipe.method.kind != "sft" and recipe.training.packing else set()
    bare = {"data.format"} if recipe.method.kind in ("kto", "orpo", "grpo") else set()
    assert {named(line) for line in exported.uncarried} == refused | bare
    left = {it.key for it in differences(recipe, again) if has_effect(recipe, it.key)}
    assert left <= {"description", "data.format", "data.split.validation", "trackers.use"} | refused
    if recipe.method.kind != "grpo":
        assert again.data.format == laid_out


@settings(max_examples=150, deadline=None)
@given(sayable, unsayable)
def test_what_does_not_come_back_is_named(content, more):
    recipe = recipe_of(content | more)
    exported, again = back(recipe)
    said = {named(line) for line in exported.uncarried}
    for it in differences(recipe, again):
        alone = it.key.partition(".")[0] in OF_TTUNE_ALONE
        left_open = it.key in (
            "data.source", "data.format", "data.split.validation", "data.split.held_out", "model.adapter"
        )  # fmt: skip
        same = it.key == "trackers.use" and set(it.a) == set(it.b)
        assert alone or left_open or same or it.key in said or not has_effect(recipe, it.key), it
    for key in said:
        assert f"#   {key}" in exported.text
    assert isinstance(yaml.safe_load(exported.text), dict)


@settings(max_examples=100, deadline=None)
@given(sayable, unsayable)
def test_settings_as_toml_are_the_same_recipe(content, more):
    recipe = recipe_of(content | more)
    changed = {key: value for key, value in values(recipe).items() if value is not None}
    assert parse(as_toml(changed)) == recipe


def test_every_example_of_axolotl_survives_going_there_and_back():
    for path in sorted((RECORDED / "axolotl").iterdir()):
        recipe = import_recipe(path).recipe
        validation = recipe.data.split.validation or 0.0
        exported, again = back(recipe, Resolved(recipe.data.format, validation, recipe.data.source))
        reads_otherwise = recipe.data.format == "alpaca" or recipe.method.kind in ("kto", "orpo")
        assert [named(line) for line in exported.uncarried] == ["data.format"] * reads_otherwise, path
        left = {it.key for it in differences(recipe, again)} - {"training.evaluate_every", "training.save_every"}
        assert left == {"description"}, path
        kept = recipe.training.save_every or recipe.training.evaluate_every
        assert (again.training.save_every or again.training.evaluate_every) == kept, path


def test_the_starter_project_as_axolotl(home):
    project = quickstart(home)
    written = export_recipe(project, project.recipe(), "axolotl")
    content = yaml.safe_load(written.text)
    assert content["base_model"].endswith("quickstart/model")
    assert content["datasets"][0]["path"].endswith("tickets.jsonl")
    assert (content["val_set_size"], content["eval_steps"], content["num_epochs"]) == (0.05, 0.2, 1.5)
    assert written.uncarried == ()


def test_toml_keeps_the_file_s_comments_or_says_what_was_changed(home):
    project = quickstart(home)
    assert export_recipe(project, project.recipe(), "toml").text == project.recipe_path.read_text()
    other = recipe_file.parse(recipe_file.edit(project.recipe_path.read_text(), {"adapter.rank": 8}))
    text = export_recipe(project, other, "toml").text
    assert parse(text) == other
    assert "rank = 8" in text
