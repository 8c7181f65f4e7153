"""Opening a recipe's data: each stage is kept, named splits are kept to, and what is there is only opened."""

import json
from pathlib import Path

import pytest

from engine.data.dataset import (
    data_key,
    find_dataset,
    folders_of,
    folders_of_home,
    open_dataset,
    opens_at_once,
    take_over,
)
from engine.data.hub import hub_folder, hub_name
from engine.data.places import Rest
from engine.data.store import open_store
from engine.errors import Cancelled, DataError
from engine.home import Home
from engine.recipe import Recipe


def recipe_of(**data: object) -> Recipe:
    return Recipe.model_validate({"model": {"base": "owner/name"}, "data": {"source": "rows.jsonl", **data}})


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def pairs(count: int, first: int = 0) -> list[dict[str, object]]:
    return [{"prompt": f"q {number}", "completion": f"a {number}"} for number in range(first, first + count)]


def test_rows_that_are_no_examples_keep_their_numbers(tmp_path: Path) -> None:
    rows = pairs(20)
    rows[3] = {"prompt": "no answer", "completion": ""}
    rows[7] = {"prompt": "none at all"}
    write(tmp_path / "rows.jsonl", rows)
    dataset = open_dataset(recipe_of(), tmp_path)
    assert list(dataset.usable) == [number for number in range(20) if number not in (3, 7)]
    assert [(bad.line, bool(bad.reason)) for bad in dataset.unfit] == [(4, True), (8, True)]
    assert [example.answer for example in dataset.examples] == [rows[n]["completion"] for n in dataset.usable]
    assert dataset.examples[3].answer == "a 4"
    assert [turns[-1].content for turns in dataset.conversations[2:5]] == ["a 2", "a 4", "a 5"]
    sides = dataset.split
    assert sorted([*sides.train, *sides.validation, *sides.held_out]) == list(range(18))


def test_everything_is_made_once(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", pairs(30))
    recipe = recipe_of(curate=[{"step": "drop_rows", "rows": [1, 2]}])
    assert find_dataset(recipe, tmp_path) is None
    told: list[str] = []
    first = open_dataset(recipe, tmp_path, tell=lambda what, done, total: told.append(what))
    assert {"reading", "sorting"} <= set(told)
    again = find_dataset(recipe, tmp_path)
    assert again is not None
    assert again.split.train == first.split.train
    assert again.records.count == 28
    assert (again.layout.format, again.layout.fits) == ("prompt_completion", 28)
    assert find_dataset(recipe_of(split={"seed": 1}), tmp_path) is None
    assert opens_at_once(recipe_of(split={"seed": 1}), tmp_path), "it is small"


def test_the_key_follows_settings_and_files(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", pairs(3))
    key = data_key(recipe_of(), tmp_path)
    assert key == data_key(recipe_of(), tmp_path)
    assert key != data_key(recipe_of(split={"seed": 1}), tmp_path)
    path.write_text(path.read_text() + "\n")
    assert key != data_key(recipe_of(), tmp_path)


def test_a_random_split_keeps_to_the_splits_that_the_source_names(tmp_path: Path) -> None:
    write(tmp_path / "rows" / "train.jsonl", pairs(40))
    write(tmp_path / "rows" / "test.jsonl", pairs(10, 100))
    dataset = open_dataset(recipe_of(source="rows"), tmp_path)
    answers = [turns[-1].content for turns in dataset.held_out]
    assert sorted(answers) == sorted(f"a {number}" for number in range(100, 110))
    assert len(dataset.split.validation) == 4
    assert dataset.split.notes == ("test rows are the source's own",)
    write(tmp_path / "rows" / "validation.jsonl", pairs(5, 200))
    dataset = open_dataset(recipe_of(source="rows"), tmp_path)
    assert {dataset.examples[place].answer for place in dataset.split.validation} == {f"a {n}" for n in range(200, 205)}
    assert len(dataset.split.train) == 40
    found = find_dataset(recipe_of(source="rows"), tmp_path)
    assert found is not None
    assert found.split == dataset.split


def test_a_held_out_file_is_sorted_by_itself(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", pairs(20))
    write(tmp_path / "held.jsonl", [*pairs(3, 18), {"prompt": "", "completion": "x"}])
    dataset = open_dataset(recipe_of(held_out="held.jsonl"), tmp_path)
    assert [turns[-1].content for turns in dataset.held_out] == ["a 18", "a 19", "a 20"]
    assert dataset.leaked == 2
    assert len(dataset.split.held_out) == 0


def test_giving_up_and_having_nothing(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", pairs(20))
    with pytest.raises(Cancelled):
        open_dataset(recipe_of(), tmp_path, cancelled=lambda: True)
    with pytest.raises(DataError, match=r"data\.source is empty"):
        open_dataset(recipe_of(source=""), tmp_path)
    with pytest.raises(DataError, match="its steps leave no row"):
        open_dataset(recipe_of(curate=[{"step": "drop_rows", "rows": list(range(1, 21))}]), tmp_path)


def test_a_project_takes_over_what_was_imported_before_it_was_there(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", pairs(5))
    home, project = Home(tmp_path / "home"), tmp_path / "home" / "projects" / "mine"
    before = open_store(path, folders_of_home(home).imported)
    project.mkdir(parents=True)
    take_over(recipe_of(source=str(path)), home, project)
    assert not before.folder.exists()
    assert (folders_of(project).imported / before.folder.name).is_dir()
    assert list(before.rows()) == pairs(5), "who reads it goes on"


@pytest.mark.parametrize(
    ("source", "name"), [("hub:a/b", "a/b"), ("hub:a/b:c", "a/b:c"), ("hub:a@v1.0", "a@v1.0"), ("rows.jsonl", "")]
)
def test_names_on_the_hub(source: str, name: str) -> None:
    assert hub_name(source) == name
    if name:
        assert hub_folder(source, Path("x")).parent == Path("x")


def test_a_name_that_cannot_be_on_the_hub_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="write hub:owner/name"):
        hub_name("hub:a b")
    with pytest.raises(DataError, match="not fetched from the Hub yet"):
        open_dataset(recipe_of(source="hub:owner/name"), tmp_path)


def test_the_training_side_is_the_rest(tmp_path: Path) -> None:
    rows = pairs(200)
    rows[7] = {"prompt": "none"}
    write(tmp_path / "rows.jsonl", rows)
    made = open_dataset(recipe_of(), tmp_path).split
    kept = open_dataset(recipe_of(), tmp_path).split
    assert isinstance(kept.train, Rest)
    assert (len(kept.train), kept.train[:5], list(kept.train)) == (len(made.train), made.train[:5], list(made.train))
    assert made.train == kept.train
    assert 199 not in kept.train
