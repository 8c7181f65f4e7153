"""What a mapping editor shows while a mapping is typed: each role on a real row, and what is wrong with it."""

import difflib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from engine.data.formats.fields import Field
from engine.data.formats.mapped import SPEAKERS
from engine.data.formats.patterns import FIELD, compiled, compiled_turns, is_template
from engine.data.formats.values import Unfit, one_line
from engine.data.records import Row
from engine.errors import DataError
from engine.recipe import Mapping

Patterns = Mapping | Table[str, str]
"""A mapping, or patterns by role as they are typed: these need not make a whole mapping yet."""

ROLES = tuple(Mapping.model_fields)
"""All roles, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One role of a row."""

    role: str
    text: str
    """What it holds; "" where there is a problem."""
    problem: str = ""
    """Why it holds nothing."""


def preview(mapping: Patterns, row: Row) -> list[Shown]:
    """Each role that has a pattern, as the row fills it in. Never raises."""
    return [_shown(role, pattern, row) for role, pattern in _given(mapping)]


def problems(mapping: Patterns, fields: Sequence[Field]) -> list[str]:
    """What is wrong with a mapping whatever the row, a line each: templates, fields that no row has, missing roles."""
    given = _given(mapping)
    unknown = [
        f"{role}: there is no such role: take one of {', '.join(ROLES)}" for role, _ in given if role not in ROLES
    ]
    known = [it.path for it in fields]
    faults = [fault for role, pattern in given if role in ROLES for fault in _faults(role, pattern, known)]
    return [one_line(fault) for fault in (*unknown, *faults, *([] if unknown else _incomplete(dict(given))))]


def as_mapping(patterns: Table[str, str]) -> Mapping:
    """Patterns by role as a mapping. Raises DataError where roles are unknown or do not go together."""
    if wrong := problems(patterns, []):
        raise DataError(f"data.mapping: {'; '.join(wrong)}")
    return Mapping(**patterns)


def _given(mapping: Patterns) -> list[tuple[str, str]]:
    pairs = mapping if isinstance(mapping, Mapping) else mapping.items()
    return [(role, pattern) for role, pattern in pairs if pattern]


def _shown(role: str, pattern: str, row: Row) -> Shown:
    try:
        return Shown(role, _text(role, pattern, row))
    except (Unfit, DataError) as error:
        told = str(error).removeprefix(f"data.mapping.{role}: ").removeprefix(f"{role}: ")
    return Shown(role, "", told)


def _text(role: str, pattern: str, row: Row) -> str:
    """A role's text; of several turns each with who says it."""
    if role not in SPEAKERS:
        return compiled(role, pattern)(row)
    turns = compiled_turns(role, pattern, SPEAKERS[role])(row)
    alone = len(turns) == 1 and turns[0].role == SPEAKERS[role]
    return turns[0].content if alone else "\n\n".join(f"{turn.role}: {turn.content}" for turn in turns)


def _faults(role: str, pattern: str, known: list[str]) -> list[str]:
    try:
        compiled(role, pattern)
    except DataError as error:
        return [str(error).removeprefix("data.mapping.")]
    if not known:
        return []
    return [
        f"{role}: no row has {name}{_meant(name, known)}"
        for name in _named(role, pattern)
        if not _is_there(name, known)
    ]


def _named(role: str, pattern: str) -> list[str]:
    """The fields that a pattern names."""
    if is_template(pattern):
        from engine.data.formats.templates import fields_of

        return sorted(fields_of(pattern))
    inner = FIELD.findall(pattern)
    return inner if inner or role == "system" else [pattern]


def _is_there(name: str, known: list[str]) -> bool:
    """Whether a field, or what it lies in, is among those known; what is deep in a list is left to the rows."""
    return name in known or any(
        name.startswith(f"{it}.") and name[len(it) + 1 :].split(".")[0].isdecimal() for it in known
    )


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {close[0]}?" if close else f": there are {', '.join(known[:12])}"[:200]


def _incomplete(given: dict[str, str]) -> list[str]:
    try:
        Mapping(**given)
    except ValidationError as error:
        return [str(mistake["msg"]).removeprefix("Value error, ") for mistake in error.errors()]
    return []
