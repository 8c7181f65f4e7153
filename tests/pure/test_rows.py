"""Reading data files: every line is a row or is reported, and no file brings the reader down."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.rows import Rows, open_rows
from engine.errors import DataError

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


def opened(folder: Path, name: str, content: bytes | str) -> Rows:
    return open_rows(write(folder, name, content))


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
    given = [
        line
        for number, line in enumerate(content.split(b"\n"))
        if (line if number else line.removeprefix(b"\xef\xbb\xbf")).strip()
    ]
    assert len(rows.rows) + len(rows.bad) == len(given)
    for bad in rows.bad:
        assert content[bad.offset :].split(b"\n")[0].strip() == content.split(b"\n")[bad.line - 1].strip()


@given(st.lists(objects, min_size=1))
@settings(max_examples=100, deadline=None)
def test_json_lines_come_back_as_they_were(folder: Path, rows: list[dict[str, object]]) -> None:
    content = "\n".join(json.dumps(row) for row in rows)
    assert opened(folder, "same.jsonl", content).rows == rows
    assert opened(folder, "same.json", json.dumps(rows)).rows == rows


@given(st.binary(max_size=300), st.sampled_from([".jsonl", ".json", ".csv", ".tsv", ".parquet"]))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_rows_or_one_line(folder: Path, content: bytes, suffix: str) -> None:
    try:
        assert opened(folder, f"any{suffix}", content).rows
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
        ("lines.json", b'{"a": 1}\n{"a": 2}\n', ".jsonl"),
        ("object.json", b'{"data": []}', "not an array"),
        ("array.jsonl", b'[\n{"a": 1},\n{"a": 2}\n]\n', "name it .json"),
        ("deep.json", b"[" * 100_000, "nested too deeply"),
        ("latin.json", b'["\xe9"]', "not UTF-8"),
        ("notes.txt", b"hello", "unknown kind of file"),
        ("text.parquet", b"PAR1 hello", "not a whole Parquet file"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_line(folder: Path, name: str, content: bytes, words: str) -> None:
    assert words in refused(folder, name, content)


def test_parquet_whole_half_and_doubled(folder: Path) -> None:
    path = folder / "rows.parquet"
    pq.write_table(pa.table({"prompt": ["a", "b"], "completion": ["c", "d"]}), path)
    assert open_rows(path).rows == [{"prompt": "a", "completion": "c"}, {"prompt": "b", "completion": "d"}]
    content = path.read_bytes()
    assert "not a whole Parquet file" in refused(folder, "half.parquet", content[: len(content) // 2])
    assert "not a whole Parquet file" in refused(folder, "cut.parquet", content[len(content) // 2 :])
    pq.write_table(pa.table([["a"], ["b"]], names=["same", "same"]), path)
    with pytest.raises(DataError, match="'same' twice"):
        open_rows(path)


def test_a_missing_file_and_a_folder_name_the_mend(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such file: set data\.held_out"):
        open_rows(tmp_path / "none.jsonl", "data.held_out")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        open_rows(tmp_path / "folder.csv")
