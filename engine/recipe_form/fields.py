"""Every setting, made from the types in `engine.recipe`."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.recipe import LINEAR_LAYERS, TARGET_GROUPS, Recipe, Reward
from engine.recipe_form.spec import Bounds, FieldSpec, Kind

GROUPS = (
    "Model", "Data", "Mapping", "Split", "Method", "Preference", "GRPO", "Rewards", "Adapter", "Rate",
    "Length and batch", "Memory", "Checkpoints", "Evaluation", "Hardware", "Budget", "Trackers", "Chat", "Readiness",
    "Advice", "About",
)  # fmt: skip
"""In the order in which a person thinks of them; one that is not here comes after them."""

_NOT_ASKED = ("version", "template")
_SUGGESTED = {"adapter.targets": ("all", *TARGET_GROUPS, *LINEAR_LAYERS)}
"""Items that are known of lists whose type allows any."""
_LABELS = {"advice.accepted": "accepted warnings", "data.curate": "curation"}


@cache
def fields() -> tuple[FieldSpec, ...]:
    """Every setting, group by group."""
    found = list(fields_of(Recipe))
    order = [*GROUPS, *(spec.group for spec in found)]
    return tuple(sorted(found, key=lambda spec: order.index(spec.group)))


@cache
def _by_key() -> dict[str, FieldSpec]:
    return {spec.key: spec for spec in fields()}


def field(key: str) -> FieldSpec | None:
    """The setting of a key; None when there is none."""
    return _by_key().get(key)


@cache
def owner_of(key: str) -> FieldSpec | None:
    """The setting that a problem's key is about: itself, what it is an item of, or the first of a section."""
    exact = next((spec for spec in fields() if key == spec.key or key.startswith(f"{spec.key}.")), None)
    return exact or next((spec for spec in fields() if spec.key.startswith(f"{key}.")), None)


@cache
def reward_kinds() -> Mapping[str, tuple[FieldSpec, ...]]:
    """Each kind of reward with its settings, the weight last; keys are names without dots."""
    kinds: dict[str, tuple[FieldSpec, ...]] = {}
    for kind in get_args(get_args(Reward)[0]):
        name = get_args(kind.model_fields["kind"].annotation)[0]
        specs = [spec for spec in fields_of(kind, group=name) if spec.key != "kind"]
        kinds[name] = tuple(sorted(specs, key=lambda spec: spec.key == "weight"))
    return kinds


@cache
def reward_help(kind: str) -> str:
    """What a kind of reward gives."""
    for reward in get_args(get_args(Reward)[0]):
        if get_args(reward.model_fields["kind"].annotation)[0] == kind:
            return " ".join((reward.__doc__ or "").split())
    return ""


def has_effect(spec: FieldSpec, values: Mapping[str, Any]) -> bool:
    """Whether a setting does anything, with the others as they are."""
    return all(str(values.get(key)) in allowed for key, allowed in spec.when)


def fields_of(section: type[BaseModel], prefix: str = "", group: str = "About") -> Iterator[FieldSpec]:
    """The settings of a section, those of the sections in it included."""
    for name, info in section.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields_of(kind, f"{prefix}{name}.", name.capitalize())
        elif prefix + name not in _NOT_ASKED:
            yield _field(prefix + name, info, name.capitalize() if _is_table(info.annotation) and not prefix else group)


def _field(key: str, info: FieldInfo, group: str) -> FieldSpec:
    kind, choices = _kind(info.annotation)
    extra: Mapping[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return FieldSpec(
        key=key,
        group=str(extra.get("group") or group),
        label=_LABELS.get(key, key.rpartition(".")[2].replace("_", " ")),
        kind=kind,
        default=None if info.is_required() else info.default,
        required=info.is_required(),
        unit=str(extra.get("unit", "")),
        advice=str(extra.get("advice", "")),
        bounds=_bounds(info),
        choices=_SUGGESTED.get(key, choices),
        help=" ".join((info.description or "").split()),
        when=tuple((name, tuple(values)) for name, values in extra.get("when", {}).items()),
    )


def _is_table(annotation: Any) -> bool:
    """Whether it is a list of sections, or names with texts."""
    if get_origin(annotation) is dict:
        return True
    return get_origin(annotation) is tuple and get_origin(get_args(annotation)[0]) not in (None, Literal)


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    if _is_table(annotation):
        return "table", ()
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(choice) for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        item = get_args(annotation)[0]
        return "list", tuple(str(choice) for choice in get_args(item)) if get_origin(item) is Literal else ()
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
