"""What a check still says after settings have changed: what depends on the rows stays, what depends on sides goes."""

import json

import pytest

from engine.advice.at_start import advise_at_start
from engine.data.check.of_dataset import check_dataset, keep_report
from engine.data.dataset import folders_of, open_dataset
from engine.home import Home
from engine.project import Project
from engine.recipe import Recipe
from engine.recipe.migration import laid_over
from engine.situation import DataFacts, gather
from tests.support import quickstart


@pytest.fixture
def project(home: Home) -> Project:
    """Two classes of 300 and 20 rows; 10 rows stand twice, and one holds an address."""
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None)
    rows = [{"prompt": f"question {n} of a customer", "completion": "yes" if n < 300 else "no"} for n in range(320)]
    rows += [*rows[:10], {"prompt": "write to a.person@mail.example.org", "completion": "yes"}]
    (project.path / "data" / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return project


def with_settings(recipe: Recipe, **settings: object) -> Recipe:
    dotted = {key.replace("__", "."): value for key, value in settings.items()}
    return Recipe.model_validate(laid_over(recipe.model_dump(mode="json"), dotted))


def check(project: Project, recipe: Recipe) -> dict[str, int]:
    report = check_dataset(open_dataset(recipe, project.path), recipe, processes=0)
    keep_report(folders_of(project.path), report)
    return report.counts


def facts(project: Project, recipe: Recipe) -> DataFacts:
    return gather(project, recipe).data


def test_the_command_s_check_reaches_advice(project: Project) -> None:
    recipe = project.recipe()
    assert facts(project, recipe).findings == {}
    counts = check(project, recipe)
    assert counts["duplicates"] == 10 and counts["personal_data"] == 1
    assert facts(project, recipe).findings == counts


@pytest.mark.parametrize(
    "settings",
    [
        {"training__max_length": 512}, {"data__split__held_out": 0.11}, {"data__split__by": "stratified"},
        {"data__held_out": "data/rows.jsonl"}, {"training__epochs": 1},
    ],
)  # fmt: skip
def test_what_is_found_in_rows_outlives_other_settings(project: Project, settings: dict[str, object]) -> None:
    check(project, project.recipe())
    found = facts(project, with_settings(project.recipe(), **settings)).findings
    assert found["duplicates"] == 10 and found["personal_data"] == 1


def test_what_is_found_between_sides_is_of_that_split_alone(project: Project) -> None:
    same = with_settings(project.recipe(), data__held_out="data/rows.jsonl")
    assert check(project, same)["leakage"] > 300
    assert facts(project, same).findings["leakage"] > 300
    assert facts(project, same).held_out_is_source
    assert "leakage" not in facts(project, project.recipe()).findings
    assert not facts(project, project.recipe()).held_out_is_source


def test_a_check_from_before_a_step_still_counts_and_one_from_after_it_does_not(project: Project) -> None:
    check(project, project.recipe())
    steps = [{"step": "drop_duplicates"}, {"step": "personal_data"}]
    cleaned = with_settings(project.recipe(), data__curate=steps[:1])
    assert facts(project, cleaned).findings["personal_data"] == 1
    assert facts(project, cleaned).checked_after == ()
    assert "duplicates" not in check(project, cleaned)
    both = facts(project, with_settings(project.recipe(), data__curate=steps))
    assert both.findings["personal_data"] == 1 and "duplicates" not in both.findings
    assert [step.step for step in both.checked_after] == ["drop_duplicates"]
    assert facts(project, project.recipe()).findings["duplicates"] == 10


def test_a_run_that_starts_is_told_what_was_found(project: Project) -> None:
    recipe = with_settings(project.recipe(), data__held_out=str(project.path / "data" / "rows.jsonl"))
    check(project, recipe)
    said = {one.code for one in advise_at_start(recipe, project, open_dataset(recipe, project.path))}
    assert {"duplicates", "personal_data", "held_out_is_source"} <= said


def test_other_rows_and_other_mappings_are_not_the_ones_that_were_checked(project: Project) -> None:
    check(project, project.recipe())
    mapping = {"data__mapping__prompt": "prompt", "data__mapping__answer": "completion"}
    assert facts(project, with_settings(project.recipe(), **mapping)).findings == {}
    path = project.path / "data" / "rows.jsonl"
    path.write_text(path.read_text() + "\n" + json.dumps({"prompt": "one more", "completion": "no"}))
    assert facts(project, project.recipe()).findings == {}


def test_rows_repeated_to_balance_classes_are_no_duplicates(project: Project) -> None:
    steps = [{"step": "drop_duplicates"}, {"step": "balance", "how": "oversample"}]
    balanced = with_settings(project.recipe(), data__curate=steps)
    assert "duplicates" not in check(project, balanced)
    again = with_settings(project.recipe(), data__curate=steps[1:])
    assert check(project, again)["duplicates"] == 10


def test_data_that_cannot_be_used_is_told_from_data_that_nobody_has_read(project: Project) -> None:
    steps = [{"step": "balance"}]
    (project.path / "data" / "rows.jsonl").write_text(
        "\n".join(json.dumps({"prompt": f"q{n}", "completion": f"answer {n}"}) for n in range(200))
    )
    broken = facts(project, with_settings(project.recipe(), data__curate=steps))
    assert broken.unusable and "different answers are no classes" in broken.problem
    assert facts(project, with_settings(project.recipe(), data__source="")).unusable
    assert not facts(project, project.recipe()).unusable
