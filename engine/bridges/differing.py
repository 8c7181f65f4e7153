"""Which settings of a recipe another tool's file did not carry: by reading the file back, so that none is forgotten."""

from collections.abc import Collection
from typing import Any

from engine.recipe import LINEAR_LAYERS, Recipe, layer_names
from engine.recipe.diff import Difference, differences, values

OF_TTUNE_ALONE = (
    "version",
    "description",
    "template",
    "evaluation",
    "chat",
    "budget",
    "readiness",
    "advice",
    "hardware",
)
"""What says nothing of what is learned: other tools have no place for it, and none is missed."""


_WITHOUT_ORDER = ("trackers.use", "adapter.targets", "adapter.also_train")


def uncarried(recipe: Recipe, back: Recipe, resolved: Collection[str] = ()) -> list[Difference]:
    """Settings with an effect that are otherwise in `back`; `resolved`: settings that were left open on purpose."""
    return [
        it
        for it in differences(recipe, back)
        if it.key.partition(".")[0] not in OF_TTUNE_ALONE
        and it.key not in resolved
        and has_effect(recipe, it.key)
        and not (it.key in _WITHOUT_ORDER and _members(it.key, it.a) == _members(it.key, it.b))
    ]


def _members(key: str, value: Collection[str]) -> set[str]:
    """What is in a list, whatever it is called: groups of layers are the layers in them."""
    return set(layer_names(tuple(value), frozenset(LINEAR_LAYERS)) if key == "adapter.targets" else value)


def has_effect(recipe: Recipe, key: str) -> bool:
    """Whether a setting does anything under the others."""
    section: Any = recipe
    *tables, last = key.split(".")
    for name in tables:
        section = getattr(section, name)
    extra = type(section).model_fields[last].json_schema_extra
    when = extra.get("when") if isinstance(extra, dict) else None
    known = values(recipe)
    return all(str(known.get(other)) in allowed for other, allowed in when.items()) if isinstance(when, dict) else True
