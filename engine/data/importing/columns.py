"""Rows of one shape <-> Arrow columns.

Columns are called f0, f1, … in the order of the shape's fields, so that a field may have any name. Two more stand
before them: `line`, where the row was, and `odd`, a row of another shape as JSON text (then its fields are null).
"""

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from engine.data.importing.shape import Shape
from engine.data.records import Row

LINE, ODD = "line", "odd"
_FIRST = 2
"""Columns before the fields."""

_ABSENT = object()
"""In the place of a field that its object does not have."""
_decode = msgspec.json.Decoder().decode


def schema_of(shape: Shape) -> pa.Schema:
    """The Arrow schema of rows of a shape."""
    fields = [(f"f{place}", arrow_type(inner)) for place, inner in enumerate(shape.fields.values())]
    return pa.schema([(LINE, pa.int64()), (ODD, pa.large_string()), *fields])


def arrow_type(shape: Shape) -> pa.DataType:
    """The Arrow type of a value's column."""
    match shape.kind:
        case "integer":
            return pa.int64()
        case "number":
            return pa.float64()
        case "boolean":
            return pa.bool_()
        case "list":
            assert shape.item is not None
            return pa.large_list(arrow_type(shape.item))
        case "object":
            return pa.struct([(f"f{place}", arrow_type(inner)) for place, inner in enumerate(shape.fields.values())])
    return pa.large_string()


def build(shape: Shape, values: Sequence[Any]) -> pa.Array:
    """The column of decoded values; None where there is none. `json` values are msgspec.Raw."""
    match shape.kind:
        case "json":
            return pa.array([None if value is None else bytes(value) for value in values], pa.large_string())
        case "list":
            return _build_list(shape, values)
        case "object":
            return _build_object(shape, values)
    return pa.array(values, arrow_type(shape))


def _build_list(shape: Shape, values: Sequence[Any]) -> pa.Array:
    assert shape.item is not None
    missing = np.fromiter((value is None for value in values), bool, len(values))
    present = [value or () for value in values] if missing.any() else values
    offsets = pa.array(np.fromiter(accumulate(map(len, present), initial=0), np.int64, len(values) + 1))
    items = build(shape.item, list(chain.from_iterable(present)))
    mask = pa.array(missing) if missing.any() else None
    return pa.LargeListArray.from_arrays(offsets, items, type=arrow_type(shape), mask=mask)


def _build_object(shape: Shape, values: Sequence[Any]) -> pa.Array:
    missing = np.fromiter((value is None for value in values), bool, len(values))
    whole = arrow_type(shape)
    children = [
        build(inner, [None if value is None else getattr(value, f"f{place}") for value in values])
        for place, inner in enumerate(shape.fields.values())
    ]
    if not children:
        return pa.array([None if value is None else {} for value in values], whole)
    return pa.StructArray.from_arrays(children, fields=list(whole), mask=pa.array(missing) if missing.any() else None)


def build_batch(shape: Shape, lines: Sequence[int], rows: Sequence[Any], odd: Sequence[bytes | None]) -> pa.RecordBatch:
    """A record batch of decoded rows; a row whose `odd` text is given is None."""
    columns = [pa.array(lines, pa.int64()), pa.array(odd, pa.large_string())]
    whole = all(row is not None for row in rows)
    for place, inner in enumerate(shape.fields.values()):
        get = attrgetter(f"f{place}")
        values = list(map(get, rows)) if whole else [None if row is None else get(row) for row in rows]
        columns.append(build(inner, values))
    return pa.RecordBatch.from_arrays(columns, schema=schema_of(shape))


def rebuild(shape: Shape, batch: pa.RecordBatch) -> list[Row]:
    """The rows of a batch as they were read."""
    rows: list[Row] = _dicts(shape, batch.columns[_FIRST:], batch.num_rows)
    odd = batch.column(1)
    if odd.null_count < len(odd):
        for place, text in enumerate(odd.to_pylist()):
            if text is not None:
                rows[place] = from_json(text)
    return rows


def _dicts(shape: Shape, columns: Sequence[pa.Array], count: int) -> list[Any]:
    """Objects of their fields' columns."""
    if not shape.fields:
        return [{} for _ in range(count)]
    names = list(shape.fields)
    values = [_fields(inner, column) for inner, column in zip(shape.fields.values(), columns, strict=True)]
    if any(inner.absent for inner in shape.fields.values()):
        return [
            {name: value for name, value in zip(names, found, strict=True) if value is not _ABSENT}
            for found in zip(*values, strict=True)
        ]
    return [dict(zip(names, found, strict=True)) for found in zip(*values, strict=True)]


def _fields(shape: Shape, column: pa.Array) -> list[Any]:
    """An object's field: a column's null means that it is not there, where it may be missing."""
    values = _values(shape, column)
    if not shape.absent:
        return values
    if shape.kind == "json":
        return [value if valid else _ABSENT for value, valid in zip(values, column.is_valid().to_pylist(), strict=True)]
    return [_ABSENT if value is None else value for value in values]


def from_json(text: str) -> Any:
    """A value of JSON text. Python's decoder takes what msgspec finds too large or too deep."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError):
        return json.loads(text)


def _values(shape: Shape, column: pa.Array) -> list[Any]:
    match shape.kind:
        case "list":
            return list(_lists(shape, column))
        case "object":
            return _objects(shape, column)
        case "json":
            return [None if text is None else from_json(text) for text in _plain(column)]
    return _plain(column)


def _plain(column: pa.Array) -> list[Any]:
    """Texts and numbers as Python has them. numpy's way is several times faster than to_pylist, but makes 1 into 1.0
    where there are nulls.
    """
    if pa.types.is_large_string(column.type) or not column.null_count:
        values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return values
    listed: list[Any] = column.to_pylist()
    return listed


def _lists(shape: Shape, column: pa.Array) -> Iterator[list[Any] | None]:
    assert shape.item is not None
    offsets = column.offsets.to_numpy()
    first = int(offsets[0]) if len(offsets) else 0
    items = _values(shape.item, column.values.slice(first, int(offsets[-1]) - first if len(offsets) else 0))
    valid = column.is_valid().to_pylist() if column.null_count else None
    for place, (start, end) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        yield items[start - first : end - first] if valid is None or valid[place] else None


def _objects(shape: Shape, column: pa.Array) -> list[Any]:
    objects = _dicts(shape, column.flatten(), len(column))
    if column.null_count:
        return [made if valid else None for made, valid in zip(objects, column.is_valid().to_pylist(), strict=True)]
    return objects
