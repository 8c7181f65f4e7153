"""What is written for other tools works there, is named where it does not, and overwrites nothing of its own."""

import stat

import pytest
import yaml

from engine.bridges import export_recipe
from engine.bridges.script.sampled import places_beside
from engine.bridges.source import BridgeError
from engine.bridges.to_axolotl import Resolved, to_axolotl
from engine.errors import UserError
from engine.recipe.migration import laid_over
from engine.recipe_file import validate
from engine.templates import find_template, start_project
from tests.support import quickstart

ROWS = Resolved("messages", 0.1, "hub:a/rows", "a/b")


def recipe_of(**dotted):
    content = {key.replace("__", "."): value for key, value in dotted.items()}
    return validate(laid_over({}, {"version": 2, "model.base": "a/b", "data.source": "hub:a/rows", **content}))


def exported(format="messages", validation=0.1, adapter="", **dotted):
    found = to_axolotl(recipe_of(**dotted), Resolved(format, validation, "hub:a/rows", "a/b", adapter))
    return yaml.safe_load(found.text), found.uncarried, found.text


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def sampling(home):
    """A grpo project whose rewards are files that would be in each other's way."""
    rewards = [{"kind": "python", "file": name} for name in ("train.py", "a/s.py", "b/s.py")]
    project = start_project(home, "rw", find_template(home, "grpo-maths"), {"rewards": rewards})
    for folder in ("a", "b"):
        (project.path / folder).mkdir()
    for name in ("train.py", "a/s.py", "b/s.py"):
        (project.path / name).write_text(f"def score(prompt, answer, row):\n    return '{name}'\n")
    return project


def test_files_of_rewards_are_in_nobody_s_way(sampling, tmp_path):
    written = export_recipe(sampling, sampling.recipe(), "train.py", tmp_path / "x")
    script = (tmp_path / "x" / "train.py").read_text()
    assert script == written.text != (sampling.path / "train.py").read_text()
    for name in ("train.py", "a/s.py", "b/s.py"):
        assert name in (tmp_path / "x" / "rewards" / name).read_text()
        assert f'run_path(str(HERE / "rewards/{name}"))' in script
        assert tmp_path / "x" / "rewards" / name in written.files
    assert {mode(path) for path in written.files} == {0o600}


def test_files_of_rewards_that_are_there_are_kept(sampling, tmp_path):
    (tmp_path / "x" / "rewards" / "a").mkdir(parents=True)
    (tmp_path / "x" / "rewards" / "a" / "s.py").write_text("mine")
    with pytest.raises(BridgeError, match=r"a/s.py: is there already"):
        export_recipe(sampling, sampling.recipe(), "train.py", tmp_path / "x")
    assert not (tmp_path / "x" / "train.py").exists()
    export_recipe(sampling, sampling.recipe(), "train.py", tmp_path / "x", force=True)
    assert (tmp_path / "x" / "rewards" / "a" / "s.py").read_text() != "mine"


