"""Fetching a dataset of the Hub, with `datasets` itself: a folder of that name beside us stands for the Hub."""

import json

import pytest

from engine.data.dataset import folders_of, open_dataset
from engine.errors import DataError
from engine.jobs.hub import fetch
from tests.mask_runs import context_of
from tests.support import quickstart
from tui.cli.main import main


@pytest.fixture
def project(home, tmp_path, monkeypatch):
    """A project whose source is `hub:owner/name`."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return quickstart(home, data__source="hub:owner/name", data__held_out=None)


def test_splits_are_fetched_once_and_kept_apart(project, tmp_path):
    folder = tmp_path / "owner" / "name"
    folder.mkdir(parents=True)
    for split, count in (("train", 40), ("test", 6)):
        rows = [{"prompt": f"{split} {number}", "completion": "x"} for number in range(count)]
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    place = fetch(context_of(project), "hub:owner/name")
    assert sorted(file.name for file in place.iterdir()) == ["test.parquet", "train.parquet"]
    assert place.parent == folders_of(project.path).hub
    (folder / "train.jsonl").unlink()
    assert fetch(context_of(project), "hub:owner/name") == place
    dataset = open_dataset(project.recipe(), project.path)
    assert (dataset.records.count, len(dataset.held_out)) == (46, 6)
    assert {turns[0].content[:4] for turns in dataset.held_out} == {"test"}


def test_what_is_not_there_leaves_nothing_behind(project):
    with pytest.raises(DataError, match=r"hub:owner/name: .*(cannot be reached|not on the Hub)"):
        fetch(context_of(project), "hub:owner/name")
    hub = folders_of(project.path).hub
    assert not hub.exists() or list(hub.iterdir()) == []


def test_the_command_line_makes_a_project_of_a_hub_name_and_says_when_it_is_out_of_reach(home, monkeypatch, capsys):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["new", "hubbed", "--data", "hub:owner/name"]) == 0
    assert "fetched when the project is opened" in capsys.readouterr().out
    assert main(["data", "show", "hubbed"]) == 2
    said = capsys.readouterr().err
    assert "hub:owner/name: " in said
    assert "cannot be reached" in said
