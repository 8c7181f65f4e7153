"""The value one step up or down."""

import math
from typing import Any

from engine.recipe_form.spec import FieldSpec

_DOUBLING = (
    "adapter.rank", "adapter.alpha", "training.micro_batch", "training.accumulation", "training.max_length",
    "evaluation.max_new_tokens", "evaluation.batch", "method.grpo.generations", "method.grpo.max_new_tokens",
)  # fmt: skip
_STEPS = {
    "training.epochs": 1.0, "training.warmup": 0.01, "adapter.dropout": 0.05, "data.split.validation": 0.05,
    "data.split.held_out": 0.05, "data.split.seed": 1.0, "training.seed": 1.0, "training.patience": 1.0,
    "training.keep_checkpoints": 1.0, "method.grpo.temperature": 0.1, "method.grpo.top_p": 0.05,
    "method.preference.label_smoothing": 0.05, "hardware.gpus": 1.0, "readiness.prompt_score": 5.0,
    "readiness.target_score": 5.0, "evaluation.threshold": 1.0,
}  # fmt: skip
"""Fixed steps; settings that are in neither list go 1, 2, 3, 5, 10 and so on."""
_RUNGS = (1, 2, 3, 5)
_FIRST_STEPS = 100
"""Where a number that may be empty begins."""


def stepped(spec: FieldSpec, value: Any, direction: int) -> Any:
    """The value one step up or down: the next choice, the other state, a number as large a step away as makes sense."""
    match spec.kind:
        case "switch":
            return not value
        case "choice":
            place = spec.choices.index(value) + direction if value in spec.choices else 0
            return spec.choices[place % len(spec.choices)]
        case "integer" | "number":
            number = value if isinstance(value, int | float) else None
            return _stepped_number(spec, number, direction)
    return value


def _stepped_number(spec: FieldSpec, value: float | None, direction: int) -> Any:
    if value is None:
        first = _STEPS.get(spec.key, _FIRST_STEPS)
        return spec.default if spec.default is not None else first if direction > 0 else None
    if spec.key in _DOUBLING:
        after = _doubled(value, direction)
    elif spec.key in _STEPS:
        after = round(value + direction * _STEPS[spec.key], 6)
    else:
        after = _next_rung(value, direction)
    if spec.kind == "integer":
        after = int(after)
        after = after if after != value else value + direction
    elif after == int(after):
        after = int(after)
    if after in spec.bounds:
        return after
    return 0 if direction < 0 < value and 0 in spec.bounds else value


def _doubled(value: float, direction: int) -> float:
    """The next power of two."""
    if value <= 0:
        return 1.0
    power = math.log2(value)
    return float(2 ** (math.floor(power) + 1 if direction > 0 else math.ceil(power) - 1))


def _next_rung(value: float, direction: int) -> float:
    """The next of …, 0.1, 0.2, 0.3, 0.5, 1, 2, …; from 0 it begins at 0.001, below which there is 0."""
    if value <= 0:
        return 0.001 if direction > 0 else -1.0
    exponent = math.floor(math.log10(value))
    ladder = [float(f"{rung}e{power}") for power in (exponent - 1, exponent, exponent + 1) for rung in _RUNGS]
    if direction > 0:
        return next(rung for rung in ladder if rung > value * 1.000001)
    return next(rung for rung in reversed(ladder) if rung < value * 0.999999)