def test_a_reward_s_file_that_is_gone_leaves_nothing_written(sampling, tmp_path):
    (sampling.path / "b" / "s.py").unlink()
    with pytest.raises(BridgeError, match=r"b/s.py: cannot be read"):
        export_recipe(sampling, sampling.recipe(), "train.py", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_files_from_outside_lie_beside_each_other():
    files = ["/x/s.py", "/y/s.py", "s.py", "../s.py", "~/s.py", "a/s.py", "/x/s.py"]
    places = places_beside(files)
    assert list(places) == files[:-1]
    assert len(set(places.values())) == len(places)
    assert all(place.startswith("rewards/") and ".." not in place for place in places.values())


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_is_no_folder_for_a_script(home, tmp_path, below):
    (tmp_path / "file").write_text("mine")
    project = quickstart(home)
    with pytest.raises(BridgeError, match="give a folder"):
        export_recipe(project, project.recipe(), "train.py", tmp_path / "file" / below)
    assert (tmp_path / "file").read_text() == "mine"


PLAIN = {"data__mapping": {"prompt": "ask", "answer": "say"}}


@pytest.mark.parametrize(
    "mapping",
    [
        {"prompt": "{subject}\n\n{body}", "answer": "queue"},
        {"prompt": "{{ ask }}", "answer": "say"},
        {"prompt": "{ask}!", "answer": "say"},
        {"prompt": "c.d", "answer": "say"},
        {"prompt": "ask", "answer": "{t}"},
    ],
)
def test_axolotl_is_given_no_templates_as_fields(mapping):
    content, uncarried, _ = exported(data__mapping=mapping)
    assert content["datasets"] == [{"path": "a/rows", "type": "chat_template", "field_messages": "messages"}]
    said = "\n".join(uncarried)
    assert "data.mapping.prompt = " in said
    assert "fills in no templates: `ttune data export PROJECT --as messages" in said


@pytest.mark.parametrize(
    ("system", "keys", "named"),
    [
        ("", {}, False),
        ("Sort the message.", {"system_prompt": "Sort the message."}, False),
        ("{sys}", {"field_system": "sys"}, False),
        ("Hi {sys}", {}, True),
        ("{{ sys }}", {}, True),
    ],
)
def test_a_system_text_is_a_text_and_a_column_a_column(system, keys, named):
    content, uncarried, _ = exported(data__mapping={"system": system, "prompt": "ask", "answer": "say"})
    kind = content["datasets"][0]["type"]
    assert {key: kind.get(key) for key in ("system_prompt", "field_system") if key in kind} == keys
    assert any(line.startswith("data.mapping.system = ") for line in uncarried) is named


@pytest.mark.parametrize(
    ("format", "settings", "words"),
    [
        ("alpaca", {}, "words of its own"),
        ("prompt_completion", {}, "no chat template"),
        ("mapping", PLAIN, "no chat template"),
        ("unpaired", {"method__kind": "kto"}, "no chat template"),
        ("preference", {"method__kind": "orpo"}, "from turns in chosen and rejected"),
        ("prompt_answer", {"method__kind": "grpo"}, "around prompts that are turns alone"),
    ],
)
def test_another_prompt_is_named_with_the_mend(format, settings, words):
    _, uncarried, text = exported(format, **settings)
    assert any(words in line for line in uncarried)
    assert "What Axolotl cannot say:" in text


def test_formats_that_go_through_the_chat_template_are_carried():
    assert exported("messages")[1] == exported("sharegpt")[1] == ()
    content, uncarried, _ = exported("preference", method__kind="dpo")
    assert content["datasets"][0]["type"] == "chat_template.default"
    assert uncarried == ()
    mapping = {"prompt": "ask", "chosen": "good", "rejected": "bad"}
    content, uncarried, _ = exported("mapping", method__kind="dpo", data__mapping=mapping)
    assert content["datasets"][0]["field_messages"] == "ask"
    assert uncarried == ()


def test_nothing_is_measured_where_no_rows_are_kept_for_it():
    content, uncarried, _ = exported(validation=0.0, training__evaluate_every=0.1, training__patience=3)
    assert content["save_steps"] == 0.1
    assert not {"eval_steps", "early_stopping_patience", "load_best_model_at_end"} & set(content)
    assert [line for line in uncarried if not line.startswith("data.split")] == ["training.patience = 3"]


def test_what_axolotl_refuses_is_not_written():
    content, uncarried, _ = exported("unpaired", method__kind="kto", training__packing=True)
    assert content["remove_unused_columns"] is False
    assert "sample_packing" not in content
    assert "training.packing = true" in uncarried
    content, _, _ = exported(training__evaluate_every=0.05, training__save_every=0.2, training__patience=2)
    assert (content["save_steps"], content["eval_steps"]) == (0.2, 0.05)
    content, uncarried, _ = exported(training__evaluate_every=0.1, training__save_every=0.3, training__patience=2)
    assert content["save_steps"] % content["eval_steps"] == 0
    assert "training.save_every = 0.3" in uncarried
    assert exported("question", method__kind="grpo")[0]["trl"]["scale_rewards"] is True
    content, uncarried, _ = exported("question", method__kind="grpo", method__grpo__scale_rewards="batch")
    assert "scale_rewards" not in content["trl"]
    assert 'method.grpo.scale_rewards = "batch"' in uncarried


def test_a_constant_rate_with_a_warm_up_has_its_own_name():
    assert exported(training__schedule="constant", training__warmup=5)[0]["lr_scheduler"] == "constant_with_warmup"
    assert exported(training__schedule="constant", training__warmup=0)[0]["lr_scheduler"] == "constant"


def test_layers_by_other_names_are_the_same_layers():
    content, uncarried, _ = exported(adapter__targets=["attention", "gate_proj"])
    assert set(content["lora_target_modules"]) == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj"}
    assert uncarried == ()


def test_settings_are_told_as_toml_writes_them():
    rewards = [{"kind": "numeric", "weight": 0.6}, {"kind": "length", "most": 9}]
    settings = {"method__kind": "grpo", "rewards": rewards, "data__mapping": {"prompt": "a", "solution": "b"}}
    _, uncarried, _ = exported("mapping", **settings)
    assert "rewards = numeric, length" in uncarried
    said = {line.partition(" = ")[0] for line in uncarried if " = " in line}
    assert "data.mapping.answer" not in said
    assert not any("{'" in line or line.endswith("=") for line in uncarried)


def test_rows_that_are_a_file_of_their_own_are_not_trained():
    assert "are trained here" in exported()[2]
    assert "are trained here" not in exported(data__held_out="held.jsonl")[2]


def test_an_adapter_is_a_folder_that_axolotl_finds(home):
    project = quickstart(home)
    (project.path / "mine").mkdir()
    (project.path / "mine" / "adapter_config.json").write_text("{}")
    settings = {"model__adapter": "mine"}
    recipe = recipe_of(**settings)
    content = yaml.safe_load(export_recipe(project, recipe, "axolotl").text)
    assert content["lora_model_dir"] == str(project.path / "mine")
    with pytest.raises(UserError):
        export_recipe(project, recipe_of(model__adapter="tone#3"), "axolotl")
