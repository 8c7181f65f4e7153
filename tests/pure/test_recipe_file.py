"""A recipe's text changes where it is asked to, and nowhere else."""

import difflib
import re
from collections.abc import Iterator

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RecipeError
from engine.recipe.lines import line_of
from engine.recipe_file import edit, newest, parse
from engine.recipe_form import FieldSpec, field, fields, same
from tests.pure.recipes import contents, rendered, valid_values

TEXT = """\
version = 2
# about the model
[model]
base = "a" # the small one

[data]
source = "a"

# how it is split
[data.split]
seed = 1

# rewards come first
[[rewards]]
kind = "numeric" # sums
after = "####"

# then the length
[[rewards]]
kind = "length"
most = 100

# how it goes
[training]
epochs = 1
"""
REWARDS = [{"kind": "numeric", "after": "####"}, {"kind": "length", "most": 100}]


def difference(text: str, changed: str) -> list[str]:
    """Lines that went and came."""
    lines = difflib.ndiff(text.splitlines(), changed.splitlines())
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({"data.format": "alpaca"}, ['+ format = "alpaca"']),
        ({"data.split.by": "time"}, ['+ by = "time"']),
        ({"training.seed": 4}, ["+ seed = 4"]),
        ({"description": "x"}, ['+ description = "x"']),
        ({"data.mapping.text": "t"}, ["+ [data.mapping]", '+ text = "t"', "+ "]),
        ({"rewards": REWARDS[:1]}, ["- [[rewards]]", '- kind = "length"', "- most = 100", "- "]),
        ({"rewards": [{**REWARDS[0], "weight": 2.0}, REWARDS[1]]}, ["+ weight = 2.0"]),
        ({"rewards": [*REWARDS, {"kind": "exact"}]}, ["+ [[rewards]]", '+ kind = "exact"', "+ "]),
        ({"advice.accepted": {"rate": "a test"}}, ["+ ", "+ [advice.accepted]", '+ rate = "a test"']),
    ],
)
def test_only_the_lines_of_the_change_come_and_go(change, lines):
    assert sorted(difference(TEXT, edit(TEXT, change))) == sorted(lines)


def test_a_new_key_stands_with_its_section_not_with_the_comment_of_the_next():
    text = edit(TEXT, {"data.format": "alpaca", "data.mapping.text": "t", "data.split.by": "time"})
    assert text.index("format =") < text.index("# how it is split") < text.index("[data.split]")
    assert text.index("by =") < text.index("# rewards come first")
    assert text.index("[data.mapping]") < text.index("# rewards come first")
    assert 'kind = "numeric" # sums' in text


def test_a_table_of_texts_is_a_whole():
    text = edit(TEXT, {"advice.accepted": {"a": "1", "b": "2"}})
    assert parse(edit(text, {"advice.accepted": {"b": "3"}})).advice.accepted == {"b": "3"}
    assert edit(text, {"advice.accepted": {}}) == TEXT


def test_rewards_go_and_come_in_any_form():
    for text in ("rewards = []", 'rewards = [{kind = "exact"}]', ""):
        whole = f'{text}\n[model]\nbase = "a"\n'
        assert [reward.kind for reward in parse(edit(whole, {"rewards": REWARDS})).rewards] == ["numeric", "length"]
    assert parse(edit(TEXT, {"rewards": []})).rewards == ()


def test_lines_are_found():
    lines = TEXT.splitlines()
    for key in ("version", "model.base", "data.source", "data.split.seed", "training.epochs"):
        assert lines[line_of(TEXT, key)].startswith(key.rpartition(".")[2])
    assert lines[line_of(TEXT, "data.format")] == "[data]"
    assert lines[line_of(TEXT, "rewards")] == "[[rewards]]"
    assert line_of(TEXT, "adapter.rank") is None
    assert line_of('model.base = "a"\ntraining = { epochs = 2 }\n', "training.epochs") == 1


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, FieldSpec, object]:
    """A recipe's text, a setting, and a valid value for it."""
    text = draw(rendered(draw(contents())))
    spec = draw(st.sampled_from([spec for spec in fields() if not spec.key.startswith("data.mapping")]))
    return text, spec, draw(valid_values(spec))


@given(changes())
@settings(deadline=None, max_examples=150)
def test_a_valid_recipe_stays_as_it_is_byte_for_byte_but_for_the_change(change):
    text, spec, value = change
    assert edit(text, {}) == text
    changed = edit(text, {spec.key: value})
    there = at(newest(tomli.loads(changed)), spec.key)
    assert same(there, value) or (there is None and value in ({}, []))
    for line in difference(text, changed):
        assert line[2:].strip() in ("", f"[{spec.key.rpartition('.')[0]}]") or line[2:].startswith(
            tuple(own_lines(spec, value, text))
        ), (line, text)
    if spec.kind not in ("table",):
        assert at(tomli.loads(edit(changed, {spec.key: None})), spec.key) is None


def own_lines(spec: FieldSpec, value: object, text: str) -> Iterator[str]:
    """How lines begin that the change may touch."""
    yield f"{spec.key.rpartition('.')[2]} ="
    if spec.kind == "table":
        yield f"[[{spec.key}]]"
        yield f"[{spec.key}]"
        yield from (f"{name} =" for name in re.findall(r"^([\w-]+) =", f"{text}", flags=re.M))
        for item in value if isinstance(value, list) else [value]:
            yield from (f"{name} =" for name in item)


def at(content: dict[str, object], key: str) -> object:
    value: object = content
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def test_a_change_that_would_harm_the_rest_is_refused():
    with pytest.raises(RecipeError, match="is a value, not a section"):
        edit('data = 3\n[model]\nbase = "a"\n', {"data.source": "x"})


def test_old_recipes_are_read_in_the_words_of_the_newest():
    assert newest({"version": 1, "training": {"gradient_checkpointing": True}}) == {
        "version": 2, "training": {"gradient_checkpointing": "unsloth"},
    }  # fmt: skip
    assert field("training.gradient_checkpointing").kind == "choice"


def test_a_number_keeps_the_notation_of_the_one_that_it_replaces():
    text = '[model]\nbase = "a/b"\n[training]\nlearning_rate = 2e-3 # why\nwarmup = 0.1\n'
    changed = edit(text, {"training.learning_rate": 3e-3, "training.warmup": 2e-3})
    assert changed == text.replace("2e-3", "3e-3").replace("0.1", "0.002")
    assert parse(edit(text, {"training.learning_rate": 1.23456789e-3})).training.learning_rate == 1.23456789e-3
