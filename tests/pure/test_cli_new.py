"""`ttune new`: a base model that is there, changes that are told of --set, comments that still hold."""

from pathlib import Path

import pytest

from engine.home import open_home
from engine.project import find_project
from tui.cli.main import main

TEMPLATE = '[model]\nbase = "owner/small" # knows tickets\n\n[adapter]\nrank = 8 # narrow\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (open_home().templates / "own.toml").write_text(TEMPLATE)
    return tmp_path


def made(*words: str) -> str:
    assert main(["new", "mine", "--template", "own", *words]) == 0
    return find_project(open_home(), "mine").recipe_path.read_text()


def test_a_base_that_is_changed_loses_the_comment_on_the_old_one():
    assert 'base = "owner/large"\n' in (text := made("--base", "owner/large"))
    assert "rank = 8 # narrow" in text


def test_a_base_that_stays_keeps_its_comment():
    assert '"owner/small" # knows tickets' in made("--base", "owner/small")


def test_a_folder_is_named_by_its_path(folder):
    (folder / "model").mkdir()
    assert f'base = "{folder}/model"' in made("--base", "./model")


@pytest.mark.parametrize("base", ["/nonexistent", "./model", "model", "~/no-model-here", "ttune:none/model"])
def test_a_base_that_is_not_there_is_refused(base, capsys):
    assert main(["new", "mine", "--template", "own", "--base", base]) == 2
    assert f"{base}: no such folder: name a model's folder, or a Hub id" in capsys.readouterr().err
    assert not (open_home().projects / "mine").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("adapter.rank=true", "--set adapter.rank: must be a whole number, not true"),
        ("adapter.r=4", "--set adapter.r: unknown key; did you mean adapter.rank?"),
        ("training.epochs=nan", "--set training.epochs: must be a finite number, not nan"),
    ],
)
def test_a_mistake_of_set_is_told_of_set(words, said, capsys):
    assert main(["new", "mine", "--template", "own", "--set", words]) == 2
    assert said in capsys.readouterr().err


def test_names_alone_are_a_list():
    assert 'targets = ["attention"]' in made("--set", "adapter.targets=attention")
