"""What is typed as a value, and a value as text."""

from collections.abc import Mapping
from typing import Any

from engine.recipe_form.numbers import shown_number, typed_number
from engine.recipe_form.spec import FieldSpec

BREAK = "⏎"


def parse_entry(spec: FieldSpec, text: str) -> Any:
    """What was typed as a value; text that is no number stays text, and is then a problem. None means the default."""
    text = text.strip()
    match spec.kind:
        case "list":
            return [_with_breaks(item) for item in text.split(spec.separator) if item.strip()]
        case "integer" | "number":
            return typed_number(text, whole=spec.kind == "integer") if text else None
        case "switch":
            return {"on": True, "off": False}.get(text.lower(), text)
    return _with_breaks(text)


def entry(spec: FieldSpec, value: Any) -> str:
    """A value as it is typed, on one line; `parse_entry` takes it back. A line feed is written ⏎.

    Tables are not typed: what they hold is named.
    """
    if spec.kind == "table":
        return _named(value)
    if isinstance(value, list | tuple):
        return f"{spec.separator} ".join(str(item) for item in value).replace("\n", BREAK)
    return shown(value).replace("\n", BREAK)


def shown(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(_named_item(item) for item in value)
    if isinstance(value, Mapping):
        return _named(value)
    return shown_number(value) if isinstance(value, float) else str(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: 3 and 3.0 do, a list and a tuple do, 1 and True do not."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def fault(spec: FieldSpec, value: Any) -> str:
    """What is wrong with a value that the recipe's own check would read as a number; "" when nothing is."""
    if spec.numeric and isinstance(value, str):
        return f"must be a {'whole ' if spec.kind == 'integer' else ''}number, not {value[:30]!r}"
    return ""


def offers(spec: FieldSpec, text: str) -> list[str]:
    """What the item being typed may become: known items of a list that begin so and are not in it yet."""
    if spec.kind != "list" or not spec.choices:
        return []
    *given, begun = [item.strip() for item in text.split(spec.separator)]
    return [item for item in spec.choices if item.startswith(begun) and item != begun and item not in given]


def completed(spec: FieldSpec, text: str, item: str) -> str:
    """The text with an item in the place of the one being typed."""
    head, sign, _ = text.rpartition(spec.separator)
    return f"{head}{sign} {item}" if sign else item


def _named(value: Any) -> str:
    """The items of a table by name: kinds of rewards, steps, codes of warnings."""
    if isinstance(value, Mapping):
        return ", ".join(str(name) for name in value)
    return ", ".join(_named_item(item) for item in value or ())


def _named_item(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("kind") or item.get("step") or "?").replace("_", " ")
    return str(item)


def _with_breaks(text: str) -> str:
    return text.strip().replace(BREAK, "\n")
