"""What becomes of a key of another tool: the rules that the mapping tables are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

from engine.bridges.source import Source

Settings = dict[str, Any]
"""Values of a recipe by dotted key."""

Fate = Literal["mapped", "same", "without"]
"""mapped: it became settings. same: it says what ttune does anyway, or changes nothing of what is learned. without:
ttune has nothing that means this."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one key."""

    fate: Fate
    settings: Settings = field(default_factory=dict)
    why: str = ""
    """What a person should know; always there for `same` and `without`."""
    note: str = ""
    """How what is trained differs although the key became settings; told apart from the keys."""


Outcomes = dict[str, Outcome]
"""Outcomes of the keys inside a key, by what follows it, such as `.0.type`; "" is the key itself."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a key."""

    words: str
    """For the guide."""
    read: Callable[[Any, Source], Outcome | Outcomes]
    """Takes the value and the whole file. Raises ValueError for a value that cannot be meant."""
    of_empty: bool = False
    """Whether an empty value says something too."""


def mapped(why: str = "", **settings: Any) -> Outcome:
    """An outcome with settings; `__` in a name stands for a dot."""
    return Outcome("mapped", {name.replace("__", "."): value for name, value in settings.items()}, why)


def meant(why: str) -> Outcome:
    """An outcome of a key that says what ttune does anyway."""
    return Outcome("same", why=why)


def lost(why: str) -> Outcome:
    """An outcome of a key that nothing in a recipe means."""
    return Outcome("without", why=why)


def to(key: str, convert: Callable[[Any], Any] = lambda value: value, note: str = "") -> Rule:
    """The key becomes a setting."""
    return Rule(f"`{key}`" + (f" ({note})" if note else ""), lambda value, _: Outcome("mapped", {key: convert(value)}))


def choice(key: str, table: Mapping[str, str], otherwise: str) -> Rule:
    """The key becomes a setting where its value has one; what is not in the table is without equivalent."""
    by_target: dict[str, list[str]] = {}
    for theirs, ours in table.items():
        by_target.setdefault(ours, []).append(theirs)
    words = "; ".join(f"{', '.join(theirs)} → {ours}" for ours, theirs in by_target.items())

    def read(value: Any, _: Source) -> Outcome:
        ours = table.get(str(value).lower())
        return lost(otherwise) if ours is None else Outcome("mapped", {key: ours})

    return Rule(f"`{key}`: {words}", read)


def same(why: str) -> Rule:
    """The key says what ttune does anyway, or changes nothing of what is learned."""
    return Rule(f"nothing to say: {why}", lambda *_: meant(why))


def without(why: str) -> Rule:
    """The key has no equivalent."""
    return Rule(f"no equivalent: {why}", lambda *_: lost(why))


def only(values: tuple[Any, ...], why: str, otherwise: str) -> Rule:
    """The key says what ttune does anyway when it has one of these values; else it has no equivalent."""
    said = ", ".join(_written(value) for value in values)
    return Rule(
        f"{said}: nothing to say, {why}; else no equivalent: {otherwise}",
        lambda value, _: meant(why) if _is_one(value, values) else lost(otherwise),
    )


def _is_one(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether a value is one of some, among which a number may be written as text: YAML reads `1e-8` as one."""
    if isinstance(value, str) and any(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        try:
            value = number(value)
        except ValueError:
            return False
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in values)


def own(words: str, read: Callable[[Any, Source], Outcome | Outcomes], *, of_empty: bool = False) -> Rule:
    """A key with a function of its own."""
    return Rule(words, read, of_empty)


def number(value: Any) -> float:
    """A number; YAML reads `2e-4`, which has no point, as text. Raises ValueError, for infinity too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be a number")
    try:
        found = value if isinstance(value, int | float) else float(value)
    except ValueError as error:
        raise ValueError(f"must be a number, not {value!r}") from error
    if isinstance(found, float) and not isfinite(found):
        raise ValueError(f"must be a finite number, not {found}")
    return found


def whole(value: Any) -> int:
    """A whole number. Raises ValueError."""
    if number(value) != int(number(value)):
        raise ValueError(f"must be a whole number, not {value!r}")
    return int(number(value))


def truth(value: Any) -> bool:
    """True or false. Raises ValueError."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"must be true or false, not {value!r}")


def text(value: Any) -> str:
    """A text. Raises ValueError for a list, a section or a number, which would only look like one."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {value!r}")
    return value


def name(value: Any) -> str:
    """A text that may look like a number, such as a branch called 2. Raises ValueError."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def listed(value: Any) -> list[Any]:
    """A list; a text is taken apart at its commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value if isinstance(value, list) else [value]


def is_empty(value: Any) -> bool:
    """Whether a key has no value."""
    return value is None or value == "" or value == [] or value == {}


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
