"""Recipes of older versions, in the words of the present one.

Each version's changes are a list. A change is applied where a file still says it in the old way, whatever version the
file names or leaves out, so that a file that was mended halfway by hand comes out right too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.recipe.adapter import LINEAR_LAYERS

Settings = dict[str, Any]
"""Values by dotted key; None removes the key."""
ABSENT = object()
"""What `at` gives for a key that is not there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is said in another way since a version."""

    since: int
    key: str
    is_old: Callable[[Any], bool]
    """Whether a value is said in the old way."""
    become: Callable[[Any], Settings]
    """The settings that say the same in the new way."""
    renamed: str = ""
    """The key that takes over its place and comment; "" where the key stays."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What has to change in a file."""

    settings: Settings
    notes: tuple[str, ...]
    """One line a change, for a person."""
    renames: dict[str, str] = field(default_factory=dict)
    """Keys that go, by the key that takes over their place and comment."""


def _checkpointing(value: bool) -> Settings:
    return {"training.gradient_checkpointing": "unsloth" if value else "off"}


def _grouped(value: bool) -> Settings:
    return {"training.group_by_length": None, "training.order": "by_length" if value else "random"}


_CHANGES = (
    Change(2, "training.gradient_checkpointing", lambda value: isinstance(value, bool), _checkpointing),
    Change(2, "training.group_by_length", lambda value: isinstance(value, bool), _grouped, "training.order"),
    Change(2, "adapter.targets", lambda value: value == list(LINEAR_LAYERS), lambda _: {"adapter.targets": ["all"]}),
)


def migrate(content: Any, newest: int) -> Migrated:
    """What makes parsed content one of the newest version; nothing where it is one, or is of a newer one."""
    settings: Settings = {}
    renames: dict[str, str] = {}
    notes = []
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and 1 <= version < newest:
        settings["version"] = newest
        notes.append(f"version {version} -> {newest}")
    for change in _CHANGES:
        value = at(content, change.key)
        if value is not ABSENT and change.is_old(value):
            new = change.become(value)
            settings |= new
            renames |= {change.key: change.renamed} if change.renamed else {}
            notes.append(f"{change.key} = {_written(value)} -> {_said(new)}")
    return Migrated(settings, tuple(notes), renames)


def laid_over(content: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Content with settings changed; tables on the way are copied, the content itself stays as it is."""
    changed = dict(content)
    for key, value in settings.items():
        *tables, last = key.split(".")
        table = changed
        for name in tables:
            below = table.get(name)
            table[name] = dict(below) if isinstance(below, dict) else {}
            table = table[name]
        if value is None:
            table.pop(last, None)
        else:
            table[last] = value
    return changed


def at(content: Any, key: str) -> Any:
    """The value of a dotted key; `ABSENT` where there is none."""
    for name in key.split("."):
        if not isinstance(content, dict) or name not in content:
            return ABSENT
        content = content[name]
    return content


def _said(settings: Settings) -> str:
    return ", ".join(f"{key} = {_written(value)}" for key, value in settings.items() if value is not None)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else "[…]" if isinstance(value, list) else str(value)
