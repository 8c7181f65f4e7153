"""CSV and TSV -> a part. Every field is text; the first record names the columns."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pyarrow as pa

from engine.data.importing.columns import LINE, ODD
from engine.data.importing.part import BATCH_BYTES, BATCH_ROWS, Part, PartWriter
from engine.data.importing.shape import Shape
from engine.data.records import BadRow
from engine.errors import DataError

_FIELD_LIMIT = 64 << 20
"""Characters in one field: Python's own limit of 131,072 refuses long documents, and without any an open quote would
take the whole file into memory."""


class _Lines:
    """Lines of a text file, with the byte at which each begins."""

    def __init__(self, file: BinaryIO) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self.starts: list[int] = []
        """Where the lines of the record being read begin."""
        self.number = 0
        """Lines read."""
        self.end = 0
        """Bytes read."""

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.number += 1
            self.starts.append(self.end)
            self.end += len(line) if line.isascii() else len(line.encode("utf-8", "surrogateescape"))
            yield line


def import_delimited(
    file: BinaryIO, name: str, delimiter: str, writer_of: Callable[[Shape], PartWriter], tell: Callable[[int], object]
) -> tuple[Part, list[BadRow]]:
    """All records of a stream. `name`: the file, for errors. `tell(bytes)` says how far it is.

    Raises DataError when the first record cannot name columns.
    """
    mark = len(b"\xef\xbb\xbf") if file.peek(3)[:3] == b"\xef\xbb\xbf" else 0  # type: ignore[attr-defined]
    lines = _Lines(file)
    lines.end = mark
    records = _records(lines, delimiter)
    line, _, first = next(records, (1, 0, []))
    header = _header(name, line, first)
    with writer_of(Shape("object", fields={column: Shape("text") for column in header})) as writer:
        for batch in _batches(records, len(header), writer.bad):
            writer.write(_columns(batch, len(header)))
            tell(lines.end)
    return writer.part(lines.number), writer.bad


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, int, list[str] | str]]:
    """Each record's first line, that line's byte, and its fields or what is wrong; blank lines are no records."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.starts.clear()
        line = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            swallowed = lines.number - line
            unclosed = "unexpected end" in str(error) or "field limit" in str(error)
            reason = f"a quote is never closed; it swallows the {swallowed} lines below" if unclosed else str(error)
            yield line, _start(lines), reason
        else:
            if fields:
                yield line, _start(lines), fields


def _start(lines: _Lines) -> int:
    return lines.starts[0] if lines.starts else lines.end


def _batches(
    records: Iterator[tuple[int, int, list[str] | str]], width: int, bad: list[BadRow]
) -> Iterator[list[tuple[int, list[str]]]]:
    """Whole records with their lines, a batch at a time; the others are added to `bad`."""
    batch: list[tuple[int, list[str]]] = []
    size = 0
    for line, offset, fields in records:
        fault = fields if isinstance(fields, str) else _fault(fields, width)
        if fault or isinstance(fields, str):
            bad.append(BadRow(line, offset, fault))
            continue
        batch.append((line, fields))
        size += sum(map(len, fields))
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _columns(batch: list[tuple[int, list[str]]], width: int) -> pa.RecordBatch:
    columns = [pa.array([fields[place] for _, fields in batch], pa.large_string()) for place in range(width)]
    lines = pa.array([line for line, _ in batch], pa.int64())
    names = [LINE, ODD, *(f"f{place}" for place in range(width))]
    return pa.RecordBatch.from_arrays([lines, pa.nulls(len(batch), pa.large_string()), *columns], names=names)


def _header(name: str, line: int, fields: list[str] | str) -> list[str]:
    fault = fields if isinstance(fields, str) else _text_fault(fields)
    if fault or isinstance(fields, str):
        raise DataError(f"{name}: line {line}, which names the columns: {fault}: mend it")
    twice = next((column for place, column in enumerate(fields) if column in fields[:place]), None)
    if twice is not None:
        raise DataError(f"{name}: line {line} names the column {twice!r} twice: rename one of them")
    return fields


def _fault(fields: list[str], wanted: int) -> str:
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
