"""Recognising goes by all rows: shares, mixed sources, every shape of row; fast looks agree with thorough ones."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.conversations import FORMATS, KNOWN, Layout, Unfit, fields, likely, recognise
from engine.data.records import ListedRecords, Row
from engine.data.store import open_store
from engine.errors import Cancelled, DataError
from engine.recipe import Mapping

REAL = Path(__file__).parents[1] / "fixtures" / "data"
ALPACA = {"instruction": "a", "input": "", "output": "b"}
MESSAGES = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
FIELDS = [
    "messages", "conversations", "conversation", "dialogue", "instruction", "input", "output", "history", "system",
    "prompt", "completion", "text", "label", "kto_tag", "chosen", "rejected", "solution", "answer", "question",
    "problem", "segments",
]  # fmt: skip

said = st.sampled_from(
    ["", " ", "a", "b c", "Human: a\n\nAssistant: b", "[", '[{"role": "user", "content": "a"}]', "true"]
)
names = st.sampled_from(["user", "human", "assistant", "gpt", "system", "tool", "robot", "User"])
turn = st.fixed_dictionaries(
    {},
    optional={
        "role": names, "from": names, "content": said | st.none() | st.lists(st.just({"type": "text", "text": "a"})),
        "value": said, "tool_calls": st.none() | st.just([{"function": {"name": "f", "arguments": "{}"}}]) | said,
        "label": st.booleans(), "text": said,
    },
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | said | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
values = said | st.lists(turn, max_size=4) | turn | anything
rows = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
usual = st.one_of(
    st.fixed_dictionaries({"messages": st.lists(turn, max_size=4)}),
    st.fixed_dictionaries({"conversations": st.lists(turn, max_size=4)}),
    st.fixed_dictionaries({"chosen": st.lists(turn, max_size=3), "rejected": st.lists(turn, max_size=3)}),
    st.fixed_dictionaries(dict.fromkeys(("prompt", "chosen", "rejected"), said)),
    st.fixed_dictionaries(
        {"prompt": said, "completion": said}, optional={"label": st.booleans() | said, "system": said}
    ),
    st.fixed_dictionaries({"instruction": said, "output": said}, optional={"input": said, "history": anything}),
    st.fixed_dictionaries({"prompt": said, "solution": said | st.none(), "answer": said}),
    st.fixed_dictionaries({"segments": st.lists(turn, max_size=3)}),
)


class Streamed:
    """Rows that exist only while they are passed through; counts those alive at once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.read = 0

    def row(self, number: int) -> Row:
        return {"prompt": f"p{number}", "completion": "c"}

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        for number in range(start, self.count if stop is None else min(stop, self.count)):
            self.read += 1
            yield self.row(number)


def thorough(name: Any, row: Row) -> bool:
    try:
        KNOWN[name].example(row)
    except Unfit as error:
        assert str(error)
        assert "\n" not in str(error)
        return False
    return True


@given(rows | usual)
@settings(max_examples=600, deadline=None)
def test_a_fast_look_never_says_more_than_a_thorough_one(row):
    for name, known in KNOWN.items():
        if known.claims(row) and known.surely(row):
            assert thorough(name, row), name
        thorough(name, row)


