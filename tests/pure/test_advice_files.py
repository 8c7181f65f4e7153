"""The files that a recipe names: the adapter to go on from, those of rewards, and the commit of the base."""

import json
import shutil
from pathlib import Path

import pytest

from engine.advice.looking import gather, look
from engine.advice.named import Named, named_of
from engine.home import Home
from engine.recipe import Recipe
from engine.situation import Situation
from tests.support import quickstart

SHAPE = {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "use_rslora": True}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "projects").mkdir()
    return quickstart(Home(tmp_path))


def going_on(reference: str, base: str = "one") -> Recipe:
    return Recipe.model_validate({"model": {"base": base, "adapter": reference}})


def adapter(folder: Path, base: object = None, **shape: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps(SHAPE | shape))
    if base is not None:
        (folder / "ttune.json").write_text(json.dumps({"base": str(base), "fingerprint": ""}))
    return folder


def model(folder: Path, content: str = "{}", weights: bytes = b"1234") -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(content)
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_an_adapter_s_shape_is_what_its_folder_says(project):
    adapter(project.path / "mine")
    recipe = going_on("mine")
    found = look(recipe, project.path).adapter_of(recipe)
    assert found is not None and not found.problem and not found.other_base
    assert (found.rank, found.alpha, found.rslora, found.dora) == (8, 16.0, True, False)
    assert look(recipe, project.path).adapter_of(going_on("other")) is None


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: None, "mine: no project mine"),
        (lambda folder: adapter(folder, peft_type="IA3"), "holds no LoRA adapter"),
        (lambda folder: (adapter(folder) / "adapter_config.json").write_text("{"), "cannot be read"),
    ],
)
def test_an_adapter_that_cannot_be_gone_on_from_says_why(project, make, told):
    make(project.path / "mine")
    found = look(going_on("mine"), project.path).adapter
    assert found is not None and "\n" not in found.problem
    assert told.partition(":")[0] in found.problem


def test_a_base_is_another_only_where_that_is_sure(project):
    one, copy = model(project.path / "one"), model(project.path / "copy")
    other = model(project.path / "other", weights=b"12345")
    for number, (noted, is_other) in enumerate([
        (one, False), (copy, False), (other, True), (project.path / "gone", False), ("Qwen/Qwen3-4B", True),
    ]):  # fmt: skip
        adapter(project.path / f"a{number}", noted)
        found = look(going_on(f"a{number}"), project.path).adapter
        assert found is not None and found.other_base == (str(noted) if is_other else "")


def test_a_hub_id_is_known_by_name(project):
    adapter(project.path / "mine", "Qwen/Qwen3-4B")
    same = look(going_on("mine", "Qwen/Qwen3-4B"), project.path).adapter
    other = look(going_on("mine", "Qwen/Qwen3-8B"), project.path).adapter
    assert (same and same.other_base, other and other.other_base) == ("", "Qwen/Qwen3-4B")


def test_the_commit_of_a_hub_id_is_that_of_the_files_that_are_here(project, tmp_path):
    repository = tmp_path / "hub" / "models--Qwen--Qwen3-4B"
    (repository / "snapshots" / ("c" * 40)).mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("c" * 40)
    assert look(going_on("", "Qwen/Qwen3-4B"), project.path).commit == "c" * 40
    assert look(going_on("", "Qwen/Qwen3-8B"), project.path).commit == ""
    shutil.rmtree(repository)
    assert look(going_on("", "Qwen/Qwen3-4B"), project.path).commit == ""


def test_files_of_rewards_are_looked_at(project):
    (project.path / "mine.py").write_text("def other(): ...")
    reward = {"kind": "python", "file": "mine.py"}
    recipe = Recipe.model_validate({"model": {"base": "one"}, "rewards": [reward]})
    (problem,) = look(recipe, project.path).reward_problems
    assert "has no function score" in problem


def test_a_situation_is_gathered_with_them(project):
    found = gather(project, project.recipe())
    assert isinstance(found, Situation) and found.data.train and named_of(found).base == project.recipe().model.base
    assert named_of(Situation()) == Named()
