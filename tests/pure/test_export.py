"""Export: every form opens again as the rows that went in, every format holds what it says, nothing is half written."""

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.conversations import Layout, Unfit
from engine.data.example import Example, Message, Segment
from engine.data.export.run import export
from engine.data.export.shapes import SHAPES, as_row, known_shape
from engine.data.records import ListedRecords
from engine.data.store import open_store
from engine.errors import Cancelled, DataError
from engine.recipe import Mapping

TURNS = (Message("user", "Why?"), Message("assistant", "So."))
LONG = (Message("system", "Be kind."), Message("user", "a"), Message("assistant", "b"), *TURNS)
CONVERSATION = Example("conversation", TURNS)
EXAMPLES = [
    CONVERSATION,
    Example("conversation", LONG),
    Example("conversation", (Message("user", '[{"role": "user", "content": "x"}]'), Message("assistant", "Human: no"))),
    Example(
        "conversation", (*TURNS[:1], Message("assistant", "call"), Message("tool", "4"), Message("assistant", "4"))
    ),
    Example("text", segments=(Segment("once", True),)),
    Example("segments", segments=(Segment("Q: ", False), Segment("A", True))),
    Example("preference", LONG, rejected=(Message("assistant", "Never."),)),
    Example("unpaired", TURNS, label=True),
    Example("unpaired", LONG, label=False),
    Example("question", LONG[:2], solution="42"),
]


def opened(path, tmp_path):
    return list(open_store(path, tmp_path / "imported").rows())


def write(rows, path, **more):
    return export(ListedRecords(rows), path, **more)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
names = st.sampled_from(["a", "b", "c d", "ü"])
leaves = (
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
rows_of_anything = st.lists(st.dictionaries(names, values, min_size=1, max_size=4), min_size=1, max_size=12)
flat = st.lists(st.fixed_dictionaries({"a": texts, "b": texts, "c d": texts}), min_size=1, max_size=12)
typed = st.lists(
    st.fixed_dictionaries({
        "n": st.integers(-(2**62), 2**62) | st.none(),
        "x": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        "t": texts | st.none(),
        "on": st.booleans(),
        "messages": st.lists(st.fixed_dictionaries({"role": texts, "content": texts}), max_size=3),
    }),
    min_size=1,
    max_size=12,
)  # fmt: skip
slow = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


@given(rows_of_anything, st.sampled_from(["jsonl", "json", "jsonl.gz", "json.zst"]))
@slow
def test_json_holds_everything(tmp_path_factory, rows, suffix):
    folder = tmp_path_factory.mktemp("export")
    done = write(rows, folder / f"rows.{suffix}")
    assert opened(done.path, folder) == rows
    assert (done.rows, done.left_out, done.notes) == (len(rows), (), ())
    assert sorted(file.name for file in folder.iterdir()) == ["imported", f"rows.{suffix}"]


@given(flat, st.sampled_from(["csv", "tsv", "csv.gz", "tsv.zst"]))
@slow
def test_tables_of_text_hold_texts(tmp_path_factory, rows, suffix):
    folder = tmp_path_factory.mktemp("export")
    assert opened(write(rows, folder / f"rows.{suffix}").path, folder) == rows


@given(typed, st.sampled_from(["parquet", "arrow"]))
@slow
def test_columns_hold_rows_of_one_shape(tmp_path_factory, rows, suffix):
    folder = tmp_path_factory.mktemp("export")
    done = write(rows, folder / f"rows.{suffix}")
    assert opened(done.path, folder) == rows
    assert done.notes == ()


@given(rows_of_anything, st.sampled_from(["csv", "parquet", "arrow"]))
@slow
def test_what_columns_cannot_hold_is_null_or_text(tmp_path_factory, rows, suffix):
    folder = tmp_path_factory.mktemp("export")
    done = write(rows, folder / f"rows.{suffix}")
    back = opened(done.path, folder)
    assert done.rows == len(back) == len(rows)
    for row, found in zip(rows, back, strict=True):
        assert {name for name in found if row.get(name) is None} >= set(found) - set(row)
        assert all(isinstance(found[name], str) or type(found[name]) is type(value) or isinstance(value, int | None)
                   for name, value in row.items())  # fmt: skip


def test_csv_writes_nested_values_and_numbers_as_json(tmp_path):
    rows = [{"a": [1, {"b": "ü"}], "n": 1.5}, {"a": None, "n": True, "late": "x"}]
    assert write(rows, tmp_path / "rows.csv").rows == 2
    assert opened(tmp_path / "rows.csv", tmp_path) == [
        {"a": '[1,{"b":"ü"}]', "n": "1.5", "late": ""},
        {"a": "", "n": "true", "late": "x"},
    ]
    done = write([{"a": "x\0y"}, {"a": "z"}], tmp_path / "nul.csv")
    assert (done.rows, done.left_out) == (1, (("holds a NUL byte, which a table of text cannot", 1),))


def test_values_of_several_kinds_become_text_and_that_is_said(tmp_path):
    rows = [{"label": 1, "score": 1, "deep": [{"x": 1}]}, {"label": "one", "score": 0.5, "deep": [{"x": [2]}]}]
    done = write(rows, tmp_path / "rows.parquet")
    assert done.notes == (
        "label holds values of several kinds: written as JSON text",
        "deep[].x holds values of several kinds: written as JSON text",
    )
    back = opened(done.path, tmp_path)
    assert [row["label"] for row in back] == ["1", "one"]
    assert [row["score"] for row in back] == [1.0, 0.5]
    assert back[1]["deep"] == [{"x": "[2]"}]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda it: it.kind)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_format_holds_an_example_or_refuses_it(example, shape):
    try:
        row = as_row(example, shape)
    except Unfit:
        return
    read = Layout(shape, Mapping(), 0, 0).example(json.loads(json.dumps(row)))
    if read.kind == example.kind:
        assert read == example
    elif shape == "prompt_answer":
        assert (*read.conversation, Message("assistant", read.solution)) == example.conversation
    elif example.kind == "question":
        assert read.conversation == (*example.conversation, Message("assistant", "42"))
    elif shape == "segments":
        assert read.segments == example.segments
    else:
        assert read.conversation == example.conversation


