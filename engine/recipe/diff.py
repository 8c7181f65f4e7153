"""What differs between two recipes, setting by setting."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from engine.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that two recipes say differently."""

    key: str
    """Dotted, such as `training.learning_rate`."""
    a: Any
    """Its value in the first recipe; a step of curation or a reward is a dictionary."""
    b: Any
    """Its value in the second."""


def values(recipe: Recipe) -> dict[str, Any]:
    """Every setting by its dotted key, in the order of the types; lists of steps and rewards are one setting."""
    return dict(_values(recipe, ""))


def differences(recipe_a: Recipe, recipe_b: Recipe) -> list[Difference]:
    """The settings that differ, in the order of the types; a default that is written out is no difference."""
    b = values(recipe_b)
    return [Difference(key, value, b[key]) for key, value in values(recipe_a).items() if value != b[key]]


def _values(section: BaseModel, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _values(value, f"{prefix}{name}.")
        else:
            yield prefix + name, _plain(value)


def _plain(value: Any) -> Any:
    """Tuples as lists, steps and rewards as dictionaries: what TOML holds."""
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
