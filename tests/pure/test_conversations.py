"""Rows become conversations: formats are recognised, mappings followed, and what does not fit says why."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.conversations import Layout, Unfit, guess_mapping, likely, recognise
from engine.data.example import Message
from engine.errors import DataError
from engine.recipe import Mapping

words = st.text(min_size=1).filter(str.strip)
turns = st.lists(st.tuples(words, words), min_size=1, max_size=3)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["messages", "conversations", "instruction", "input", "output", "prompt", "completion", "text", "label"]

TICKET = {"subject": "Broken", "body": "It is broken.", "urgency": "high", "n": 2}


def as_messages(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "messages": [
            turn
            for question, answer in pairs
            for turn in ({"role": "user", "content": question}, {"role": "assistant", "content": answer})
        ]
    }


def as_sharegpt(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "conversations": [
            turn
            for question, answer in pairs
            for turn in ({"from": "human", "value": question}, {"from": "gpt", "value": answer})
        ]
    }


@given(st.lists(turns, min_size=1, max_size=5))
@settings(deadline=None)
def test_messages_and_sharegpt_say_the_same(rows: list[list[tuple[str, str]]]) -> None:
    one = [as_messages(pairs) for pairs in rows]
    other = [as_sharegpt(pairs) for pairs in rows]
    layouts = recognise(one), recognise(other)
    assert [layout.format for layout in layouts] == ["messages", "sharegpt"]
    assert all(layout.fits == layout.rows == len(rows) for layout in layouts)
    for pairs, here, there in zip(rows, one, other, strict=True):
        conversation = layouts[0].conversation(here)
        assert conversation == layouts[1].conversation(there)
        assert [(message.role, message.content) for message in conversation] == [
            turn for question, answer in pairs for turn in (("user", question), ("assistant", answer))
        ]


@given(words, words, words)
def test_alpaca_and_prompt_completion(instruction: str, extra: str, output: str) -> None:
    layout = recognise([{"instruction": instruction, "input": extra, "output": output}])
    assert layout.format == "alpaca"
    assert layout.conversation({"instruction": instruction, "input": "", "output": output})[0].content == instruction
    assert layout.conversation({"instruction": instruction, "input": extra, "output": output}) == (
        Message("user", f"{instruction}\n\n{extra}"),
        Message("assistant", output),
    )
    layout = recognise([{"prompt": instruction, "completion": output}])
    assert layout.format == "prompt_completion"


@given(
    st.dictionaries(st.sampled_from(FIELDS), anything), st.sampled_from(["messages", "sharegpt", "alpaca", "mapping"])
)
@settings(max_examples=300, deadline=None)
def test_any_row_is_a_usable_conversation_or_unfit(row: dict[str, Any], name: Any) -> None:
    layout = Layout(name, Mapping(prompt="text", answer="{label}!"), 0, 1)
    try:
        conversation = layout.conversation(row)
    except Unfit as error:
        assert str(error)
        return
    assert conversation[-1].role == "assistant"
    assert conversation[-1].content.strip()
    assert any(message.role == "user" for message in conversation)
    assert all(isinstance(message.content, str) for message in conversation)


def test_a_mapping_fills_fields_in() -> None:
    mapping = Mapping(system="Triage.", prompt="{subject}\n{body}", answer='{"urgency": "{urgency}", "n": {n}}')
    layout = recognise([TICKET], mapping=mapping)
    assert layout.format == "mapping"
    assert layout.conversation(TICKET) == (
        Message("system", "Triage."),
        Message("user", "Broken\nIt is broken."),
        Message("assistant", '{"urgency": "high", "n": 2}'),
    )
    with pytest.raises(Unfit, match="body is missing"):
        layout.conversation({"subject": "only"})
    with pytest.raises(Unfit, match="body is no text"):
        layout.conversation({**TICKET, "body": ["a", "list"]})


def test_well_known_names_are_guessed() -> None:
    assert guess_mapping([{"text": "a", "category": "b"}]) == Mapping(prompt="text", answer="category")
    assert guess_mapping([{"Question": "a", "Answer": "b"}]) == Mapping(prompt="Question", answer="Answer")
    assert guess_mapping([{"a": "a", "b": "b"}]) is None
    layout = recognise([{"text": "a", "category": "b"}])
    assert (layout.format, layout.guessed) == ("mapping", True)


def test_the_format_most_rows_fit_wins_and_the_share_is_of_all_rows() -> None:
    rows = [as_messages([("a", "b")])] * 30 + [{"other": 1}] * 10
    layout = recognise(rows)
    assert (layout.format, layout.fits, layout.rows) == ("messages", 30, 40)


def test_a_format_that_no_sampled_row_has_is_still_found() -> None:
    rows = [{"other": 1}] * 5000
    rows[1234] = {"prompt": "a", "completion": "b"}
    assert likely(rows).fits == 0
    assert (recognise(rows).format, recognise(rows).fits) == ("prompt_completion", 1)


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([], "does not end with an answer"),
        ([{"role": "user", "content": "a"}], "does not end with an answer"),
        ([{"role": "assistant", "content": "a"}], "has no prompt"),
        ([{"role": "user", "content": "a"}, {"role": "assistant", "content": "  "}], "the answer is empty"),
        ([{"role": "robot", "content": "a"}], "unknown role 'robot'"),
        ([{"role": "user", "content": None}], "content is no text"),
        (["hello"], "a turn is no object"),
        ("hello", "no list of messages"),
    ],
)
def test_a_row_that_does_not_fit_says_why(turns: object, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        Layout("messages", Mapping(), 0, 1).conversation({"messages": turns})


def test_no_format_at_all_names_the_fields_and_the_mend() -> None:
    with pytest.raises(DataError, match=r"rows\.csv: no usable rows: their fields \(a, b\).*data\.mapping\.prompt"):
        recognise([{"a": 1, "b": 2}], name="rows.csv")
    with pytest.raises(DataError, match="no usable rows"):
        recognise([as_messages([("a", "b")])], "alpaca")
