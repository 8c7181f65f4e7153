"""Rows as lines of text: JSON a line, one JSON array, or CSV and TSV.

In CSV and TSV every value is text: null and a field that is missing are empty, numbers and truth values as JSON has
them, lists and objects their JSON text. A field that no row has among the first is a column all the same.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from engine.data.conversations import Unfit
from engine.data.export.target import Target
from engine.data.records import Row

_encode = msgspec.json.Encoder().encode
_BATCH_BYTES = 1 << 20
_BATCH_CHARACTERS = 1 << 18
_GZIP_LEVEL = 6
"""The usual one; 9 takes four times as long for a hundredth less."""


def write_text(target: Target, rows: Callable[[], Iterable[Row]], left_out: Callable[[str], object]) -> None:
    """Write all rows to `target.path`. `rows` begins anew each time; `left_out` hears why one could not be written."""
    pieces = _PIECES[target.form](rows, left_out)
    with _opened(target) as file:
        held = bytearray()
        for piece in pieces:
            held += piece
            if len(held) >= _BATCH_BYTES:
                file.write(bytes(held))
                held.clear()
        file.write(bytes(held))


@contextmanager
def _opened(target: Target) -> Iterator[Any]:
    """The file. The same rows give the same bytes: no time is written into a gzip file."""
    if target.compression == "gzip":
        with target.path.open("wb") as file, gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
            yield packed
        return
    import pyarrow as pa

    with pa.output_stream(str(target.path), compression=target.compression) as file:
        yield file


def as_json(value: Any) -> bytes:
    """A value as JSON; Python's encoder writes what msgspec refuses, such as half a surrogate pair. Raises Unfit."""
    try:
        return _encode(value)
    except (UnicodeError, OverflowError, TypeError):
        return json.dumps(value, default=str).encode()
    except RecursionError as error:
        raise Unfit("is nested too deeply") from error


def _objects(rows: Iterable[Row], left_out: Callable[[str], object]) -> Iterator[bytes]:
    for row in rows:
        try:
            yield as_json(row)
        except Unfit as error:
            left_out(str(error))


def _jsonl(rows: Callable[[], Iterable[Row]], left_out: Callable[[str], object]) -> Iterator[bytes]:
    for text in _objects(rows(), left_out):
        yield text + b"\n"


def _json(rows: Callable[[], Iterable[Row]], left_out: Callable[[str], object]) -> Iterator[bytes]:
    before = b"[\n"
    for text in _objects(rows(), left_out):
        yield before + text
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _delimited(
    delimiter: str,
) -> Callable[[Callable[[], Iterable[Row]], Callable[[str], object]], Iterator[bytes]]:
    def pieces(rows: Callable[[], Iterable[Row]], left_out: Callable[[str], object]) -> Iterator[bytes]:
        names: dict[str, None] = {}
        for row in rows():
            if not row.keys() <= names.keys():
                names.update(dict.fromkeys(row))
        text = io.StringIO()
        # line ends as RFC 4180 has them: with others Python before 3.13 leaves a lone \r in a field unquoted
        write = csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow
        write(names)
        for row in rows():
            try:
                write([_cell(row.get(name)) for name in names])
            except Unfit as error:
                left_out(str(error))
            if text.tell() >= _BATCH_CHARACTERS:
                yield text.getvalue().encode("utf-8", "backslashreplace")
                text.seek(0)
                text.truncate()
        yield text.getvalue().encode("utf-8", "backslashreplace")

    return pieces


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else as_json(value).decode()
    if "\0" in text:
        raise Unfit("holds a NUL byte, which a table of text cannot")
    return text


_PIECES: dict[str, Callable[[Callable[[], Iterable[Row]], Callable[[str], object]], Iterator[bytes]]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
}
