"""Rewards: what each gives, what is refused before training, and a user's own function."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.errors import DataError, RecipeError, UserError
from engine.jobs.train.rewards import Answered, load_rewards, score, solution_problem, total
from engine.recipe import Reward
from engine.rewards import reward_names, reward_problems
from engine.rewards.schema import matches, schema_problem

READ = TypeAdapter(Reward).validate_python


def one(tmp_path, **settings):
    """A single reward, as a function of answer and solution."""
    (loaded,) = load_rewards([READ(settings)], tmp_path)
    return lambda answer, solution="", row=None: loaded.score(Answered("asked", answer, solution, row or {}))


@pytest.mark.parametrize(
    ("answer", "solution", "expected"),
    [("Paris.", "paris", 1), (" New\n York ", "new york", 1), ("Paris, France", "Paris", 0), ("", "Paris", 0)],
)
def test_exact(tmp_path, answer, solution, expected):
    assert one(tmp_path, kind="exact")(answer, solution) == expected


@pytest.mark.parametrize(
    ("answer", "solution", "expected"),
    [
        ("So it is 72.", "72", 1), ("$1,234.50 in all", "1234.5", 1), ("10 then 12", "10", 0), ("3-4", "4", 1),
        ("−5", "-5", 1), ("1e3", "1000", 1), ("none", "5", 0), ("72", "none", 0), ("x2 and v1.2", "2", 0),
        ("It is .5", "0.5", 1), ("She had 48/2 = 24", "a + b = <<48/2=24>>24\n#### 24", 1),
    ],
)  # fmt: skip
def test_the_last_number_counts(tmp_path, answer, solution, expected):
    assert one(tmp_path, kind="numeric")(answer, solution) == expected


def test_a_number_behind_a_mark_and_within_a_tolerance(tmp_path):
    marked = one(tmp_path, kind="numeric", after="####", tolerance=0.5)
    assert marked("#### 72 or 80", "worked out\n#### 72.4") == 1
    assert marked("#### 72", "72.4") == 1  # the solution may be the bare number
    assert marked("it is 72", "72") == 0
    assert marked("#### 73", "72.4") == 0


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.text(alphabet="abc ,:!\n", max_size=20))
def test_a_number_is_found_among_words(value, words):
    from engine.jobs.train.rewards.numeric import number_in

    found = number_in(f"{words} = {value!r}", "")
    assert found is not None
    assert math.isclose(found, value)


def test_regex(tmp_path):
    thinks = one(tmp_path, kind="regex", pattern=r"(?s)^<think>.+</think>\s*\S")
    assert thinks("<think>\nwell\n</think>\nyes") == 1
    assert thinks("yes") == 0


def test_choice(tmp_path):
    sort = one(tmp_path, kind="choice", choices=["spam", "not spam", "unsure"])
    assert sort("It is Spam!", "spam") == 1
    assert sort("Not  spam.", "not spam") == 1
    assert sort("not spam", "spam") == 0
    assert sort("spam or unsure", "spam") == 0
    assert sort("spammy", "spam") == 0


def test_json(tmp_path):
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    fields = one(tmp_path, kind="json_schema", required=["a", "b"])
    assert fields('{"a": 1, "b": 2}') == 1
    assert fields('{"a": 1}') == 0.5
    assert fields("[1]") == 0
    assert fields('sure: {"a": 1, "b": 2}') == 0
    assert one(tmp_path, kind="json_schema")("[1, 2]") == 1
    shaped = one(tmp_path, kind="json_schema", required=["n"], schema_file="schema.json")
    assert shaped('{"n": 3}') == 1
    assert shaped('{"n": -3}') == 0.5
    assert shaped("{}") == 0.5


@pytest.mark.parametrize(
    ("value", "schema", "kept"),
    [
        (True, {"type": "integer"}, False), (1.0, {"type": "integer"}, True), (1.5, {"type": "integer"}, False),
        (None, {"type": ["string", "null"]}, True), (True, {"enum": [1]}, False), ([1], {"const": [1.0]}, True),
        ({"a": 1, "b": 2}, {"properties": {"a": {}}, "additionalProperties": False}, False),
        ([1, "x"], {"items": {"type": "number"}}, False), ("abc", {"pattern": "^a", "maxLength": 2}, False),
        (3, {"oneOf": [{"minimum": 1}, {"maximum": 5}]}, False), (3, {"not": {"exclusiveMaximum": 3}}, True),
        (3, {"anyOf": [{"minimum": 4}, {"const": 3}], "allOf": [True]}, True), ({}, {"required": ["a"]}, False),
    ],
)  # fmt: skip
def test_schema(value, schema, kept):
    assert not schema_problem(schema)
    assert matches(value, schema) is kept


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/x"}, "$ref is not known"), ({"type": "text"}, "type 'text' is none of"), ([], "no object"),
        ({"properties": {"a": {"minimum": "1"}}}, "the schema.a: minimum is no number"),
        ({"items": {"pattern": "("}}, "the schema.items: pattern '(' is no regular expression"),
        ({"anyOf": []}, "anyOf is no list"), ({"minLength": -1}, "no whole number"), ({"enum": 1}, "no list"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_kept_to_is_refused(schema, said):
    assert said in schema_problem(schema)


def test_length_and_language(tmp_path):
    short = one(tmp_path, kind="length", most=10)
    assert [short(text) for text in ("", "a" * 10, "a" * 15, "a" * 20, "a" * 99)] == [0, 1, 0.5, 0, 0]
    german = one(tmp_path, kind="language", keep=["de", "fr"])
    assert german("Das ist eine ganz gewöhnliche deutsche Antwort.") == 1
    assert german("This is what the customer has asked for, and it is here.") == 0


def test_several_rewards_have_names_and_a_weighted_sum(tmp_path):
    rewards = [
        READ({"kind": "regex", "pattern": "yes"}), READ({"kind": "regex", "pattern": "!", "weight": -0.5}),
        READ({"kind": "exact", "weight": 2}),
    ]  # fmt: skip
    loaded = load_rewards(rewards, tmp_path)
    assert [reward.name for reward in loaded] == reward_names(rewards) == ["regex", "regex_2", "exact"]
    scores = score(loaded, "asked", "yes!", {}, solution="yes!")
    assert scores == {"regex": 1, "regex_2": 1, "exact": 1}
    assert total(loaded, scores) == 2.5


def test_wrong_settings_are_named_all_at_once(tmp_path):
    (tmp_path / "schema.json").write_text('{"$ref": "#/a"}')
    (tmp_path / "mine.py").write_text("def rate(prompt, answer, row):\n    return 1\n")
    wrong = [
        {"kind": "regex", "pattern": "("}, {"kind": "language", "keep": ["english"]}, {"kind": "exact"},
        {"kind": "json_schema", "schema_file": "schema.json"}, {"kind": "json_schema", "schema_file": "none.json"},
        {"kind": "python", "file": "mine.py"}, {"kind": "python", "file": "none.py"},
        {"kind": "choice", "choices": ["a", "A "]},
    ]  # fmt: skip
    problems = reward_problems([READ(it) for it in wrong], tmp_path)
    assert len(problems) == 7
    assert "rewards: the regex reward (number 1): pattern: '(' is no regular expression" in problems[0]
    assert "has no function score" in problems[4]
    assert "No such file" in problems[5]
    assert all("\n" not in problem for problem in problems)
    with pytest.raises(RecipeError):
        load_rewards([READ(wrong[0])], tmp_path)


def test_solutions_that_a_reward_cannot_use():
    numeric, pick = READ({"kind": "numeric"}), READ({"kind": "choice", "choices": ["a", "b"]})
    assert solution_problem(numeric, " ") == "has no solution"
    assert "has no number in its solution 'many'" in solution_problem(numeric, "many")
    assert "none of the choices" in solution_problem(pick, "c")
    assert not solution_problem(pick, "B")
    assert not solution_problem(READ({"kind": "length", "most": 3}), "")


def mine(tmp_path, body, function="score"):
    (tmp_path / "mine.py").write_text(body)
    return one(tmp_path, kind="python", file="mine.py", function=function)


def test_a_function_of_the_users_own(tmp_path):
    rate = mine(tmp_path, "def rate(prompt, answer, row):\n    return len(answer) / row['most']\n", "rate")
    assert rate("ab", row={"most": 4}) == 0.5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def score(prompt):\n    return 1\n", "it is called as score(prompt, answer, row)"),
        ("import nowhere_to_be_found\ndef score(p, a, r): return 1\n", "cannot be loaded: ModuleNotFoundError"),
        ("raise SystemExit(1)\ndef score(p, a, r): return 1\n", "cannot be loaded: SystemExit"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, body, said):
    with pytest.raises(UserError) as refused:
        mine(tmp_path, body)
    assert said in str(refused.value)
    assert str(tmp_path / "mine.py") in str(refused.value)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"), ("float('nan')", "gave nan: return a finite number"),
        ("'good'", "gave 'good': return a number"), ("None", "gave None"), ("exit(3)", "SystemExit"),
    ],
)  # fmt: skip
def test_what_a_function_does_wrong_is_said_with_its_row(tmp_path, returned, said):
    (tmp_path / "mine.py").write_text(f"def score(prompt, answer, row):\n    return {returned}\n")
    (loaded,) = load_rewards([READ({"kind": "python", "file": "mine.py"})], tmp_path)
    with pytest.raises(DataError) as raised:
        loaded.score(Answered("asked", "answer", number=7))
    assert f"{tmp_path / 'mine.py'}: score: row 7: " in str(raised.value)
    assert said in str(raised.value)


def test_what_a_method_measures_is_told_and_what_is_no_number_is_none():
    from engine.jobs.train.figures import figures

    logs = {
        "loss": 1.0, "rewards/margins": 0.5, "logps/chosen": math.nan, "rewards/regex/mean": None, "reward": 1,
        "rewards/regex/std": 2.0, "num_tokens": 9, "eval_reward": 3.0, "step_time": 1.0,
    }  # fmt: skip
    assert figures(logs) == {
        "rewards/margins": 0.5, "logps/chosen": None, "rewards/regex/mean": None, "reward": 1.0,
    }  # fmt: skip
    assert figures(logs, "eval_") == {"reward": 3.0}


def test_grpo_asks_as_many_prompts_as_whole_steps_hold():
    from engine.method_limits import method_problems, rows_of_step, sampled_rows
    from engine.recipe import Recipe

    settings = {
        "model": {"base": "x"}, "method": {"kind": "grpo"}, "rewards": [{"kind": "exact"}],
        "training": {"micro_batch": 8, "accumulation": 4},
    }  # fmt: skip
    recipe = Recipe.model_validate(settings)
    assert not method_problems(recipe)
    assert rows_of_step(recipe) == 32
    assert [sampled_rows(recipe, prompts) for prompts in (3, 4, 7, 8)] == [0, 32, 32, 64]
