"""Steps in project.toml: added at the end, taken back one by one, every comment kept."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.data.curate.recipe_steps import (
    STEP_NAMES,
    add_step,
    as_settings,
    parse_step,
    remove_step,
    save_step,
    undo_step,
)
from engine.errors import RecipeError
from engine.recipe import CurationStep
from engine.recipe_file import parse

STEP = TypeAdapter(CurationStep)
RECIPE = """\
# tickets of the spring
version = 2

[model]
base = "a/b" # small

[data] # from the helpdesk
source = "rows.jsonl" # 1,000 of them

[data.split]
validation = 0.05 # few

[training]
epochs = 1 # enough
"""


def step(name, **values):
    return STEP.validate_python({"step": name, **values})


EVERY = [
    step("drop_duplicates"), step("drop_near_duplicates", threshold=0.7),
    step("personal_data", action="drop", kinds=["email", "secret"]), step("length", of="answer", most=4000),
    step("language", keep=["en", "de"]), step("balance", field="label", how="oversample", ratio=1.5),
    step("mix", source="ge'ne\"ral.jsonl", share=0.2, seed=1), step("drop_rows", rows=[3, 7, 8, 9]),
    step("edit_row", row=3, record=json.dumps({"a": "x, y=z\n\"ü\"", "b": [1]})),
]  # fmt: skip
TEXTS = [
    RECIPE,
    RECIPE.replace("[data.split]\nvalidation = 0.05 # few\n\n", ""),
    RECIPE.replace('[data] # from the helpdesk\nsource = "rows.jsonl" # 1,000 of them\n\n', ""),
    RECIPE.replace("1,000 of them", "of them\ncurate = [] # nothing yet"),
    RECIPE.replace("1,000 of them", 'of them\ncurate = [{step = "drop_duplicates"}] # one'),
    RECIPE.replace("\n[training]", '\n[[data.curate]]\nstep = "length" # long ones\nmost = 9\n\n[training]'),
    'model.base = "a"\ndata.source = "x"\n',
    '[model]\nbase = "a" # no data at all\n',
]


def comments(text):
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line and "nothing yet" not in line]


@given(st.sampled_from(TEXTS), st.lists(st.sampled_from(EVERY), min_size=1, max_size=4))
@settings(deadline=None)
def test_steps_are_added_at_the_end_and_taken_back_one_by_one(text, steps):
    before = parse(text)
    texts = [text]
    for added in steps:
        texts.append(add_step(texts[-1], added))
    after = parse(texts[-1])
    assert after.data.curate == (*before.data.curate, *steps)
    assert after.model_copy(update={"data": before.data}) == before
    assert after.data.model_copy(update={"curate": before.data.curate}) == before.data
    assert sorted(comments(texts[-1])) == sorted(comments(text))
    for earlier in reversed(texts[:-1]):
        taken = remove_step(texts.pop())
        assert parse(taken) == parse(earlier)
        assert sorted(comments(taken)) == sorted(comments(text))


@given(st.sampled_from(TEXTS), st.integers(0, 2))
@settings(deadline=None)
def test_any_step_can_be_taken_out(text, number):
    steps = EVERY[:3]
    for added in steps:
        text = add_step(text, added)
    all_of_them = list(parse(text).data.curate)
    taken = parse(remove_step(text, number)).data.curate
    del all_of_them[number]
    assert taken == tuple(all_of_them)


def test_it_looks_as_a_person_would_write_it():
    assert add_step(add_step(RECIPE, EVERY[0]), EVERY[6]) == RECIPE.replace(
        "[training]",
        """\
[[data.curate]]
step = "drop_duplicates"

[[data.curate]]
step = "mix"
source = "ge'ne\\"ral.jsonl"
share = 0.2
seed = 1

[training]""",
    )


def test_there_must_be_a_step_to_take_back(tmp_path):
    with pytest.raises(RecipeError, match=r"data\.curate has 0 steps, no step 1"):
        remove_step(RECIPE, 0)
    path = tmp_path / "project.toml"
    path.write_text(RECIPE)
    assert save_step(path, EVERY[1]).data.curate == (EVERY[1],)
    assert undo_step(path).data.curate == ()
    assert path.read_text() == RECIPE


@pytest.mark.parametrize("there", EVERY, ids=lambda it: it.step)
def test_every_step_is_written_and_read(there):
    assert there.step in STEP_NAMES
    assert STEP.validate_python(as_settings(there)) == there


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("drop_duplicates", EVERY[0]),
        ("drop_near_duplicates:threshold=0.7", EVERY[1]),
        ("personal_data:action=drop,kinds=email+secret", EVERY[2]),
        ("length:most=4000,of=answer", EVERY[3]),
        ("language:keep=en+de", EVERY[4]),
        ("balance:field=label,how=oversample,ratio=1.5", EVERY[5]),
        ("mix:source=ge'ne\"ral.jsonl,share=0.2,seed=1", EVERY[6]),
        ("drop_rows:rows=3+7-9", EVERY[7]),
        (f"edit_row:row=3,record={EVERY[8].record}", EVERY[8]),
    ],
)
def test_the_command_line_writes_steps(text, wanted):
    assert parse_step(text) == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dedupe", "--step dedupe: dedupe is none of drop_duplicates, drop_near_duplicates"),
        ("length:least=x", "--step length:least=x: least: must be a whole number, not 'x'"),
        ("length:most", "most is no key=value; keys are unit, of, least, most"),
        ("length:longest=3", "longest: unknown key; keys are unit, of, least, most"),
        ("language", "keep: is missing: add it"),
        ("balance:how=up", "how: must be 'undersample' or 'oversample', not 'up'"),
    ],
)
def test_a_step_that_is_none_says_why(text, words):
    with pytest.raises(RecipeError) as caught:
        parse_step(text)
    assert words in str(caught.value)
    assert len(caught.value.problems) == 1