@given(st.lists(rows | usual, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_the_counts_are_those_of_looking_at_every_row(listed):
    try:
        layout = recognise(listed)
    except DataError as error:
        assert "\n" not in str(error)
        return
    assert layout.rows == len(listed)
    for name, share in layout.shares.items():
        if name != "mapping":
            claimed = [row for row in listed if KNOWN[name].claims(row)]
            assert round(share * len(listed)) == sum(thorough(name, row) for row in claimed)
    assert layout.fits == round(layout.shares[layout.format] * layout.rows) >= 1
    for row in listed:
        try:
            example = layout.example(row)
        except Unfit:
            continue
        assert example.kind == layout.kind
        assert all(isinstance(text, str) for text in example.texts)
        if example.kind in ("conversation", "unpaired", "preference"):
            assert example.answer.strip()
            assert example.conversation[-1].role == "assistant"
        if example.kind == "preference":
            assert example.rejected[-1].content.strip()


def test_a_mixed_source_is_named():
    layout = recognise([ALPACA] * 6 + [MESSAGES] * 4)
    assert (layout.format, layout.fits, layout.rows) == ("alpaca", 6, 10)
    assert layout.shares == {"alpaca": 0.6, "messages": 0.4}
    assert layout.parts == (("alpaca", 6), ("messages", 4))
    assert layout.mixed == "60% alpaca, 40% messages: split it into a file each, or map it"
    assert recognise([ALPACA] * 3).mixed == ""


def test_a_bad_row_of_a_format_is_not_another_format():
    empty = {**ALPACA, "output": "", "text": "### Instruction: a"}
    layout = recognise([{**ALPACA, "text": "b"}] * 3 + [empty] * 5)
    assert (layout.format, layout.fits, layout.mixed) == ("text", 8, "")
    layout = recognise([{**ALPACA, "text": "b"}] * 5 + [empty] * 3)
    assert (layout.format, layout.fits, layout.mixed) == ("alpaca", 5, "")


def test_the_more_particular_of_equals_wins():
    both = {**MESSAGES, "prompt": "a", "chosen": "b", "rejected": "c", "completion": "b", "text": "a b"}
    layout = recognise([both])
    assert layout.format == "preference"
    assert set(layout.shares) == {"preference", "messages", "prompt_completion", "text"}
    assert recognise([both], "messages").format == "messages"
    assert list(layout.shares) == [name for name in FORMATS if name in layout.shares]


def test_rows_pass_through_one_by_one():
    told = []
    records = Streamed(50_000)
    layout = recognise(records, progress=lambda done, total: told.append((done, total)))
    assert (layout.format, layout.fits) == ("prompt_completion", 50_000)
    assert told[-1] == (50_000, 50_000)
    assert [done for done, _ in told[:2]] == [10_000, 20_000]
    records = Streamed(1_000_000)
    assert likely(records).format == "prompt_completion"
    assert [it.path for it in fields(records)] == ["prompt", "completion"]
    assert records.read < 5000


def test_recognising_can_be_cancelled():
    with pytest.raises(Cancelled):
        recognise(Streamed(50_000), cancelled=iter([False, True]).__next__)


def test_an_empty_list_hides_no_format():
    layout = recognise([{"dialogue": [], "id": 1}, *[{"dialogue": MESSAGES["messages"], "id": 2}] * 3])
    assert (layout.format, layout.fits, layout.rows) == ("messages", 3, 4)
    seed = {"instruction": "a", "instances": [{"input": "", "output": "b"}]}
    layout = recognise([{"instruction": "a", "instances": []}, *[seed] * 3])
    assert (layout.format, layout.guessed, layout.fits) == ("mapping", True, 3)
    rows = [{"user": {"no": 1}, "labels": []}, *[{"user": {"text": "a"}, "labels": ["x"]}] * 3]
    assert recognise(rows).fits == 3


def test_columns_that_are_null_are_not_there():
    row: dict[str, Any] = {"messages": None, "conversations": None, "text": None, **ALPACA}
    assert recognise([row]).format == "alpaca"
    assert recognise([{**row, "instruction": None}, row]).fits == 1


@pytest.mark.parametrize(
    ("listed", "wanted", "mapping", "told"),
    [
        ([], "auto", None, "no usable rows: their fields (none) are no known format"),
        ([{"messages": [{"role": "robot"}]}], "auto", None, "the messages format (row 1: unknown role 'robot')"),
        ([ALPACA, {"prompt": "a"}], "messages", None, "the messages format (row 1: no list of messages)"),
        (
            [ALPACA], "auto", Mapping(prompt="instruktion", answer="output"),
            "data.mapping (row 1: prompt: instruktion is missing)",
        ),
        ([ALPACA], "chatml", None, "data.format: chatml is none of"),
        ([ALPACA], "mapping", None, "data.format: mapping needs data.mapping"),
        ([ALPACA], "auto", Mapping(prompt="{{ a", answer="output"), "data.mapping.prompt: no valid template: "),
    ],
)  # fmt: skip
def test_no_row_that_fits_is_one_line_with_the_mend(listed, wanted, mapping, told):
    with pytest.raises(DataError) as caught:
        recognise(listed, wanted, mapping, "rows.jsonl")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "mapping", "answer"),
    [
        ("banking77.csv", Mapping(prompt="text", answer="category"), "card_arrival"),
        ("gsm8k.jsonl", Mapping(prompt="question", answer="answer"), "#### 72"),
        ("gsm8k-model-solutions.jsonl", Mapping(prompt="question", answer="ground_truth"), "A: 18"),
        (
            "restaurant8k.json",
            Mapping(prompt="userInput.text", answer="{{ labels | default([], true) | tojson }}"),
            '[{"slot": "people", "valueSpan": {"startIndex": 14, "endIndex": 34}}]',
        ),
        (
            "alpaca-seed-tasks.jsonl",
            Mapping(
                prompt="{{ instruction }}{% if instances[0].input %}\n\n{{ instances[0].input }}{% endif %}",
                answer="instances.0.output",
            ),
            "200 calories.",
        ),
    ],
)
def test_real_files_are_mapped_by_the_names_of_their_fields(file, mapping, answer, tmp_path):
    store = open_store(REAL / file, tmp_path)
    layout = recognise(store)
    assert (layout.format, layout.guessed, layout.mapping) == ("mapping", True, mapping)
    assert layout.fits == store.count >= 2
    assert layout.example(store.row(0)).answer.endswith(answer)


