"""What a mapping says of one role: a field, a text with fields in it, or a jinja template."""

import re
from collections.abc import Callable
from functools import lru_cache

from engine.data.example import Conversation, Message, Role
from engine.data.formats.turns import as_turns, is_turn
from engine.data.formats.values import Unfit, as_text, find
from engine.data.records import Row
from engine.errors import DataError

FIELD = re.compile(r"\{([^{}\"\n]+)\}")
"""A field in a text. What holds a quote is JSON that shall stay as it is."""


def is_template(pattern: str) -> bool:
    """Whether a pattern is a jinja template."""
    return "{{" in pattern or "{%" in pattern


def is_path(pattern: str) -> bool:
    """Whether a pattern is a field and nothing more."""
    return "{" not in pattern


@lru_cache(maxsize=256)
def compiled(role: str, pattern: str) -> Callable[[Row], str]:
    """A role's pattern as a function of a row; its Unfit names the role and the field.

    Raises DataError where a template is none. A system text without braces is itself, not a field's name.
    """
    if is_template(pattern):
        return _naming(role, _template(role, pattern))
    if FIELD.search(pattern):
        return _naming(role, lambda row: FIELD.sub(lambda match: text_at(row, match[1]), pattern))
    if role == "system":
        return lambda row: pattern
    return _naming(role, lambda row: text_at(row, pattern))


def compiled_turns(role: str, pattern: str, speaker: Role) -> Callable[[Row], Conversation]:
    """A role's pattern as turns: those that its field holds, else one by `speaker`. Raises DataError as `compiled`."""
    fill = compiled(role, pattern)

    def said(row: Row) -> Conversation:
        return (Message(speaker, fill(row)),)

    def held(row: Row) -> Conversation:
        value = find(row, pattern)
        if type(value) is str:
            return (Message(speaker, value),)
        if not _holds_turns(value):
            return said(row)
        try:
            return as_turns(value, pattern, speaker)
        except Unfit as error:
            raise Unfit(f"{role}: {error}") from error

    return held if is_path(pattern) and role != "system" else said


def text_at(row: Row, path: str) -> str:
    """The text at a path of a row. Raises Unfit, with the mend where a list or an object is there."""
    value = find(row, path)
    if isinstance(value, list | dict):
        raise Unfit(f"{path} is no text: write {as_json_pattern(path)}")
    return as_text(value, path)


def as_json_pattern(path: str, default: str = "") -> str:
    """The template that writes what is at a path as JSON; `default`: instead of what is missing."""
    head, *rest = path.split(".")
    name = head if head.isidentifier() else f"row[{head!r}]"
    for part in rest:
        name += f".{part}" if part.isidentifier() else f"[{int(part) if part.isdecimal() else repr(part)}]"
    return f"{{{{ {name}{f' | default({default}, true)' if default else ''} | tojson }}}}"


def _template(role: str, pattern: str) -> Callable[[Row], str]:
    from engine.data.formats.templates import TemplateFault, template  # jinja is slow to import, and seldom needed

    try:
        return template(pattern)
    except TemplateFault as error:
        raise DataError(f"data.mapping.{role}: no valid template: {error}") from error


def _naming(role: str, fill: Callable[[Row], str]) -> Callable[[Row], str]:
    """`fill`, whose complaints begin with the role."""

    def named(row: Row) -> str:
        try:
            return fill(row)
        except Unfit as error:
            raise Unfit(f"{role}: {error}") from error

    return named


def _holds_turns(value: object) -> bool:
    return is_turn(value) or (isinstance(value, list) and bool(value) and is_turn(value[0]))
