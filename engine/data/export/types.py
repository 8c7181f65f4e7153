"""The Arrow type that holds all values of a field. What no type holds becomes JSON text."""

from typing import Any

import pyarrow as pa

from engine.data.export.texts import as_json

Type = Any
"""A leaf's name, `[item]` for a list, a dict by field for an object."""

_EXACT = 2**53
"""Above this a number with fractions cannot hold every whole one."""
_MOST_FIELDS = 200
_DEEPEST = 8

_LEAVES = {
    "null": pa.large_string(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "large": pa.int64(),
    "number": pa.float64(),
    "text": pa.large_string(),
    "json": pa.large_string(),
}


def type_of(value: Any, depth: int = 0) -> Type:
    """The type of one value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if abs(value) <= _EXACT else "large" if -(2**63) <= value < 2**63 else "json"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "text"
    if depth >= _DEEPEST:
        return "json"
    if isinstance(value, list):
        item: Type = "null"
        for inner in value:
            item = merged(item, type_of(inner, depth + 1))
        return [item]
    if isinstance(value, dict) and 0 < len(value) <= _MOST_FIELDS:
        return {name: type_of(inner, depth + 1) for name, inner in value.items()}
    return "json"


def holds(kind: Type, value: Any) -> bool:
    """Whether a type surely holds a value as it is; False says nothing. A quick look before `type_of`."""
    if type(value) is str:
        return bool(kind == "text")
    if type(value) is list:
        return isinstance(kind, list) and all(holds(kind[0], inner) for inner in value)
    if type(value) is dict:
        known = isinstance(kind, dict) and bool(value)
        return known and all(name in kind and holds(kind[name], inner) for name, inner in value.items())
    return value is None or bool(type_of(value) == kind)


def merged(one: Type, other: Type) -> Type:
    """The type that holds the values of both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    if isinstance(one, list) and isinstance(other, list):
        return [merged(one[0], other[0])]
    if isinstance(one, dict) and isinstance(other, dict):
        both = {name: merged(kind, other.get(name, "null")) for name, kind in one.items()}
        both |= {name: kind for name, kind in other.items() if name not in one}
        return both if len(both) <= _MOST_FIELDS else "json"
    pair = {one, other} if isinstance(one, str) and isinstance(other, str) else set()
    if pair == {"integer", "large"}:
        return "large"
    return "number" if pair == {"integer", "number"} else "json"


def arrow_type(kind: Type) -> pa.DataType:
    """The Arrow type."""
    if isinstance(kind, list):
        return pa.large_list(arrow_type(kind[0]))
    if isinstance(kind, dict):
        return pa.struct([(name, arrow_type(inner)) for name, inner in kind.items()])
    return _LEAVES[kind]


def fitted(value: Any, kind: Type) -> Any:
    """A value as its type holds it."""
    if value is None:
        return None
    if kind in ("json", "text", "null"):
        text = value if isinstance(value, str) else as_json(value).decode()
        return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    if isinstance(kind, list):
        return [fitted(inner, kind[0]) for inner in value]
    if isinstance(kind, dict):
        return {name: fitted(value.get(name), inner) for name, inner in kind.items()}
    return float(value) if kind == "number" else value


def column(values: list[Any], kind: Type) -> pa.Array:
    """The column of a field's values."""
    if not json_paths(kind, ""):
        try:
            return pa.array(values, arrow_type(kind))
        except (pa.ArrowException, UnicodeError):  # half a surrogate pair, which only `fitted` writes
            pass
    return pa.array([fitted(value, kind) for value in values], arrow_type(kind))


def json_paths(kind: Type, name: str) -> list[str]:
    """The fields at or below `name` whose values are written as JSON text."""
    if isinstance(kind, list):
        return json_paths(kind[0], f"{name}[]")
    if isinstance(kind, dict):
        return [path for field, inner in kind.items() for path in json_paths(inner, f"{name}.{field}")]
    return [name] if kind == "json" else []