def test_real_files_can_be_mapped_to_other_kinds(tmp_path):
    store = open_store(REAL / "gsm8k-model-solutions.jsonl", tmp_path)
    pairs = Mapping(prompt="question", chosen="ground_truth", rejected="6b_finetuning.solution")
    judged = Mapping(
        prompt="question", answer="175b_verification.solution", label="{{ row['175b_verification'].is_correct }}"
    )
    assert recognise(store, mapping=pairs).kind == "preference"
    assert [recognise(store, mapping=judged).example(row).label for row in store.rows()] == [True, True]
    store = open_store(REAL / "gsm8k.jsonl", tmp_path)
    final = Mapping(prompt="question", solution="{{ answer.split('#### ')[1] }}")
    assert recognise(store, mapping=final).example(store.row(0)).solution == "72"
    assert recognise(store, "prompt_answer").example(store.row(0)).kind == "question"
    store = open_store(REAL / "restaurant8k.json", tmp_path)
    slots = Mapping(
        prompt="userInput.text",
        answer="{ {%- for it in labels or [] %}{{ it.slot | tojson }}: "
        "{{ userInput.text[it.valueSpan.startIndex or 0 : it.valueSpan.endIndex] | tojson }}"
        "{% if not loop.last %}, {% endif %}{% endfor -%} }",
    )
    layout = recognise(store, mapping=slots)
    assert [layout.example(row).answer for row in store.rows()] == [
        '{"people": "5 adults and 1 child"}', '{"people": "9 people", "date": "August 23rd"}', "{}",
        '{"time": "6 a.m."}',
    ]  # fmt: skip


def test_fields_say_what_a_mapping_can_name():
    listed = [
        {"a": {"b": "", "c": [1]}, "n": 1, "t": "x"},
        {"a": {"b": "inner"}, "n": "two", "list": [{"z": True}]},
        {"a": None, "n": 2.5, "t": ""},
        {"n": 3},
    ]
    found = {it.path: it for it in fields(ListedRecords(listed))}
    assert list(found) == ["a", "a.b", "a.c", "n", "t", "list", "list.0.z"]
    assert (found["a"].kind, found["a"].share) == ("object", 0.5)
    assert (found["a.b"].example, found["a.b"].depth) == ("inner", 1)
    assert found["n"].kinds == ("number", "text")
    assert (found["t"].share, found["t"].example) == (0.5, "x")
    assert (found["list.0.z"].kind, found["list.0.z"].example) == ("boolean", "true")
    assert fields([]) == []


@given(st.lists(st.dictionaries(st.text(max_size=4), anything, max_size=4), max_size=5))
@settings(deadline=None)
def test_fields_of_any_rows(listed):
    for it in fields(listed):
        assert 0 < it.share <= 1
        assert it.kind == it.kinds[0]


def test_a_layout_of_many_rows_compiles_its_mapping_once():
    layout = Layout("mapping", Mapping(prompt="{{ a }}", answer="b"), 0, 0)
    made = {id(layout._make) for _ in islice(iter(int, 1), 3)}
    assert len(made) == 1
