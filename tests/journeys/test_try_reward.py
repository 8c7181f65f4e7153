"""A reward is tried on a few rows before anything is trained by it: in a process of its own, and in the studio."""

import json

import pytest

from engine.errors import UserError
from engine.rewards import trying
from engine.rewards.trying import try_reward
from tests.look.shown import until_gone, until_shown
from tests.support import quickstart
from tui.app import Studio

ROWS = [{"prompt": f"What is {n} and {n}?", "solution": str(2 * n)} for n in range(1, 41)]


@pytest.fixture
def sums(home, tmp_path):
    source = tmp_path / "sums.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return quickstart(home, data__source=str(source), data__held_out="", method__kind="grpo")


def test_solutions_and_answers_are_scored_as_training_scores_them(sums):
    found = try_reward(sums, {"kind": "numeric"})
    assert len(found) == trying.ROWS
    assert [(each.answer, each.score, each.problem) for each in found] == [(each.solution, 1.0, "") for each in found]
    assert all(each.prompt == ROWS[each.row - 1]["prompt"] for each in found)
    first = found[0]
    answered = try_reward(sums, {"kind": "numeric", "after": "####"}, f"It is\n#### {first.solution}")
    assert [each.score for each in answered] == [1.0, *[0.0] * (trying.ROWS - 1)]


def test_what_is_wrong_with_reward_or_rows_is_one_line(home, sums):
    with pytest.raises(UserError, match="no regular expression"):
        try_reward(sums, {"kind": "regex", "pattern": "["})
    with pytest.raises(UserError, match="grpo takes rows with prompt and solution"):
        try_reward(quickstart(home, "tickets2"), {"kind": "exact"})
    (problem,) = {each.problem for each in try_reward(sums, {"kind": "choice", "choices": ["yes", "no"]})[:1]}
    assert "none of the choices" in problem


def test_a_function_that_prints_fails_hangs_or_leaves_harms_nothing(sums, monkeypatch):
    code = sums.path / "own.py"
    reward = {"kind": "python", "file": "own.py", "function": "score"}
    code.write_text("print('hello\\n\\n[]')\ndef score(prompt, answer, row):\n    return len(answer)\n")
    assert [each.score for each in try_reward(sums, reward, "four")] == [4.0] * trying.ROWS
    code.write_text("def score(prompt, answer, row):\n    return row['nothing']\n")
    assert "KeyError" in try_reward(sums, reward)[0].problem
    code.write_text("import os\ndef score(prompt, answer, row):\n    os._exit(3)\n")
    with pytest.raises(UserError, match="ended the process"):
        try_reward(sums, reward)
    monkeypatch.setattr(trying, "PATIENCE_S", 2.0)
    code.write_text("def score(prompt, answer, row):\n    while True: pass\n")
    with pytest.raises(UserError, match="more than 2 s"):
        try_reward(sums, reward)


async def test_a_reward_is_tried_in_the_studio(sums, home):
    from engine import recipe_file

    recipe_file.save(sums.recipe_path, {"rewards": [{"kind": "numeric", "after": "####"}]})
    async with Studio(home, sums.path).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "1 Data", " rows")
        await pilot.press("2")
        await until_shown(pilot, "model.base")
        await pilot.press("slash", *"rewards", "enter", "escape", "enter")
        await until_shown(pilot, "1 × numeric")
        await pilot.press("s")
        await until_shown(pilot, "without its weight: the solutions of the first rows", "0  What is", "solution: ")
        await pilot.press("enter", *["number_sign"] * 4, *"2", "enter")
        await until_shown(pilot, "the answer '####2'", "answer: ####2")
        await pilot.press("escape")
        await until_gone(pilot, "answer: ####2")
        await until_shown(pilot, "1 × numeric")
