"""Rows as a Parquet or Arrow file.

A field has one type in all rows, so a first pass finds it. Fields of an object that some rows lack come back as null;
values of several kinds (a number here, a text there) become text, which is said.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.data.export.target import Target
from engine.data.export.types import arrow_type, column, holds, json_paths, merged, type_of
from engine.data.records import Row

_BATCH_ROWS = 10_000
_BATCH_CHARACTERS = 32_000_000


def write_table(target: Target, rows: Callable[[], Iterable[Row]], note: Callable[[str], object]) -> None:
    """Write all rows to `target.path`. `rows` begins anew each time; `note` hears what comes back different."""
    types: dict[str, Any] = {}
    for row in rows():
        for name, value in row.items():
            known = types.get(name)
            if known is None or not holds(known, value):
                types[name] = merged("null" if known is None else known, type_of(value))
    for path in (path for name, kind in types.items() for path in json_paths(kind, name)):
        note(f"{path} holds values of several kinds: written as JSON text")
    schema = pa.schema([(name, arrow_type(kind)) for name, kind in types.items()])
    with _writer(target, schema) as writer:
        batch: list[Row] = []
        characters = 0
        for row in rows():
            batch.append(row)
            characters += _characters(row)
            if len(batch) >= _BATCH_ROWS or characters >= _BATCH_CHARACTERS:
                writer.write_batch(_batch(batch, types, schema))
                batch, characters = [], 0
        if batch:
            writer.write_batch(_batch(batch, types, schema))


def _writer(target: Target, schema: pa.Schema) -> Any:
    if target.form == "arrow":
        return pa.ipc.new_file(str(target.path), schema)
    return pq.ParquetWriter(str(target.path), schema, compression="zstd")


def _batch(rows: list[Row], types: dict[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = [column([row.get(name) for row in rows], kind) for name, kind in types.items()]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _characters(value: Any) -> int:
    """About how much memory a value takes."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 8