def test_each_kind_has_a_format_and_what_would_be_lost_is_refused():
    for example in EXAMPLES:
        assert any(holds(example, shape) for shape in SHAPES)
    assert not any(holds(EXAMPLES[8], shape) for shape in ("messages", "alpaca", "prompt_completion")), "a bad answer"
    assert not holds(CONVERSATION, "text")
    assert not holds(EXAMPLES[3], "alpaca")
    with pytest.raises(DataError, match="--as chatml: is none of messages, sharegpt"):
        known_shape("chatml")


def holds(example, shape):
    try:
        as_row(example, shape)
    except Unfit:
        return False
    return True


def test_rows_are_converted_and_those_that_cannot_be_are_counted(tmp_path):
    layout = Layout("alpaca", Mapping(), 0, 0)
    rows = [{"instruction": "Add.", "input": "1 2", "output": "3"}, {"instruction": "x", "output": " "}, {"no": 1}]
    done = write(rows, tmp_path / "rows.jsonl", layout=layout, shape="messages")
    assert done.rows == 1
    assert dict(done.left_out) == {"the answer is empty": 1, "instruction is missing": 1}
    assert opened(done.path, tmp_path) == [as_row(layout.example(rows[0]), "messages")]
    with pytest.raises(DataError, match="no row can be written as text: a row of kind conversation"):
        write(rows[:1], tmp_path / "text.jsonl", layout=layout, shape="text")
    assert not (tmp_path / "text.jsonl").exists()


def test_nothing_is_written_over_that_must_not_be(tmp_path):
    source, folder = tmp_path / "source.jsonl", tmp_path / "folder"
    source.write_text('{"a": 1}\n')
    folder.mkdir()
    other = tmp_path / "other.jsonl"
    other.symlink_to(source)
    for path in (source, other, folder / "x.jsonl"):
        with pytest.raises(DataError, match="is the source, which is never changed"):
            write([{"a": 2}], path, sources=(source, folder), force=True)
    there = tmp_path / "there.csv"
    there.write_text("old")
    with pytest.raises(DataError, match="is there already: give another file, or --force"):
        write([{"a": 2}], there)
    write([{"a": 2}], there, force=True)
    assert there.read_bytes() == b"a\r\n2\r\n"
    assert source.read_text() == '{"a": 1}\n'


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rows.txt", r"unknown kind of file: name it \.jsonl, \.json"),
        ("rows.parquet.gz", r"\.parquet is packed inside already"),
        ("rows.gz", "unknown kind of file"),
    ],
)
def test_a_name_that_tells_no_form_is_refused(tmp_path, name, words):
    with pytest.raises(DataError, match=words):
        write([{"a": 1}], tmp_path / name)


@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "arrow", "csv.gz"])
def test_what_is_given_up_leaves_the_old_file(tmp_path, suffix):
    path = tmp_path / f"rows.{suffix}"
    path.write_text("old")
    rows = [{"a": number} for number in range(5000)]
    asked = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        write(rows, path, force=True, cancelled=lambda: next(asked))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [path.name]


def test_there_must_be_rows_and_a_place(tmp_path):
    with pytest.raises(DataError, match="there are no rows to write"):
        write([], tmp_path / "rows.jsonl")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write([{"a": 1}], tmp_path / "file" / "rows.jsonl")
    assert write([{"a": 1}], tmp_path / "new" / "folder" / "rows.jsonl").rows == 1
