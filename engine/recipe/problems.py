"""What is wrong with a recipe, in plain words: the key, the value and the mend."""

import datetime
import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from engine.recipe import VERSION
from engine.recipe.nearest import Location, field_at, nearest
from engine.recipe.section import Mistake

_MOST_SHOWN = 40
_EXACT = 2**53
"""Up to here every whole float is the number that was meant."""


def problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Dotted key and explanation of each mistake."""
    for mistake in error.errors(include_url=False):
        cause = mistake.get("ctx", {}).get("error")
        own = f".{cause.key}" if isinstance(cause, Mistake) else ""
        yield dotted(mistake["loc"]) + own, _explain(mistake)


def dotted(location: Location) -> str:
    """A place as a person names it."""
    return ".".join(str(part) for part in location) or "recipe"


def shown(value: Any) -> str:
    """A value about as TOML has it, cut off when it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    text = value.isoformat() if isinstance(value, datetime.date | datetime.time) else repr(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _explain(mistake: Any) -> str:
    """One mistake in plain words, with the value and the mend."""
    location, value, more = mistake["loc"], mistake["input"], mistake.get("ctx", {})
    if location == ("version",) and isinstance(value, int) and value > VERSION:
        return f"written by a newer ttune, this one reads recipes up to version {VERSION}: update ttune"
    match mistake["type"]:
        case "extra_forbidden":
            meant = nearest(location)
            return f"unknown key; did you mean {meant}?" if meant else "unknown key: remove it"
        case "missing":
            return "is missing: add it"
        case "literal_error":
            return f"must be {more['expected']}, not {shown(value)}"
        case "value_error":
            return str(more["error"])
        case "union_tag_invalid" | "union_tag_not_found":
            return _kind_words(location, more, value)
        case "too_short":
            return f"must name at least {more['min_length']}, not {shown(value)}"
        case "string_too_short":
            return "must not be empty"
    return _type_words(mistake, value) or _as_pydantic_has_it(mistake, value)


def _type_words(mistake: Any, value: Any) -> str:
    """What a value of another type must be; "" for other mistakes."""
    match mistake["type"]:
        case "int_type" | "int_from_float" | "int_parsing" | "int_parsing_size":
            return f"must be a whole number, not {shown(value)}{_whole(value)}"
        case "float_type":
            return f"must be a number, not {shown(value)}{_unquoted(value)}"
        case "finite_number":
            return f"must be a finite number, not {shown(value)}"
        case "bool_type":
            return f"must be true or false, not {shown(value)}"
        case "string_type":
            return f"must be text in quotes, not {shown(value)}"
        case "tuple_type":
            return f"must be a list, not {shown(value)}: {_listed(mistake['loc'], value)}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"must be a section with keys of its own, not {shown(value)}{_headed(mistake['loc'])}"
    return ""


def _whole(value: Any) -> str:
    """The mend for a whole number that is written as something else."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return f": write {int(value)}"
    return f": write {value}, without quotes" if isinstance(value, str) and value.isdecimal() else ""


def _unquoted(value: Any) -> str:
    try:
        return f": write {value}, without quotes" if isinstance(value, str) and float(value) == float(value) else ""
    except ValueError:
        return ""


def _listed(location: Location, value: Any) -> str:
    """How to write a list of one value, or of sections."""
    if isinstance(value, dict):
        return f"begin it with [[{dotted(location)}]]"
    text = f'"{value}"' if isinstance(value, str) and value else shown(value)
    return f"write [{text}]" if value not in ("", None) and field_at(location) else "write []"


def _headed(location: Location) -> str:
    """How to write a section; "" within a list."""
    return "" if any(isinstance(part, int) for part in location) else f": write [{dotted(location)}] above its keys"


def _kind_words(location: Location, more: Any, value: Any) -> str:
    """Which kinds of step or reward there are, the nearest first."""
    name = more["discriminator"].strip("'")
    if "tag" not in more:
        return f"{name} is missing: add it, to say what it is"
    kinds = [kind.strip("' ") for kind in more["expected_tags"].split(",")]
    near = difflib.get_close_matches(str(more["tag"]), kinds, n=len(kinds), cutoff=0.5)
    ordered = ", ".join([*near, *(kind for kind in kinds if kind not in near)])
    return f"{name} must be one of {ordered}, not {shown(value.get(name) if isinstance(value, dict) else value)}"


def _as_pydantic_has_it(mistake: Any, value: Any) -> str:
    message = mistake["msg"]
    for begin, plain in (("Input should be ", "must be "), ("Value should have ", "must have ")):
        message = message.replace(begin, plain)
    return f"{message}, not {shown(value)}"
