"""A value outside what is advised becomes a sentence."""

import re
from collections.abc import Mapping
from typing import Any

from engine.recipe_form.spec import FieldSpec
from engine.recipe_form.values import shown

_NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}) … ({_NUMBER})")


def outside_advice(spec: FieldSpec, value: Any, values: Mapping[str, Any]) -> str:
    """Says that a value is outside what is advised; "" when it is not, or nothing is. `values`: by key, the others."""
    ranges = _advised(spec, values)
    if not ranges or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if any(low <= value <= high for low, high in ranges):
        return ""
    where = "below" if value < min(low for low, _ in ranges) else "above"
    if any(value < low for low, _ in ranges) and any(value > high for _, high in ranges):
        where = "not"
    return f"{where} the advised {' or '.join(_range_words(*pair) for pair in ranges)}"


def _advised(spec: FieldSpec, values: Mapping[str, Any]) -> list[tuple[float, float]]:
    """The ranges that are advised with the other settings as they are; [] when there are none."""
    if spec.key == "adapter.alpha":
        rank = values.get("adapter.rank")
        return [(rank, rank), (2 * rank, 2 * rank)] if isinstance(rank, int) and rank > 0 else []
    if spec.key == "training.evaluate_every" and not _is_share(values.get(spec.key)):
        return []
    parts = spec.advice.split(", ")
    adapter = {"lora": "LoRA ", "qlora": "QLoRA "}.get(str(values.get("adapter.kind")), "")
    parts = [part for part in parts if part.startswith(adapter)] if "LoRA" in spec.advice else parts
    ranges = [(float(match[1]), float(match[2])) for part in parts if (match := _RANGE.search(part))]
    alone = [(float(part), float(part)) for part in parts if re.fullmatch(_NUMBER, part)]
    return alone + ranges if ranges else []


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and value < 1


def _range_words(low: float, high: float) -> str:
    return shown(float(low)) if low == high else f"{shown(float(low))} … {shown(float(high))}"
