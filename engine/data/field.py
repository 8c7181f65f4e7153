"""A field of a row by name, `a.b` for a field in a field."""

from typing import Any

from engine.data.records import Row


def field_value(row: Row, name: str) -> Any:
    """The value of a field; None where there is none. A field whose own name has a dot in it comes first."""
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value
