"""A tool whose files are read: how they are told, and its mapping table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bridges.rules import Outcome, Rule, Settings, is_empty
from engine.bridges.source import Source


@dataclass(frozen=True, slots=True)
class Default:
    """What a tool does where its file does not say."""

    value: Any
    unless: tuple[str, ...] = ()
    """Keys that say it in another way."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Another tool."""

    name: str
    """As `--from` takes it."""
    title: str
    keys: Mapping[str, Rule]
    defaults: Mapping[str, Default] = field(default_factory=dict)
    """Only where ttune's own default is another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one key of a file."""

    key: str
    """Dotted where it lies in another."""
    value: Any
    line: int | None
    outcome: Outcome
    known: bool = True
    """Whether the tool's table has the key."""
    default: bool = False
    """Whether the file does not say it, and the tool's own default is meant."""


def readings(tool: Tool, source: Source) -> list[Reading]:
    """Every key of the file, in its order, then the tool's defaults. Raises BridgeError for a value of no sense."""
    found: list[Reading] = []
    for key, value in source.content.items():
        rule = tool.keys.get(key)
        if is_empty(value) and key in tool.defaults:
            continue
        if rule is None:
            strange = Outcome("without", why=f"is no key of {tool.title} that ttune knows")
            found.append(Reading(key, value, source.lines.get(key), strange, known=False))
        elif is_empty(value) and not rule.of_empty:
            found.append(Reading(key, value, source.lines.get(key), Outcome("same", why="empty: says nothing")))
        else:
            found += _read(rule, source, key, value)
    for key, default in tool.defaults.items():
        if is_empty(source.content.get(key)) and not source.says(*default.unless):
            found += _read(tool.keys[key], source, key, default.value, default=key not in source.content)
    return found


def merged(found: list[Reading]) -> Settings:
    """The settings that the keys became; of two for one setting the one that the file says, then the first.

    Trackers are added up: each has a key of its own.
    """
    settings: Settings = {}
    for reading in sorted(found, key=lambda it: it.default):
        for key, value in reading.outcome.settings.items():
            if key == "trackers.use" and key in settings:
                settings[key] = list(dict.fromkeys([*settings[key], *value]))
            settings.setdefault(key, value)
    return settings


def _read(rule: Rule, source: Source, key: str, value: Any, *, default: bool = False) -> list[Reading]:
    try:
        outcomes = rule.read(value, source)
    except ValueError as error:
        raise source.mistake(key, str(error)) from error
    if isinstance(outcomes, Outcome):
        return [Reading(key, value, source.lines.get(key), outcomes, default=default)]
    return [
        Reading(key + inner, _inside(value, inner), source.lines.get(key + inner), outcome, default=default)
        for inner, outcome in outcomes.items()
    ]


def _inside(value: Any, inner: str) -> Any:
    """The value of a key inside a key."""
    for name in filter(None, inner.split(".")):
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return value
