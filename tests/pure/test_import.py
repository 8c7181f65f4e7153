"""Reading data files: every line is a row or is reported, and no file brings the reader down."""

import csv
import datetime
import gzip
import io
import json
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.importing import jsonl, run, texts
from engine.data.records import BadRow
from engine.data.store import find_store, open_store
from engine.errors import Cancelled, DataError

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=8), json_values, max_size=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the files of many examples."""
    return tmp_path_factory.mktemp("rows")


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@dataclass
class Read:
    """A whole import in memory."""

    rows: list[dict[str, Any]]
    bad: list[BadRow]


def read(path: Path, key: str = "data.source") -> Read:
    store = open_store(path, path.parent / "imported", key=key)
    rows = list(store.rows())
    assert [store.row(number) for number in range(min(200, store.count))] == rows[:200]
    assert len(rows) == store.count
    return Read(rows, store.bad)


def opened(folder: Path, name: str, content: bytes | str) -> Read:
    return read(write(folder, name, content))


def refused(folder: Path, name: str, content: bytes | str) -> str:
    with pytest.raises(DataError) as error:
        opened(folder, name, content)
    text = str(error.value)
    assert name in text
    assert "\n" not in text
    return text


@given(
    st.lists(objects.map(lambda row: json.dumps(row).encode()) | st.binary(max_size=40)), st.booleans(), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_each_json_line_is_a_row_or_bad(folder: Path, lines: list[bytes], bom: bool, crlf: bool) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    content = (b"\xef\xbb\xbf" if bom else b"") + (b"\r\n" if crlf else b"\n").join(lines)
    try:
        rows = opened(folder, "any.jsonl", content)
    except DataError as error:
        assert "\n" not in str(error)
        return
    # Files that were joined have byte order marks in the middle, too.
    given = [line for line in content.split(b"\n") if line.strip().removeprefix(b"\xef\xbb\xbf").strip()]
    assert len(rows.rows) + len(rows.bad) == len(given)
    for bad in rows.bad:
        assert content[bad.offset :].split(b"\n")[0].strip() == content.split(b"\n")[bad.line - 1].strip()


@given(st.lists(objects, min_size=1))
@settings(max_examples=100, deadline=None)
def test_json_lines_come_back_as_they_were(folder: Path, rows: list[dict[str, object]]) -> None:
    content = "\n".join(json.dumps(row) for row in rows)
    assert opened(folder, "same.jsonl", content).rows == rows
    assert opened(folder, "same.json", json.dumps(rows)).rows == rows


ENDINGS = [".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".jsonl.gz", ".csv.zst", ".parquet.gz"]


@given(st.binary(max_size=300), st.sampled_from(ENDINGS))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_rows_or_one_line(folder: Path, content: bytes, suffix: str) -> None:
    try:
        assert opened(folder, f"any{suffix}", content).rows
    except DataError as error:
        assert len(str(error).splitlines()) == 1


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_table_that_is_cut_or_damaged_gives_rows_or_one_line(folder: Path, data: st.DataObject) -> None:
    name, make = data.draw(st.sampled_from([("t.parquet", as_parquet), ("t.arrow", as_stream)]))
    content = bytearray(make([{"text": "word " * 5, "turns": [{"role": "user", "n": n}]} for n in range(20)]))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert opened(folder, name, bytes(content)).rows
    except DataError as error:
        assert len(str(error).splitlines()) == 1


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1), st.sampled_from([",", "\t"]))
@settings(max_examples=200, deadline=None)
def test_each_record_is_a_row_or_has_the_wrong_number_of_fields(
    folder: Path, records: list[list[str]], delimiter: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["one", "two"], *records])
    name = "any.csv" if delimiter == "," else "any.tsv"
    whole = [record for record in records if len(record) == 2]
    if not whole:
        refused(folder, name, file.getvalue())
        return
    rows = opened(folder, name, file.getvalue())
    assert [list(row.values()) for row in rows.rows] == whole
    assert len(rows.bad) == len(records) - len(whole)


def test_bad_lines_carry_number_offset_and_reason(folder: Path) -> None:
    content = b'{"a": 1}\n{"a": \n[1]\n{"a": "caf\xe9"}\n{"a": "\0"}\n' + b'{"a":' * 20_000 + b"\n"
    rows = opened(folder, "bad.jsonl", content)
    assert rows.rows == [{"a": 1}]
    assert [(bad.line, bad.offset) for bad in rows.bad] == [(2, 9), (3, 16), (4, 20), (5, 34), (6, 45)]
    reasons = [bad.reason for bad in rows.bad]
    assert "ends in the middle" in reasons[0]
    assert "array" in reasons[1]
    assert "not UTF-8 (byte 0xe9)" in reasons[2]
    assert "NUL" in reasons[3]
    assert "nested too deeply" in reasons[4]


def test_a_csv_keeps_its_good_rows(folder: Path) -> None:
    content = b'text,label\n"two\nlines",a\nonly one\n\ncaf\xe9,b\nnul\0,c\nfine,d\n'
    rows = opened(folder, "some.csv", content)
    assert rows.rows == [{"text": "two\nlines", "label": "a"}, {"text": "fine", "label": "d"}]
    assert [(bad.line, bad.offset) for bad in rows.bad] == [(4, 25), (6, 35), (7, 42)]
    assert "1 fields, not 2" in rows.bad[0].reason
    assert "0xe9" in rows.bad[1].reason
    assert "NUL" in rows.bad[2].reason


def test_an_open_quote_says_what_it_swallows(folder: Path) -> None:
    rows = opened(folder, "quote.csv", 'text,label\nfine,a\n"never closed,b\nc,d\ne,f\n')
    assert rows.rows == [{"text": "fine", "label": "a"}]
    assert rows.bad[0].line == 3
    assert "never closed" in rows.bad[0].reason
    assert "2 lines below" in rows.bad[0].reason


def test_byte_order_mark_and_windows_line_ends(folder: Path) -> None:
    assert opened(folder, "bom.csv", b"\xef\xbb\xbftext,label\r\na,b\r\n").rows == [{"text": "a", "label": "b"}]
    assert opened(folder, "bom.jsonl", b'\xef\xbb\xbf{"a": 1}\r\n').rows == [{"a": 1}]
    assert opened(folder, "bom.json", b'\xef\xbb\xbf[{"a": 1}]').rows == [{"a": 1}]


def test_long_fields_are_read(folder: Path) -> None:
    long = "word " * 60_000
    assert opened(folder, "long.csv", f'text,label\n"{long}",a\n').rows[0]["text"] == long


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.jsonl", b"", "is empty"),
        ("blank.csv", b" \n \n", "is empty"),
        ("header.csv", b"text,label\n", "no usable rows"),
        ("twice.csv", b"text,text\na,b\n", "names the column 'text' twice"),
        ("nul.csv", b"te\0xt,label\na,b\n", "NUL"),
        ("utf16.csv", "text,label\na,b\n".encode("utf-16"), "UTF-16"),
        ("utf16.jsonl", '{"a": 1}'.encode("utf-16"), "UTF-16"),
        ("object.json", b'{"data": []}', "not an array"),
        ("deep.json", b"[" * 100_000, "nested too deeply"),
        ("latin.json", b'[{"a": "\xe9"}]', "not UTF-8"),
        ("notes.rtf", b"hello", "unknown kind of file"),
        ("text.parquet", b"PAR1 hello", "not a whole Parquet file"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_line(folder: Path, name: str, content: bytes, words: str) -> None:
    assert words in refused(folder, name, content)


def test_parquet_whole_half_and_doubled(folder: Path) -> None:
    path = folder / "rows.parquet"
    pq.write_table(pa.table({"prompt": ["a", "b"], "completion": ["c", "d"]}), path)
    assert read(path).rows == [{"prompt": "a", "completion": "c"}, {"prompt": "b", "completion": "d"}]
    content = path.read_bytes()
    assert "not a whole Parquet file" in refused(folder, "half.parquet", content[: len(content) // 2])
    assert "not a whole Parquet file" in refused(folder, "cut.parquet", content[len(content) // 2 :])
    pq.write_table(pa.table([["a"], ["b"]], names=["same", "same"]), path)
    with pytest.raises(DataError, match="'same' twice"):
        read(path)


def test_a_missing_file_and_a_folder_name_the_mend(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such file: set data\.held_out"):
        read(tmp_path / "none.jsonl", "data.held_out")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match="a folder without data files: give"):
        read(tmp_path / "folder.csv")


def test_json_lines_and_arrays_are_told_apart_whatever_their_name(folder: Path) -> None:
    wanted = [{"a": 1}, {"a": 2}]
    assert opened(folder, "lines.json", b'{"a": 1}\n{"a": 2}\n').rows == wanted
    assert opened(folder, "array.jsonl", b'[\n{"a": 1},\n{"a": 2}\n]\n').rows == wanted
    assert opened(folder, "one-line.jsonl", b'[{"a": 1}, {"a": 2}]').rows == wanted
    arrays = opened(folder, "arrays.jsonl", b'[1]\n{"a": 1}\n[2]\n')
    assert (arrays.rows, [bad.line for bad in arrays.bad]) == ([{"a": 1}], [1, 3])


def test_an_object_of_arrays_has_named_splits(folder: Path) -> None:
    path = write(folder, "splits.json", '{"version": 2, "train": [{"a": 1}, 7, {"a": 2}], "test": [{"b": "x"}]}')
    store = open_store(path, folder / "imported")
    assert store.splits == {"train": [range(0, 2)], "test": [range(2, 3)]}
    assert list(store.rows()) == [{"a": 1}, {"a": 2}, {"b": "x"}]
    assert [(bad.line, bad.reason) for bad in store.bad] == [(2, "is a number, not an object")]
    assert [store.line(number) for number in range(3)] == [("", 1), ("", 3), ("", 1)]


COMPRESSORS = {".gz": gzip.compress, ".zst": lambda content: pa.compress(content, "zstd", asbytes=True)}


@pytest.mark.parametrize("suffix", COMPRESSORS)
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.json", "rows.parquet", "rows.arrow"])
def test_compressed_files_whole_and_cut_off(folder: Path, name: str, suffix: str) -> None:
    rows = [{"text": f"row {number} {'é' * (number % 7)}", "label": "ab"[number % 2]} for number in range(3000)]
    content = {
        ".jsonl": lambda: "\n".join(json.dumps(row) for row in rows).encode(),
        ".json": lambda: json.dumps(rows).encode(),
        ".csv": lambda: ("text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows)).encode(),
        ".parquet": lambda: as_parquet(rows),
        ".arrow": lambda: as_stream(rows),
    }[Path(name).suffix]()
    packed = COMPRESSORS[suffix](content)
    assert opened(folder, name + suffix, packed).rows == rows
    for kept in (len(packed) // 2, len(packed) - 3, 20, 3):
        refused(folder, f"cut-{kept}-{name}{suffix}", packed[:kept])


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def as_stream(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def test_a_folder_is_read_file_by_file_with_its_splits(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "test").mkdir(parents=True)
    (source / ".hidden").mkdir()
    (source / "train-00001.jsonl").write_text('{"a": 1}\n\noops\n{"a": 2}\n')
    (source / "train-00002.csv").write_text("a\n3\n")
    (source / "test" / "part.json").write_text('[{"a": 4, "b": [1]}]')
    (source / "notes.txt").write_text("not data")
    (source / ".hidden" / "old.jsonl").write_text('{"a": 5}')
    store = open_store(source, tmp_path / "imported")
    assert list(store.rows()) == [{"a": 4, "b": [1]}, {"a": 1}, {"a": 2}, {"a": "3"}]
    assert store.splits == {"test": [range(0, 1)], "train": [range(1, 3), range(3, 4)]}
    assert store.line(2) == ("train-00001.jsonl", 4)
    assert [(bad.file, bad.line, bad.offset) for bad in store.bad] == [("train-00001.jsonl", 3, 10)]
    assert store.fields == {"a": "json", "b": "list"}


def test_a_folder_that_datasets_saved(tmp_path: Path) -> None:
    for split, numbers in (("train", [1, 2]), ("test", [3])):
        folder = tmp_path / "saved" / split
        folder.mkdir(parents=True)
        (folder / "data-00000-of-00001.arrow").write_bytes(as_stream([{"n": number} for number in numbers]))
        (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    store = open_store(tmp_path / "saved", tmp_path / "imported")
    assert list(store.rows()) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert store.splits == {"train": [range(0, 2)], "test": [range(2, 3)]}
    (tmp_path / "saved" / "train" / "state.json").write_text('{"_indices_files": [{"filename": "x"}]}')
    with pytest.raises(DataError, match=r"flatten_indices\(\)"):
        open_store(tmp_path / "saved", tmp_path / "imported")


def test_keys_that_stand_twice_are_reported_not_lost(folder: Path) -> None:
    lines = [
        '{"a": "x", "turns": [{"role": "u", "text": "1"}, {"role": "v", "text": "2"}]}',
        '{"a": "x", "a": "y", "turns": []}',
        '{"a": "x", "turns": [{"role": "u", "text": "1", "text": "2"}]}',
        '{"a": "says \\"a\\": twice", "turns": [{"role": "role", "text": "text"}]}',
        '{"a": "a", "turns": [], "other": {"k": 1, "k": 2}}',
    ]
    rows = opened(folder, "twice.jsonl", "\n".join(lines))
    assert [bad.line for bad in rows.bad] == [2, 3, 5]
    assert "'text' twice" in rows.bad[1].reason
    assert rows.rows[1] == json.loads(lines[3])


def test_lines_of_ten_megabytes_are_rows(folder: Path) -> None:
    long = "word " * 2_000_000
    lines = [
        json.dumps({"text": "short"}),
        json.dumps({"text": long}),
        "oops " * 2_000_000,
        json.dumps({"text": "end"}),
    ]
    rows = opened(folder, "huge.jsonl", "\n".join(lines))
    assert [row["text"] for row in rows.rows] == ["short", long, "end"]
    assert [(bad.line, bad.offset) for bad in rows.bad] == [(3, len(lines[0]) + len(lines[1]) + 2)]


def test_a_line_too_long_to_be_a_row_is_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 1000)
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", 100)
    content = f'{{"a": 1}}\n{{"a": "{"x" * 5000}"}}\n{{"a": 2}}\n{{"a": "{"y" * 900}"}}\n'
    rows = opened(folder, "long.jsonl", content)
    assert [row["a"] for row in rows.rows] == [1, 2, "y" * 900]
    assert [(bad.line, bad.offset) for bad in rows.bad] == [(2, 9)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"a": NaN}', "NaN is no JSON value: write null"),
        ('{"a": [1, -Infinity]}', "-Infinity is no JSON value"),
        ('{"a": "\\ud83d alone"}', "half a character (\\ud83d)"),
        ('{"a": "tab\there"}', "unescaped control character (0x09)"),
        ("{'a': 1}", "keys must be strings"),
        ('{"a": 1} {"a": 2}', "goes on after its object ends"),
        ("null", "is null"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(folder: Path, line: str, words: str) -> None:
    rows = opened(folder, "fault.jsonl", f'{{"a": 1}}\n{line}\n{{"a": "\\ud83d\\ude00 tab\\t"}}\n')
    assert words in rows.bad[0].reason
    assert [row["a"] for row in rows.rows] == [1, "😀 tab\t"]


def test_rows_of_another_shape_are_kept_whole(folder: Path) -> None:
    usual = [{"a": "x", "n": 1, "turns": [{"role": "u", "text": "t"}]} for _ in range(jsonl.SAMPLE_ROWS)]
    unusual: list[dict[str, Any]] = [
        {"a": None, "n": 1, "turns": []},
        {"a": "x", "n": 2**70, "turns": []},
        {"a": "x", "n": 1.5, "turns": [{"role": "u"}]},
        {"n": 1, "a": "x", "turns": [{"role": "u", "text": "t", "more": [{}]}]},
        {"a": "x"},
        {},
        {'quo"ted': 1},
    ]
    assert opened(folder, "odd.jsonl", "\n".join(json.dumps(row) for row in usual + unusual)).rows == usual + unusual


def test_several_processes_give_what_one_gives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({"n": number, "text": "é" * (number % 90)}) for number in range(5000)]
    for place in (0, 1700, 1701, 4999):
        lines[place] = f"bad {place}"
    lines[30] = ""
    path = write(folder, "many.jsonl", "\n".join(lines))
    alone = open_store(path, folder / "alone")
    monkeypatch.setattr(run, "PARALLEL_BYTES", 1)
    monkeypatch.setattr(run, "RANGE_BYTES", 40_000)
    together = open_store(path, folder / "together")
    assert len(together.manifest.parts) > 3
    assert list(together.rows()) == list(alone.rows())
    assert together.bad == alone.bad
    assert [together.line(number) for number in range(0, 4000, 77)] == [alone.line(n) for n in range(0, 4000, 77)]
    assert together.digest == alone.digest


def test_an_import_is_used_again_until_the_content_changes(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.jsonl", '{"a": 1}\n')
    imported = tmp_path / "imported"
    assert find_store(path, imported) is None
    first = open_store(path, imported)
    made = (first.folder / first.manifest.parts[0].file).stat().st_ino
    os.utime(path, ns=(1, 1))
    touched = open_store(path, imported)
    assert touched.digest == first.digest
    assert (touched.folder / touched.manifest.parts[0].file).stat().st_ino == made
    write(tmp_path, "rows.jsonl", '{"a": 2}\n')
    assert find_store(path, imported) is None
    assert list(open_store(path, imported).rows()) == [{"a": 2}]
    assert list(first.rows()) == [{"a": 1}], "who reads the old import keeps it"
    assert [entry.name for entry in imported.iterdir()] == [first.folder.name]


def test_giving_up_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "rows.jsonl", '{"a": 1}\n' * 10)
    with pytest.raises(Cancelled):
        open_store(path, tmp_path / "imported", cancelled=lambda: True)
    assert list((tmp_path / "imported").iterdir()) == []


def test_what_json_does_not_know_becomes_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "when": pa.array([datetime.datetime(2026, 3, 1, 12), None]),
            "price": pa.array([Decimal("1.50"), None]),
            "bytes": pa.array([b"caf\xe9", None]),
            "pairs": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int32())),
            "word": pa.array(["x", "x"]).dictionary_encode(),
            "part": pa.array([0.5, None], pa.float32()),
            "large": pa.array([2**63, None], pa.uint64()),
            "turns": pa.array([[{"role": "user", "content": "hi"}], None]),
            "nothing": pa.nulls(2),
        }
    )
    pq.write_table(table, tmp_path / "rows.parquet")
    assert read(tmp_path / "rows.parquet").rows == [
        {
            "when": "2026-03-01 12:00:00.000000", "price": "1.50", "bytes": "caf\\xe9", "pairs": {"a": 1}, "word": "x",
            "part": 0.5, "large": 2**63, "turns": [{"role": "user", "content": "hi"}], "nothing": None,
        },
        dict.fromkeys(table.column_names) | {"word": "x"},
    ]  # fmt: skip


def test_a_folder_of_texts_is_a_row_a_file(folder: Path) -> None:
    where = folder / "texts"
    (where / "train").mkdir(parents=True)
    write(where, "b.txt", b"\xef\xbb\xbfSecond\r\nline\n")
    write(where / "train", "a.md", "# First\n")
    write(where, "blank.txt", " \n")
    write(where, "broken.txt", b"ab\xff")
    write(where, ".hidden.txt", "no")
    found = read(where)
    assert found.rows == [
        {"text": "Second\nline", "file": "b.txt"}, {"text": "# First", "file": "train/a.md"},
    ]  # fmt: skip
    assert [(bad.file, bad.offset, bad.reason) for bad in found.bad] == [("broken.txt", 2, "not UTF-8: byte 0xff")]
    store = open_store(where, folder / "imported")
    assert [part.split for part in store.manifest.parts] == ["", "train"]


def test_texts_beside_rows_are_notes_about_them(folder: Path) -> None:
    where = folder / "noted"
    where.mkdir()
    write(where, "README.md", "what these rows are")
    write(where, "rows.jsonl", '{"text": "a"}')
    assert read(where).rows == [{"text": "a"}]


def test_a_long_text_is_cut_at_blank_lines_and_nothing_is_lost(folder: Path) -> None:
    paragraphs = [f"paragraph {number} " * 400 for number in range(400)]
    rows = opened(folder, "book.txt", "\n\n".join(paragraphs)).rows
    assert len(rows) > 1
    assert all(len(row["text"]) <= texts.ROW_BYTES for row in rows)
    assert "\n\n".join(row["text"] for row in rows) == "\n\n".join(paragraphs)


@given(st.text(alphabet="ab \n\r\u00e9", max_size=200), st.integers(4, 40))
@settings(max_examples=100, deadline=None)
def test_pieces_of_a_text_hold_all_that_is_no_line_feed(text: str, size: int) -> None:
    with patch.object(texts, "ROW_BYTES", size):
        found = list(texts.pieces(text))
    assert all(len(piece) <= size and piece.strip() for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_texts_that_cannot_be_read_are_refused_in_one_line(folder: Path) -> None:
    assert "UTF-16" in refused(folder, "wide.txt", "abc".encode("utf-16"))
    assert "no usable rows" in refused(folder, "none.txt", " ")
    assert "ends in the middle" in refused(folder, "cut.txt.gz", gzip.compress(b"abc" * 100)[:-9])
