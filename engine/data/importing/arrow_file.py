"""Parquet and Arrow files -> a part: their columns are taken over; what JSON does not know becomes text."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.data.importing.columns import arrow_type, schema_of
from engine.data.importing.part import BATCH_BYTES, BATCH_ROWS, Part, PartWriter
from engine.data.importing.shape import Shape
from engine.errors import DataError


def import_table(
    path: Path, name: str, writer_of: Callable[[Shape], PartWriter], tell: Callable[[int], object]
) -> Part:
    """All rows of a .parquet, .arrow, .feather or .ipc file. Raises DataError when it is not whole.

    Values that JSON does not know (times, decimals, bytes, dictionaries' keys that are no text) become text.
    """
    kind = "Parquet" if path.suffix.lower() == ".parquet" else "Arrow"
    try:
        schema, batches = _open_parquet(path) if kind == "Parquet" else _open_arrow(path)
        twice = next((field for place, field in enumerate(schema.names) if field in schema.names[:place]), None)
        if twice is not None:
            raise DataError(f"{name}: has the column {twice!r} twice: rename one of them")
        shape = Shape("object", fields={field.name: shape_of_type(field.type) for field in schema})
        with writer_of(shape) as writer:
            line = 0
            for batch in batches:
                batch.validate(full=True)  # a damaged offset is read as memory that is not the file's
                for piece in _pieces(batch):
                    writer.write(_converted(piece, shape, line))
                    line += piece.num_rows
                tell(batch.nbytes)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if "[errno" in str(error):  # of writing, or of the disk: not the file's fault
            raise
        first = (str(error).splitlines() or ["unreadable"])[0][:200]
        raise DataError(f"{name}: not a whole {kind} file: {first}: copy or export it again") from error
    return writer.part(line)


def _open_parquet(path: Path) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    file = pq.ParquetFile(path)
    return file.schema_arrow, file.iter_batches(BATCH_ROWS)


def _open_arrow(path: Path) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    """An IPC file, or the stream form that `datasets` writes."""
    source = pa.memory_map(str(path))
    try:
        reader = pa.ipc.open_file(source)
    except pa.ArrowInvalid:
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return stream.schema, stream
    return reader.schema, (reader.get_batch(number) for number in range(reader.num_record_batches))


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    each = BATCH_ROWS
    if batch.num_rows and batch.nbytes > BATCH_BYTES:
        each = max(1, min(BATCH_ROWS, batch.num_rows * BATCH_BYTES // batch.nbytes))
    for first in range(0, batch.num_rows, each):
        yield batch.slice(first, each)


def shape_of_type(kind: pa.DataType) -> Shape:
    """The shape of an Arrow type's values; every one may be null."""
    types = pa.types
    if types.is_boolean(kind):
        return Shape("boolean", null=True)
    if types.is_integer(kind) and not types.is_uint64(kind):
        return Shape("integer", null=True)
    if types.is_floating(kind):
        return Shape("number", null=True)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return Shape("list", item=shape_of_type(kind.value_type), null=True)
    if types.is_struct(kind):
        fields = {kind.field(place).name: shape_of_type(kind.field(place).type) for place in range(kind.num_fields)}
        return Shape("object", fields=fields, null=True)
    if types.is_map(kind) or types.is_null(kind) or types.is_uint64(kind):
        return Shape("json", null=True)
    return Shape("text", null=True)


def _converted(batch: pa.RecordBatch, shape: Shape, line: int) -> pa.RecordBatch:
    columns = [_as(inner, batch.column(place)) for place, inner in enumerate(shape.fields.values())]
    lines = pa.array(np.arange(line + 1, line + 1 + batch.num_rows, dtype=np.int64))
    return pa.RecordBatch.from_arrays(
        [lines, pa.nulls(batch.num_rows, pa.large_string()), *columns], schema=schema_of(shape)
    )


def _as(shape: Shape, column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    match shape.kind:
        case "list":
            return _list(shape, column)
        case "object":
            children = [_as(inner, child) for inner, child in zip(shape.fields.values(), column.flatten(), strict=True)]
            mask = column.is_null() if column.null_count else None
            if not children:
                return pa.array([None if missing else {} for missing in column.is_null().to_pylist()], pa.struct([]))
            return pa.StructArray.from_arrays(children, fields=list(arrow_type(shape)), mask=mask)
        case "json":
            return pa.array([_json(value) for value in column.to_pylist()], pa.large_string())
        case "text":
            return _text(column)
    return pc.cast(column, arrow_type(shape))


def _list(shape: Shape, column: pa.Array) -> pa.Array:
    assert shape.item is not None
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64))
    mask = column.is_null() if column.null_count else None
    items = _as(shape.item, pc.list_flatten(column))
    return pa.LargeListArray.from_arrays(offsets, items, type=arrow_type(shape), mask=mask)


def _text(column: pa.Array) -> pa.Array:
    """Texts, checked to be UTF-8; other values as Python writes them."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        texts = pc.cast(column, pa.large_string())
        texts.validate(full=True)
        return texts
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        try:
            return pc.cast(column, pa.large_string())
        except pa.ArrowException:
            pass
    return pa.array([None if value is None else _written(value) for value in column.to_pylist()], pa.large_string())


def _written(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _json(value: Any) -> str | None:
    """A map becomes an object where its keys are texts, else a list of pairs."""
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(pair, tuple) and isinstance(pair[0], str) for pair in value):
        value = dict(value)
    return msgspec.json.encode(value, enc_hook=str).decode()
