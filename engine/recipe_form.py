"""The recipe as a form: one FieldSpec a setting, made from the types in `engine.recipe`. Pure, for any front end.

What is typed becomes a value here, a value becomes text, and a value outside what is advised becomes a sentence.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.recipe import Recipe

Kind = Literal["text", "integer", "number", "switch", "choice", "list"]

SECTIONS = (
    "Model", "Data", "Method", "Adapter", "Training", "Evaluation", "Chat", "Hardware", "Trackers", "Budget",
    "Readiness", "About",
)  # fmt: skip
"""In the order in which a person thinks of them."""

BREAK = "⏎"

_NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}) … ({_NUMBER})")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_NOT_ASKED = ("version", "template", "data.curate", "rewards", "advice.accepted")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range that is allowed; None where it is open."""

    low: float | None = None
    high: float | None = None
    low_in: bool = True
    """Whether `low` itself is allowed."""
    high_in: bool = True

    def __contains__(self, value: float) -> bool:
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below

    @property
    def words(self) -> str:
        """In words; "" when everything is allowed."""
        low = "" if self.low is None else ("from " if self.low_in else "above ") + shown(self.low)
        high = "" if self.high is None else ("up to " if self.high_in else "below ") + shown(self.high)
        return ", ".join(part for part in (low, high) if part)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One setting of a recipe."""

    key: str
    """Dotted, such as `training.learning_rate`."""
    section: str
    label: str
    kind: Kind
    default: Any
    """None where there is none, or where empty is the default."""
    required: bool
    """Whether a recipe must name it."""
    unit: str
    advice: str
    """The range that is advised, in words."""
    bounds: Bounds
    choices: tuple[str, ...]
    help: str

    @property
    def separator(self) -> str:
        """What stands between the items of a list; prompts have commas of their own."""
        return "|" if self.key == "chat.prompts" else ","

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("integer", "number")


@cache
def fields() -> tuple[FieldSpec, ...]:
    """Every setting, section by section."""
    found = list(_fields_of(Recipe, ""))
    return tuple(sorted(found, key=lambda spec: SECTIONS.index(spec.section)))


def field(key: str) -> FieldSpec | None:
    """The setting of a key; None when there is none."""
    return next((spec for spec in fields() if spec.key == key), None)


def owner_of(key: str) -> FieldSpec | None:
    """The setting that a problem's key is about: itself, what it is an item of, or the first of a section."""
    exact = next((spec for spec in fields() if key == spec.key or key.startswith(f"{spec.key}.")), None)
    return exact or next((spec for spec in fields() if spec.key.startswith(f"{key}.")), None)


def parse_entry(spec: FieldSpec, text: str) -> Any:
    """What was typed as a value; text that is no number stays text, and is then a problem. None means the default."""
    text = text.strip()
    match spec.kind:
        case "list":
            return [_with_breaks(item) for item in text.split(spec.separator) if item.strip()]
        case "integer" | "number":
            return _number(text, whole=spec.kind == "integer") if text else None
        case "switch":
            return {"on": True, "off": False}.get(text.lower(), text)
    return _with_breaks(text)


def entry(spec: FieldSpec, value: Any) -> str:
    """A value as it is typed, on one line; `parse_entry` takes it back. A line feed is written ⏎."""
    if isinstance(value, list | tuple):
        return f"{spec.separator} ".join(str(item) for item in value).replace("\n", BREAK)
    return shown(value).replace("\n", BREAK)


def shown(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return _shown_number(value) if isinstance(value, float) else str(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: 3 and 3.0 do, a list and a tuple do, 1 and True do not."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def fault(spec: FieldSpec, value: Any) -> str:
    """What is wrong with a value that the recipe's own check would read as a number; "" when nothing is."""
    if spec.numeric and isinstance(value, str):
        return f"must be a {'whole ' if spec.kind == 'integer' else ''}number, not {value[:30]!r}"
    return ""


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


_DOUBLING = (
    "adapter.rank", "adapter.alpha", "training.micro_batch", "training.accumulation", "training.max_length",
    "evaluation.max_new_tokens", "evaluation.batch",
)  # fmt: skip
_STEPS = {
    "training.epochs": 1.0, "training.warmup": 0.01, "adapter.dropout": 0.05, "data.split.validation": 0.05,
    "data.split.held_out": 0.05, "data.split.seed": 1.0, "training.seed": 1.0, "training.patience": 1.0,
    "training.keep_checkpoints": 1.0, "method.grpo.temperature": 0.1, "method.grpo.top_p": 0.05,
    "method.preference.label_smoothing": 0.05, "hardware.gpus": 1.0,
}  # fmt: skip
"""Fixed steps; settings that are in neither list go 1, 2, 3, 5, 10 and so on."""
_RUNGS = (1, 2, 3, 5)
_FIRST_STEPS = 100
"""Where a number that may be empty begins."""


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


def _with_breaks(text: str) -> str:
    return text.strip().replace(BREAK, "\n")


def _number(text: str, *, whole: bool) -> Any:
    """A finite number, or the text when it is none."""
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    try:
        number = float(plain)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    if whole or re.fullmatch(r"[+-]?\d+", plain):
        return int(number) if number == int(number) else text
    return number


def _shown_number(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) < 1e-2 or abs(value) >= 1e6:
        mantissa, _, exponent = f"{value:e}".partition("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
        return text if float(text) == value else repr(value)
    return repr(value)


def _fields_of(section: type[BaseModel], prefix: str) -> Iterator[FieldSpec]:
    for name, info in section.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields_of(kind, f"{prefix}{name}.")
        elif prefix + name not in _NOT_ASKED:
            yield _field(prefix + name, info)


def _field(key: str, info: FieldInfo) -> FieldSpec:
    first, _, rest = key.partition(".")
    kind, choices = _kind(info.annotation)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return FieldSpec(
        key=key,
        section=first.capitalize() if rest else "About",
        label=(rest or first).replace(".", " ").replace("_", " "),
        kind=kind,
        default=None if info.is_required() else info.default,
        required=info.is_required(),
        unit=str(extra.get("unit", "")),
        advice=str(extra.get("advice", "")),
        bounds=_bounds(info),
        choices=choices,
        help=" ".join((info.description or "").split()),
    )


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(choice) for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "list", ()
    plain = next((kind for kind in get_args(annotation) if kind is not NoneType), annotation)
    return {bool: "switch", int: "integer", float: "number"}.get(plain, "text"), ()  # type: ignore[return-value]


def _bounds(info: FieldInfo) -> Bounds:
    low = high = None
    low_in = high_in = True
    for mark in info.metadata:
        match mark:
            case Ge(ge=bound):
                low = float(bound)  # type: ignore[arg-type]
            case Gt(gt=bound):
                low, low_in = float(bound), False  # type: ignore[arg-type]
            case Le(le=bound):
                high = float(bound)  # type: ignore[arg-type]
            case Lt(lt=bound):
                high, high_in = float(bound), False  # type: ignore[arg-type]
    return Bounds(low, high, low_in, high_in)
