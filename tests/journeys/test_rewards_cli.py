"""`ttune rewards try`: the rewards of a recipe, or another one, on a few rows, in words and in JSON."""

import io
import json
import sys

import pytest

from engine import recipe_file
from tests.support import quickstart
from tui.cli.main import main

REWARDS = [
    {"kind": "numeric", "after": "####"}, {"kind": "length", "most": 3, "weight": 0.5},
    {"kind": "length", "most": 1, "weight": -0.1},
]  # fmt: skip


@pytest.fixture
def sums(home, tmp_path):
    source = tmp_path / "sums.jsonl"
    rows = [{"prompt": f"What is {n} and {n}?", "solution": str(2 * n)} for n in range(1, 5)] * 10
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    project = quickstart(home, data__source=str(source), data__held_out="", method__kind="grpo")
    recipe_file.save(project.recipe_path, {"rewards": REWARDS})
    return project


def told(capsys, *words: str, code: int = 0) -> dict:
    assert main(["rewards", "try", "tickets", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_each_row_has_each_reward_and_their_sum(sums, capsys):
    found = told(capsys, "--answer", "#### {solution}")
    assert [one["name"] for one in found["rewards"]] == ["numeric", "length", "length_2"]
    assert len(found["rows"]) == 5
    for place, row in enumerate(found["rows"]):
        assert row["answer"] == f"#### {row['solution']}"
        scores = [one["scores"][place]["score"] for one in found["rewards"]]
        assert scores == [1.0, 0.0, 0.0]
        assert row["sum"] == 1.0
    alone = told(capsys)
    assert alone["answer"] is None
    assert {one["scores"][0]["score"] for one in alone["rewards"][:2]} == {0.0, 1.0}, "no solution has ####"
    assert main(["rewards", "try", "tickets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tickets: 5 training rows, scored: their solutions"
    assert lines[1].split("  ")[:3] == ["row", "1 × numeric", "0.5 × length"]
    assert len([line for line in lines if "What is" in line]) == 5


def test_another_reward_is_tried_without_the_recipe_being_changed(sums, capsys, monkeypatch):
    before = sums.recipe_path.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.StringIO("it is\n####\n"))
    found = told(capsys, "--reward", 'kind = "regex", pattern = "####$"', "--answer", "-")
    assert [one["kind"] for one in found["rewards"]] == ["regex"]
    assert {each["score"] for each in found["rewards"][0]["scores"]} == {1.0}
    assert found["answer"] == "it is\n####"
    assert sums.recipe_path.read_bytes() == before


def test_a_reward_that_cannot_be_given_is_told_with_its_row(sums, capsys):
    found = told(capsys, "--reward", 'kind = "choice", choices = ["yes", "no"]', code=1)
    assert all("none of the choices" in each["problem"] for each in found["rewards"][0]["scores"])
    assert {row["sum"] for row in found["rows"]} == {None}
    assert main(["rewards", "try", "tickets", "--reward", 'kind = "choice", choices = ["yes", "no"]']) == 1
    assert "✗ row " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--reward", 'kind = "regx"'], "regex"), (["--reward", "kind = regex"], "write it as in the recipe"),
        (["--reward", ""], "kind"), (["--reward", 'kind = "regex", pattern = "["'], "no regular expression"),
        (["--reward", 'kind = "python", file = "none.py"'], "none.py"),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_one_line(sums, capsys, words, said):
    assert main(["rewards", "try", "tickets", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_recipe_without_rewards_or_questions_says_so(home, capsys):
    quickstart(home)
    assert main(["rewards", "try", "tickets"]) == 2
    assert "there are none: add [[rewards]]" in capsys.readouterr().err
    assert main(["rewards", "try", "tickets", "--reward", 'kind = "exact"']) == 2
    assert "grpo takes rows with prompt and solution" in capsys.readouterr().err
    assert main(["rewards", "try", "nowhere"]) == 2
    assert "no such project" in capsys.readouterr().err


def test_solutions_that_score_nothing_are_explained(sums, capsys):
    assert main(["rewards", "try", "tickets"]) == 0
    assert "· numeric: no solution alone gets anything: try an answer" in capsys.readouterr().out
    assert main(["rewards", "try", "tickets", "--answer", "#### {solution}"]) == 0
    assert "gets anything" not in capsys.readouterr().out
