"""What ttune keeps is for its user alone, whatever the mask of the shell that it was started from."""

import gzip
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.data.dataset import open_dataset
from engine.home import Home
from engine.templates import find_template, start_project
from tui.cli.main import main

ROWS = "question,reply\n" + "".join(f"what is {n}?,a number: {n}\n" for n in range(40)) + "what is 0?,a number: 0\n"
CURATE = [{"step": "drop_duplicates"}, {"step": "personal_data"}]


@pytest.fixture(autouse=True)
def open_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def too_open(folder: Path) -> list[str]:
    """Files and folders that others can read."""
    return [
        f"{stat.filemode(path.stat().st_mode)} {path.relative_to(folder)}"
        for path in folder.rglob("*")
        if path.stat().st_mode & 0o077
    ]


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_new_project_of_own_rows_is_private(home: Home, tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(ROWS.encode() if name.endswith("csv") else gzip.compress(ROWS.encode()))
    assert main(["new", "mine", "--template", "sft", "--data", str(source)]) == 0
    project = home.projects / "mine"
    assert any(project.rglob("*.arrow"))
    assert too_open(home.path) == []


def test_opened_and_curated_rows_are_private(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text(ROWS)
    settings = {"data.source": str(source), "data.curate": CURATE}
    project = start_project(home, "mine", find_template(home, "sft"), settings)
    open_dataset(project.recipe(), project.path)
    kept = {path.suffix for path in project.path.rglob("*") if path.is_file()}
    assert {".arrow", ".npy", ".npz"} <= kept
    assert too_open(home.path) == []
