"""A JSON document -> parts: an array of rows, or an object whose values are arrays of rows (named splits).

The document is in memory while it is imported, but its rows only one at a time.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from engine.data.importing.faults import json_fault
from engine.data.importing.jsonl import BOM, SAMPLE_ROWS, LineReader
from engine.data.importing.part import Part, PartWriter
from engine.data.importing.shape import Shape, shape_of
from engine.data.importing.source import split_of
from engine.data.records import BadRow, Row
from engine.errors import DataError

_TOLD_ITEMS = 2000
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def import_document(
    content: bytes,
    name: str,
    writer_of: Callable[[Shape], PartWriter],
    split: str,
    tell: Callable[[int], object],
) -> list[tuple[Part, list[BadRow]]]:
    """A document's arrays, a part each. Bad rows carry an item's place. Raises DataError when it holds no arrays."""
    text = content.removeprefix(BOM)
    try:
        items = msgspec.json.decode(text, type=list[msgspec.Raw])
        return [_import_items(items, writer_of, split, tell)]
    except msgspec.ValidationError:
        splits = _splits(text, name)
    except _FAULTS as error:
        raise _refusal(text, name, error) from error
    return [_import_items(items, writer_of, split or split_of(key) or key, tell) for key, items in splits.items()]


def _splits(text: bytes, name: str) -> dict[str, list[msgspec.Raw]]:
    try:
        values = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError as error:
        raise DataError(f"{name}: holds a single value, not an array of objects: give it as [{{…}}, {{…}}]") from error
    except _FAULTS as error:
        raise _refusal(text, name, error) from error
    splits = {}
    for key, value in values.items():
        try:
            splits[key] = msgspec.json.decode(value, type=list[msgspec.Raw])
        except _FAULTS:
            continue
    if not any(bytes(item).lstrip().startswith(b"{") for items in splits.values() for item in items[:SAMPLE_ROWS]):
        raise DataError(
            f"{name}: holds an object, not an array of objects: give it as [{{…}}, {{…}}], "
            'or as {"train": [{…}], "test": [{…}]}; a file of one object a line is named .jsonl'
        )
    return splits


def _refusal(text: bytes, name: str, error: Exception) -> DataError:
    fault = json_fault(text, error)
    return DataError(f"{name}: not valid JSON: {fault}: a file of one object a line is named .jsonl")


def _import_items(
    items: list[msgspec.Raw], writer_of: Callable[[Shape], PartWriter], split: str, tell: Callable[[int], object]
) -> tuple[Part, list[BadRow]]:
    step = max(1, len(items) // SAMPLE_ROWS)
    with writer_of(shape_of(_sample(items[::step]))) as writer:
        reader = LineReader(writer, places=True)
        for first in range(0, len(items), _TOLD_ITEMS):
            block = [bytes(item) for item in items[first : first + _TOLD_ITEMS]]
            reader.take(0, block)
            tell(sum(map(len, block)))
    return writer.part(reader.line, split=split), writer.bad


def _sample(items: list[msgspec.Raw]) -> list[Row]:
    rows = []
    for item in items:
        try:
            row: Any = msgspec.json.decode(item)
        except _FAULTS:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
