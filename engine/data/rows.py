"""Open a data file as rows. A line that cannot be read is reported with its number, and the rest is kept."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.data.records import BadRow, Row
from engine.errors import DataError

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PLAIN_FAULTS = {
    "Input data was truncated": "ends in the middle: a quote or bracket is not closed",
    "Expected `object`, got `array`": "is an array, not an object",
    "Expected `object`, got `str`": "is a text, not an object",
    "Expected `object`, got `int`": "is a number, not an object",
}
_FIELD_LIMIT = 2**31 - 1
"""Characters in one CSV field; Python's own limit of 131,072 refuses long documents."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file, and the lines that could not be read."""

    path: Path
    rows: list[Row]
    bad: list[BadRow]


def open_rows(path: Path, key: str = "data.source") -> Rows:
    """All rows of a .jsonl, .json, .csv, .tsv or .parquet file. Raises DataError when there is none.

    `key`: the recipe's key that names the file, for the mend.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: unknown kind of file: give one of {', '.join(_READERS)}")
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file: set {key} to one that exists") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}: make it a readable file") from error
    if not content.strip():
        raise DataError(f"{path}: is empty: give a file with rows in it")
    if content.startswith(_UTF_16):
        raise DataError(f"{path}: is UTF-16: save it as UTF-8")
    rows, bad = reader(path, content)
    if not rows:
        first = f" (line {bad[0].line}: {bad[0].reason})" if bad else ""
        raise DataError(f"{path}: no usable rows{first}: nothing to train on")
    return Rows(path, rows, bad)


def _read_jsonl(path: Path, content: bytes) -> tuple[list[Row], list[BadRow]]:
    decoder = msgspec.json.Decoder(Row)
    rows: list[Row] = []
    bad: list[BadRow] = []
    offset = 0
    for number, line in enumerate(content.split(b"\n"), start=1):
        text = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
        if text:
            try:
                rows.append(decoder.decode(text))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                bad.append(BadRow(number, offset, _json_fault(text, error)))
        offset += len(line) + 1
    if bad and content.removeprefix(_BOM).lstrip().startswith(b"[") and content.rstrip().endswith(b"]"):
        raise DataError(f"{path}: holds one JSON array, not an object a line: name it .json")
    return rows, bad


def _json_fault(text: bytes, error: Exception) -> str:
    """What is wrong with a JSON text, in words for the user."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 (byte 0x{error.object[error.start]:02x}): save the file as UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if b"\0" in text:
        return "holds a NUL byte"
    return _PLAIN_FAULTS.get(str(error), str(error))


def _read_json(path: Path, content: bytes) -> tuple[list[Row], list[BadRow]]:
    text = content.removeprefix(_BOM)
    try:
        items = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fault = _json_fault(text, error)
        raise DataError(f"{path}: not valid JSON: {fault}: a file of one object a line is named .jsonl") from error
    if not isinstance(items, list):
        raise DataError(f"{path}: holds {type(items).__name__}, not an array of objects: give it as [{{…}}, {{…}}]")
    rows = [item for item in items if isinstance(item, dict)]
    bad = [BadRow(place, 0, "not an object") for place, item in enumerate(items, start=1) if not isinstance(item, dict)]
    return rows, bad


def _read_delimited(delimiter: str) -> Callable[[Path, bytes], tuple[list[Row], list[BadRow]]]:
    def read(path: Path, content: bytes) -> tuple[list[Row], list[BadRow]]:
        text = content.removeprefix(_BOM).decode("utf-8", errors="surrogateescape")
        records = _records(io.StringIO(text, newline=""), delimiter)
        header: list[str] | None = None
        rows: list[Row] = []
        faults: list[tuple[int, str]] = []
        for line, fields in records:
            if header is None:
                header = _header(path, line, fields)
                continue
            fault = fields if isinstance(fields, str) else _row_fault(fields, len(header))
            if fault:
                faults.append((line, fault))
            else:
                rows.append(dict(zip(header, fields, strict=True)))
        return rows, _placed(content, faults)

    return read


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record's first line and its fields, or what is wrong with it; blank lines are passed over."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            swallowed = reader.line_num - line
            unclosed = "unexpected end" in str(error)
            reason = f"a quote is never closed; it swallows the {swallowed} lines below" if unclosed else str(error)
            yield line, reason
        else:
            if fields:
                yield line, fields


def _header(path: Path, line: int, fields: list[str] | str) -> list[str]:
    fault = fields if isinstance(fields, str) else _text_fault(fields)
    if fault or isinstance(fields, str):
        raise DataError(f"{path}: line {line}, which names the columns: {fault}")
    twice = next((name for place, name in enumerate(fields) if name in fields[:place]), None)
    if twice is not None:
        raise DataError(f"{path}: line {line} names the column {twice!r} twice: rename one of them")
    return fields


def _row_fault(fields: list[str], wanted: int) -> str:
    if len(fields) != wanted:
        return f"{len(fields)} fields, not {wanted} as the first line names"
    return _text_fault(fields)


def _text_fault(fields: list[str]) -> str:
    text = "".join(fields)
    if "\0" in text:
        return "holds a NUL byte"
    if text.isascii():
        return ""
    escaped = next((code for character in text if 0xDC80 <= (code := ord(character)) <= 0xDCFF), None)
    return "" if escaped is None else f"not UTF-8 (byte 0x{escaped - 0xDC00:02x}): save the file as UTF-8"


def _placed(content: bytes, faults: list[tuple[int, str]]) -> list[BadRow]:
    """Bad rows with the offset of their line. Lines are only looked for when there are any."""
    if not faults:
        return []
    starts = [0, *(match.end() for match in _LINE_END.finditer(content))]
    return [BadRow(line, starts[line - 1], reason) for line, reason in faults]


def _read_parquet(path: Path, content: bytes) -> tuple[list[Row], list[BadRow]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names = file.schema_arrow.names
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise DataError(f"{path}: has the column {twice!r} twice: rename one of them")
        return file.read().to_pylist(), []
    except (pa.ArrowException, OSError) as error:
        first = (str(error).splitlines() or ["unreadable"])[0]
        raise DataError(f"{path}: not a whole Parquet file: {first}: copy or export it again") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: holds text that is not UTF-8: export it again as UTF-8") from error


_READERS: dict[str, Callable[[Path, bytes], tuple[list[Row], list[BadRow]]]] = {
    ".jsonl": _read_jsonl,
    ".json": _read_json,
    ".csv": _read_delimited(","),
    ".tsv": _read_delimited("\t"),
    ".parquet": _read_parquet,
}
