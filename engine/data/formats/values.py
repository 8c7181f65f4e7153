"""Values of a row as text, and where in a row a dotted path leads."""

from typing import Any

Unset = object()
"""What `find` gives where a path leads nowhere; None is a value that is null."""

_NO_TEXT = (list, dict, tuple, set, bytes)


def one_line(text: str, most: int = 300) -> str:
    """A text without line breaks, cut where it is long: names of fields may hold anything."""
    return " ".join(text.split())[:most]


class Unfit(ValueError):
    """A row that is not what its format or mapping asks for; the text says why, in one line."""

    def __init__(self, why: str) -> None:
        super().__init__(one_line(why))


def as_text(value: object, name: str) -> str:
    """A value as text: true and false as JSON writes them. Raises Unfit where it is missing or no text."""
    if isinstance(value, str):
        return value
    if value is None or value is Unset:
        raise Unfit(f"{name} is missing")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _NO_TEXT):
        raise Unfit(f"{name} is no text")
    return str(value)


def find(value: object, path: str) -> Any:
    """What lies at a path such as `a.b` or `instances.0.output`; Unset where nothing does.

    A field whose own name has dots in it is found before a field in a field.
    """
    if isinstance(value, dict):
        if path in value:
            return value[path]
        return _deeper(value, path)
    head, _, rest = path.partition(".")
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        return find(value[int(head)], rest) if rest else value[int(head)]
    return Unset


def _deeper(value: dict[str, Any], path: str) -> Any:
    """The path in the field that its longest beginning names."""
    dot = path.rfind(".")
    while dot > 0:
        if path[:dot] in value:
            return find(value[path[:dot]], path[dot + 1 :])
        dot = path.rfind(".", 0, dot)
    return Unset


def as_truth(value: object, name: str) -> bool:
    """Whether a label says good: true or false, 1 or 0, or these as words. Raises Unfit."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in ("true", "yes", "1"):
        return True
    if word in ("false", "no", "0"):
        return False
    raise Unfit(f"{name} is {'missing' if value is None or value is Unset else 'neither true nor false'}")
