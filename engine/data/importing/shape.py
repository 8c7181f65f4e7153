"""The shape of rows: which fields they have, of which kind, found from a sample. Rows of another shape are kept too,
as JSON text; the shape decides only which rows lie in columns, where search and filters are fast.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec

Kind = Literal["text", "integer", "number", "boolean", "json", "list", "object"]
"""json: a value as JSON text, where a field's values are of several kinds, numbers with fractions or nested deeply."""

MOST_FIELDS = 200
"""Fields of one object; rows with more are kept as JSON text."""
DEEPEST = 4
"""Levels of lists and objects that become columns of their own."""
_UNUSUAL = re.compile(r'[\\"\x00-\x1f]')
"""In names that msgspec takes no field by."""
_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Shape(msgspec.Struct, frozen=True):
    """What a value is."""

    kind: Kind
    item: "Shape | None" = None
    """list: what its items are."""
    fields: dict[str, "Shape"] = {}
    """object: its fields, in the order in which they were met."""
    null: bool = False
    """Whether it may be null."""
    absent: bool = False
    """Whether it may be missing from its object."""

    @property
    def nested(self) -> bool:
        """Whether it holds other values."""
        return self.kind in ("list", "object")


def shape_of(rows: Sequence[dict[str, Any]]) -> Shape:
    """The shape that all rows of a sample have; what differs among them is `json`."""
    return _object(rows, depth=0)


def _of(values: Sequence[Any], depth: int) -> Shape:
    """The shape of values that are present."""
    kinds = {type(value) for value in values}
    null = type(None) in kinds
    kinds.discard(type(None))
    if kinds == {str}:
        return Shape("text", null=null)
    if kinds == {bool}:
        return Shape("boolean", null=null)
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values if value is not None):
        return Shape("integer", null=null)
    present = [value for value in values if value is not None]
    if kinds == {list} and depth < DEEPEST:
        return Shape("list", item=_of([item for value in present for item in value] or [""], depth + 1), null=null)
    if kinds == {dict} and depth < DEEPEST:
        found = _object(present, depth + 1)
        return found if not null else msgspec.structs.replace(found, null=True)
    return Shape("json", null=null)


def _object(rows: Sequence[dict[str, Any]], depth: int) -> Shape:
    names: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            names.setdefault(name, []).append(value)
    plain = [name for name in names if not _UNUSUAL.search(name)]
    if depth and (len(names) > MOST_FIELDS or len(plain) < len(names)):
        return Shape("json")
    fields = {}
    for name in plain[:MOST_FIELDS]:
        values = names[name]
        shape = _of(values, depth)
        absent = len(values) < len(rows)
        if absent and shape.null:  # a column's null means one of the two; JSON text can say which
            shape = Shape("json", null=True)
        fields[name] = msgspec.structs.replace(shape, absent=absent)
    return Shape("object", fields=fields)


def type_of(shape: Shape) -> Any:
    """The type that msgspec decodes values of this shape to, refusing all others. Objects have attributes f0, f1, …"""
    match shape.kind:
        case "text":
            plain: Any = str
        case "integer":
            plain = _INT64
        case "boolean":
            plain = bool
        case "list":
            assert shape.item is not None
            plain = list[type_of(shape.item)]  # type: ignore[misc]
        case "object":
            plain = _struct(shape)
        case _:
            return msgspec.Raw
    return plain | None if shape.null else plain


def _struct(shape: Shape) -> type[msgspec.Struct]:
    fields: list[Any] = []
    names = {}
    for place, (name, inner) in enumerate(shape.fields.items()):
        attribute = f"f{place}"
        names[attribute] = name
        kind = type_of(inner)
        fields.append((attribute, kind, None) if inner.absent else (attribute, kind))
    return msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, kw_only=True, gc=False)


def merged(shapes: Iterable[Shape]) -> dict[str, Kind]:
    """The top-level fields of several parts with their kinds; `json` where parts differ."""
    kinds: dict[str, Kind] = {}
    for shape in shapes:
        for name, inner in shape.fields.items():
            kinds[name] = inner.kind if kinds.get(name, inner.kind) == inner.kind else "json"
    return kinds
