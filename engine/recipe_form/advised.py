"""A value outside what is advised becomes a sentence."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.recipe import TARGET_GROUPS
from engine.recipe_form.rates import rates_of
from engine.recipe_form.spec import FieldSpec
from engine.recipe_form.values import shown

_NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}) … ({_NUMBER})")
_RATE = "training.learning_rate"
_OF_LARGE = (_RATE, "training.micro_batch")
"""What is advised for these is for models of billions, and is not said of a tiny one; the rules of advice neither."""


def outside_advice(spec: FieldSpec, value: Any, values: Mapping[str, Any], *, tiny: bool | None = False) -> str:
    """Says that a value is outside what is advised; "" when it is not, or nothing is. `values`: by key, the others.

    `tiny`: whether the base is far smaller than what the advice is for; None where that is not known yet.
    """
    if spec.key == "adapter.targets" and isinstance(value, list | tuple):
        return held_by_others(value)
    ranges = [] if tiny is not False and spec.key in _OF_LARGE else _advised(spec, values)
    if not ranges or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if any(low * 0.9999 <= value <= high * 1.0001 for low, high in ranges):
        return ""
    where = "below" if value < min(low for low, _ in ranges) else "above"
    if any(value < low for low, _ in ranges) and any(value > high for _, high in ranges):
        where = "not"
    return f"{where} the advised {' or '.join(_range_words(*pair) for pair in ranges)}"


def held_by_others(targets: Sequence[Any]) -> str:
    """Says which targets are in others that are named too; "" where none is."""
    if "all" in targets and len(targets) > 1:
        return "all holds the others"
    for group in TARGET_GROUPS:
        inside = [layer for layer in TARGET_GROUPS[group] if layer in targets]
        if group in targets and inside:
            return f"{group} holds {', '.join(inside)}"
    return ""


def advised_words(spec: FieldSpec, values: Mapping[str, Any], *, tiny: bool | None = False) -> str:
    """What is advised with the other settings as they are, in words; "" where nothing is."""
    if tiny and spec.key in _OF_LARGE:
        return ""
    found = rates_of(values) if spec.key == _RATE else None
    if found is None:
        return spec.advice
    return f"{_range_words(found.low, found.high)} for {found.what}"


def default_words(spec: FieldSpec, values: Mapping[str, Any]) -> str:
    """What there is to know of a default that is not the usual value here; "" where nothing is."""
    found = rates_of(values) if spec.key == _RATE else None
    if found is None or found.usual == spec.default:
        return ""
    return f"whatever the method; {found.what} usually takes {shown(found.usual)}"


def _advised(spec: FieldSpec, values: Mapping[str, Any]) -> list[tuple[float, float]]:
    """The ranges that are advised with the other settings as they are; [] when there are none."""
    if spec.key == _RATE:
        found = rates_of(values)
        return [(found.low, found.high)] if found is not None else []
    if spec.key == "adapter.alpha":
        rank = values.get("adapter.rank")
        return [(rank, rank), (2 * rank, 2 * rank)] if isinstance(rank, int) and rank > 0 else []
    if spec.key == "training.evaluate_every" and not _is_share(values.get(spec.key)):
        return []
    parts = spec.advice.split(", ")
    ranges = [(float(match[1]), float(match[2])) for part in parts if (match := _RANGE.search(part))]
    alone = [(float(part), float(part)) for part in parts if re.fullmatch(_NUMBER, part)]
    return alone + ranges if ranges else []


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and value < 1


def _range_words(low: float, high: float) -> str:
    return shown(float(low)) if low == high else f"{shown(float(low))} … {shown(float(high))}"
