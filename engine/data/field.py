"""A field of a row by name."""

from typing import Any

from engine.data.formats.values import Unset, find
from engine.data.records import Row


def field_value(row: Row, name: str) -> Any:
    """The value of a field, `a.b` for a field in a field; None where there is none."""
    value = find(row, name)
    return None if value is Unset else value
