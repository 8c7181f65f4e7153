"""The templates that come with ttune: what each says, and the rows it starts with."""

import json
import re
import sqlite3
from functools import cache
from pathlib import Path

import pytest
import tomli

from engine.base_models import choices_for, known, suggested
from engine.data.check.of_dataset import check_dataset
from engine.data.dataset import Dataset, Folders, open_dataset
from engine.recipe import Recipe
from engine.recipe.diff import values
from engine.recipe_file import load
from engine.recipe_form import fields, outside_advice
from projects import ROOT, SCHEME, starters
from projects.rows.__main__ import files, names

MOST_BYTES = 150_000
WITH_ROWS = sorted(set(starters()) - {"sft"})
OURS = sorted(names())
FORMATS = {
    "ticket-triage": "mapping", "json-extraction": "messages", "text-to-sql": "prompt_completion",
    "summaries": "alpaca", "chat-style": "sharegpt", "code-review": "messages", "multilingual-routing": "mapping",
    "continued-pretraining": "text", "dpo-tone": "preference", "grpo-maths": "mapping", "kto-answers": "unpaired",
    "quickstart": "messages",
}  # fmt: skip
METHODS = {"continued-pretraining": "cpt", "dpo-tone": "dpo", "grpo-maths": "grpo", "kto-answers": "kto"}
EXPECTED_NOTES = {"few_rows", "few_held_out", "split", "language"}
"""What a check may say of samples: they are small, and one is in six languages by intent."""


@cache
def recipe(name: str) -> Recipe:
    return load(ROOT / name / "project.toml")


@pytest.fixture
def dataset(name: str, tmp_path: Path) -> Dataset:
    return open_dataset(recipe(name), tmp_path, folders=Folders(tmp_path))


def test_there_are_ten_and_more():
    assert len(starters()) >= 12
    assert set(FORMATS) == set(WITH_ROWS)


@pytest.mark.parametrize("name", starters())
def test_every_value_has_its_reason(name):
    text = (ROOT / name / "project.toml").read_text()
    assert text.startswith("# ")
    assert max(map(len, text.splitlines())) <= 240
    joined = re.sub(r'"{3}\\\n.*?"{3}', "text", text, flags=re.DOTALL)
    bare = [line for line in joined.splitlines() if re.match(r"[a-z_]+ = ", line) and "# " not in line]
    assert [line for line in bare if not line.startswith("description")] == []


@pytest.mark.parametrize("name", OURS)
def test_each_says_what_to_change_first_and_how_to_try_it(name):
    head = (ROOT / name / "project.toml").read_text().split("\nversion")[0]
    assert "Change first, in this order:" in head
    assert "1. data.source" in head
    assert "--base ttune:quickstart/model" in head
    assert "The sample: " in head


@pytest.mark.parametrize("name", OURS)
def test_each_is_a_whole_recipe(name):
    it = recipe(name)
    assert it.method.kind == METHODS.get(name, "sft")
    assert it.readiness.task != "unsaid"
    assert it.description
    assert it.chat.prompts
    assert it.data.source.startswith(f"{SCHEME}{name}/data/")
    assert it.evaluation.threshold or it.method.kind == "cpt"
    assert bool(it.rewards) == (it.method.kind == "grpo")
    assert it.training.micro_batch * it.training.accumulation == 16


@pytest.mark.parametrize("name", OURS)
def test_values_are_within_what_is_advised(name):
    flat = values(recipe(name))
    outside = {
        spec.key: said
        for spec in fields()
        if (said := outside_advice(spec, flat[spec.key], flat)) and flat[spec.key] != spec.default
    }
    assert outside == {}


@pytest.mark.parametrize(
    ("name", "low", "high"), [("dpo-tone", 5e-7, 1e-6), ("kto-answers", 5e-7, 5e-6), ("grpo-maths", 1e-6, 5e-6)]
)
def test_rates_of_other_methods_are_those_of_the_field_guide(name, low, high):
    assert low <= recipe(name).training.learning_rate <= high


@pytest.mark.parametrize("name", OURS)
def test_the_base_is_one_that_suits(name):
    it = recipe(name)
    assert known(it.model.base) is not None
    need = {"continued-pretraining": "raw", "multilingual-routing": "multilingual", "grpo-maths": "first"}
    assert it.model.base in {model.id for model in choices_for(need.get(name, it.readiness.task))}
    assert len(suggested(it)) >= 3


@pytest.mark.parametrize("name", WITH_ROWS)
def test_rows_are_laid_out_as_said_and_all_usable(name, dataset):
    assert dataset.layout.format == FORMATS[name]
    assert not dataset.unfit
    assert not dataset.source.bad
    rows = dataset.records.count
    split = dataset.split
    assert len(split.train) + len(split.validation) + len(split.held_out) == rows
    if name in OURS:
        assert 60 <= rows <= 300
        assert abs(len(split.validation) - rows / 10) <= 3
        assert abs(len(split.held_out) - rows / 10) <= 3


@pytest.mark.parametrize("name", WITH_ROWS)
def test_the_check_finds_nothing_but_what_samples_are(name, dataset):
    report = check_dataset(dataset, recipe(name))
    found = {finding.code: finding.severity for finding in report.findings}
    assert "error" not in found.values()
    if name in OURS:
        assert set(found) <= EXPECTED_NOTES, report.findings
        assert set(found.values()) <= {"note"}


@pytest.mark.parametrize("name", OURS)
def test_rows_are_made_again_byte_for_byte(name):
    for path, content in files(name):
        assert path.read_text(encoding="utf-8") == content
        assert len(content.encode()) < MOST_BYTES


def test_every_statement_runs_on_its_tables():
    for line in (ROOT / "text-to-sql" / "data" / "questions.jsonl").read_text().splitlines():
        row = json.loads(line)
        with sqlite3.connect(":memory:") as database:
            database.executescript(row["prompt"].partition("\n\n--")[0])
            database.execute(row["completion"])


def test_json_answers_have_the_fields_that_are_measured():
    for name, file in (("json-extraction", "notes.jsonl"), ("code-review", "changes.jsonl")):
        for line in (ROOT / name / "data" / file).read_text().splitlines():
            answer = json.loads(json.loads(line)["messages"][-1]["content"])
            assert set(recipe(name).evaluation.fields) <= set(answer)


def test_a_reward_scores_the_sample_as_its_solutions_say():
    asked = recipe("grpo-maths").data.mapping
    assert "####" in asked.prompt
    assert recipe("grpo-maths").rewards[0].after == "####"
    for line in (ROOT / "grpo-maths" / "data" / "problems.jsonl").read_text().splitlines():
        float(json.loads(line)["solution"])


def test_no_template_is_of_an_older_shape():
    for name in starters():
        assert tomli.loads((ROOT / name / "project.toml").read_text())["version"] == 2
