"""Training does not start by itself on anything else than what the recipe asks for."""

import pytest

from engine.data.example import Example, Message, Segment
from engine.errors import DataError
from engine.jobs.masking import tokenise_batches
from engine.jobs.tokenizer import load_tokenizer
from engine.jobs.train.objective import Objective, check_objective, differences
from engine.recipe import Recipe
from tests.chat_templates import save_family

TURNS = (Message("user", "Where is it?"), Message("assistant", "On its way."))
CHAT = Example("conversation", TURNS)
TEXT = Example("text", segments=(Segment("Once upon a time.", True),))
SEGMENTS = Example("segments", segments=(Segment("Q", False), Segment("A", True)))
PAIR = Example("preference", TURNS, rejected=(Message("assistant", "Who knows."),))
GOOD, BAD = Example("unpaired", TURNS, label=True), Example("unpaired", TURNS, label=False)
QUESTION = Example("question", TURNS[:1], solution="4")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return load_tokenizer(str(save_family(tmp_path_factory.mktemp("chatml"), "chatml")))


def recipe(**sections):
    return Recipe.model_validate({"model": {"base": "x"}, **sections})


def counted(loaded, rows, *, answers_only=True, max_length=1000):
    objective = Objective()
    for batch in tokenise_batches(
        loaded.tokenizer, objective.good(rows), answers_only=answers_only, max_length=max_length,
        end_ids=loaded.end_ids,
    ):  # fmt: skip
        objective.add(batch)
    return objective


@pytest.mark.parametrize(
    ("rows", "method", "found"),
    [
        ([CHAT] * 3, {}, ""),
        ([CHAT] * 3, {"answers_only": False}, ""),
        ([TEXT, CHAT], {}, "own_mask"),
        ([TEXT], {"answers_only": False}, ""),
        ([SEGMENTS], {}, ""),
        ([SEGMENTS], {"answers_only": False}, "own_mask"),
        ([PAIR, CHAT], {}, "chosen_only"),
        ([GOOD], {}, "judged_answers"),
        ([BAD, CHAT], {}, "judged_answers"),
    ],
)
def test_what_differs_from_the_recipe_is_named_and_refused_until_it_is_allowed(loaded, rows, method, found):
    asked = recipe(method=method)
    objective = counted(loaded, rows, answers_only=asked.method.answers_only)
    assert list(differences(objective, asked)) == ([found] if found else [])
    if not found:
        check_objective(objective, asked, "rows.jsonl")
        return
    with pytest.raises(DataError) as refused:
        check_objective(objective, asked, "rows.jsonl")
    [line] = str(refused.value).splitlines()
    assert line.startswith("rows.jsonl: 1 of ")
    assert f'method.allow = ["{found}"]' in line
    check_objective(objective, recipe(method=method | {"allow": [found]}), "rows.jsonl")


def test_a_format_that_the_recipe_names_is_what_it_asks_for(loaded):
    assert not differences(counted(loaded, [TEXT]), recipe(data={"format": "text"}))
    assert not differences(counted(loaded, [TEXT]), recipe(data={"mapping": {"text": "body"}}))
    asked = recipe(data={"format": "segments"}, method={"answers_only": False})
    assert not differences(counted(loaded, [SEGMENTS], answers_only=False), asked)


def test_answers_that_are_cut_off_are_counted_and_some_are_borne(loaded):
    long = Example("conversation", (Message("user", "so long " * 60), TURNS[1]))
    few = counted(loaded, [long, *[CHAT] * 99], max_length=60)
    assert few.lost_rows == 1
    assert not differences(few, recipe(training={"max_length": 60}))
    many = counted(loaded, [long] * 10 + [CHAT] * 90, max_length=60)
    line = differences(many, recipe(training={"max_length": 60}))["answers_lost"]
    assert line.startswith("10 of 100 rows (10%) lose their whole answer at training.max_length = 60")


def test_answers_that_are_judged_bad_are_not_imitated(loaded):
    objective = counted(loaded, [BAD, GOOD, BAD])
    assert (objective.rows, objective.bad_rows) == (1, 2)
    assert "3 of 3 rows" in differences(objective, recipe())["judged_answers"]


def test_why_nothing_is_trained(loaded):
    assert "a solution for a reward" in counted(loaded, [QUESTION, QUESTION]).why_nothing
    assert "judged bad" in counted(loaded, [BAD]).why_nothing
    assert "raise training.max_length" in counted(loaded, [CHAT], max_length=3).why_nothing
