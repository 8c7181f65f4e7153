"""`ttune import` and `ttune recipe`, as a person and as a script call them."""

import json
import os
from pathlib import Path

import pytest
import yaml

from engine.bridges import export_recipe
from engine.bridges.source import MOST_BYTES
from engine.recipe_file import load, parse
from tests.support import quickstart
from tui.cli.main import main

RECORDED = Path(__file__).parents[1] / "recorded" / "bridges"


def test_a_yaml_becomes_a_project_and_what_is_lost_is_said(home, capsys):
    file = RECORDED / "axolotl" / "llama-3_lora-8b.yml"
    assert main(["import", str(file), "llama", "--set", "training.epochs=1"]) == 0
    said = capsys.readouterr().out
    assert "llama made of" in said
    assert "no equivalent: load_in_8bit: true (line 8)" in said
    assert "Axolotl's own defaults:" in said
    recipe = load(home.projects / "llama" / "project.toml")
    assert (recipe.training.epochs, recipe.adapter.rank) == (1, 32)
    assert main(["import", str(file), "llama"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_same_for_a_script(home, capsys):
    assert main(["import", str(RECORDED / "llama-factory" / "qwen3_lora_dpo.yaml"), "dpo", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["from"] == "LLaMA-Factory"
    assert {
        "key": "pref_beta",
        "line": 11,
        "value": 0.1,
        "settings": {"method.preference.beta": 0.1},
        "why": "",
    } in told["mapped"]
    assert "max_samples" in {entry["key"] for entry in told["without"]}
    assert told["unknown"] == []
    assert Path(told["path"], "project.toml").is_file()


def test_a_wrong_yaml_is_one_line_and_leaves_nothing(home, capsys, tmp_path):
    (tmp_path / "x.yml").write_text("base_model: a/b\nlearning_rate: fast\n")
    assert main(["import", str(tmp_path / "x.yml"), "x"]) == 2
    said = capsys.readouterr().err
    assert said == f"{tmp_path / 'x.yml'}: line 2: learning_rate: must be a number, not 'fast'\n"
    assert not (home.projects / "x").exists()


def test_a_recipe_in_every_form(home, capsys, tmp_path):
    project = quickstart(home)
    assert main(["recipe", "tickets"]) == 0
    assert parse(capsys.readouterr().out) == project.recipe()
    assert main(["recipe", "tickets", "--as", "axolotl"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["num_epochs"] == 1.5
    assert main(["recipe", "tickets", "--as", "train.py", "--out", str(tmp_path / "alone"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == {"train.jsonl": 950, "validation.jsonl": 50}
    compile((tmp_path / "alone" / "train.py").read_text(), "train.py", "exec")
    assert main(["recipe", "tickets", "--as", "train.py", "--out", str(tmp_path / "alone")]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["recipe", "tickets", "--as", "xml"]) == 2
    assert "must be one of toml, axolotl, train.py" in capsys.readouterr().err
    assert main(["recipe", "none"]) == 2
    assert "no such project" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["axolotl", "train.py"])
def test_what_cannot_be_said_is_known_before_anything_is_written(home, tmp_path, form):
    project = quickstart(home)
    recipe = project.recipe()
    target = tmp_path / "there"
    foretold = export_recipe(project, recipe, form, target, dry=True)
    assert not target.exists()
    written = export_recipe(project, recipe, form, target)
    assert (foretold.text, foretold.uncarried, foretold.files) == (written.text, written.uncarried, written.files)


def test_a_device_or_pipe_is_neither_read_nor_replaced(home, tmp_path, capsys):
    quickstart(home)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big.yml").write_bytes(b"#" * (MOST_BYTES + 1))
    for words, said in (
        (["import", str(tmp_path / "pipe"), "x"], "is no file"),
        (["import", "/dev/zero", "x"], "is no file"),
        (["import", str(tmp_path / "big.yml"), "x"], "this is no configuration"),
        (
            ["recipe", "tickets", "--as", "axolotl", "--force", "--out", str(tmp_path / "pipe")],
            "is no file that can be replaced",
        ),
        (["recipe", "tickets", "--as", "axolotl", "--out", ""], "--out: is empty"),
        (["templates", "save", "tickets", ""], "is empty"),
        (["new", "x", "--data", ""], "--data: is empty"),
    ):
        assert main(words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
    assert main(["templates", "save", "tickets", "mine"]) == 0
    assert main(["templates", "export", "mine", str(tmp_path / "pipe"), "--force"]) == 2
    assert "is no file that can be replaced" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo()
