"""A recipe's settings as a commented `project.toml`."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tomlkit
from pydantic import BaseModel

from engine.recipe import VERSION, Recipe

_WIDTH = 116


def as_toml(settings: Mapping[str, Any], *, head: Iterable[str] = (), said: Mapping[str, str] | None = None) -> str:
    """Settings by dotted key as TOML, in the order of the recipe's types.

    `head`: lines of comment above everything. `said`: for a setting what stands behind it as a comment.
    """
    lines = [*comment(head), f"version = {VERSION}"]
    lines += _section(Recipe, "", dict(settings), said or {})
    return "\n".join(lines).strip("\n") + "\n"


def written(value: Any) -> str:
    """A value as TOML on one line; what TOML has no word for, nothing, is an empty text."""
    if isinstance(value, dict):
        value = {key: one for key, one in value.items() if one is not None}
    return '""' if value is None else _value(value)


def comment(lines: Iterable[str]) -> list[str]:
    """Lines as comments, long ones on several with the later ones set in."""
    found = []
    for line in lines:
        wrapped = textwrap.wrap(
            _printable(line), _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
        found += [f"# {part}" for part in wrapped] or ["#"]
    return found


def _section(section: type[BaseModel], prefix: str, settings: dict[str, Any], said: Mapping[str, str]) -> Iterator[str]:
    """The values of a section, then the sections in it."""
    names = [name for name in section.model_fields if f"{prefix}{name}" in settings]
    tables = [name for name in names if _is_tables(settings[prefix + name])]
    for name in names:
        if name not in tables and name != "version":
            note = said.get(prefix + name)
            value = _value(settings[prefix + name])
            yield from _noted(f"{name} = {value}", note or "")
    for name, field in section.model_fields.items():
        kind, path = field.annotation, f"{prefix}{name}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            inner = list(_section(kind, f"{path}.", settings, said))
            if inner and any(key.startswith(f"{path}.") and "." not in key[len(path) + 1 :] for key in settings):
                yield f"\n[{path}]" if not inner[0].startswith("\n[[") else ""
            yield from inner
        elif name in tables:
            for entry in settings[path]:
                yield f"\n[[{path}]]"
                yield from (f"{key} = {_value(value)}" for key, value in entry.items() if value is not None)


def _noted(line: str, note: str) -> list[str]:
    """A line with what is said about it behind it, or above it where that is too long."""
    if len(line) + len(note) + 3 <= _WIDTH:
        return [f"{line} # {_printable(note)}" if note else line]
    return [*comment([note]), line]


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, dict) for one in value)


def _value(value: Any) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        pairs = [f"{tomlkit.item(str(key)).as_string()} = {_value(inner)}" for key, inner in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return str(tomlkit.item(value).as_string())


def _printable(text: str) -> str:
    """One line without what TOML does not allow in a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text.replace("\n", " "))
