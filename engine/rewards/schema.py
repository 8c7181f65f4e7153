"""The part of JSON Schema that the json_schema reward knows (draft 2020-12, without references and formats).

A schema with any other keyword is refused, so that none is passed over in silence.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_NOTES = frozenset({"$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated"})
"""Keywords that ask for nothing."""

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: dict[str, Callable[[Any, Any, Mapping[str, Any]], bool]] = {
    "type": lambda value, asked, _: any(_TYPES[name](value) for name in ([asked] if isinstance(asked, str) else asked)),
    "enum": lambda value, asked, _: any(same(value, one) for one in asked),
    "const": lambda value, asked, _: same(value, asked),
    "required": lambda value, asked, _: not isinstance(value, dict) or all(name in value for name in asked),
    "properties": lambda value, asked, _: (
        not isinstance(value, dict)
        or all(matches(value[name], schema) for name, schema in asked.items() if name in value)
    ),
    "additionalProperties": lambda value, asked, schema: (
        not isinstance(value, dict)
        or all(matches(value[name], asked) for name in value.keys() - schema.get("properties", {}).keys())
    ),
    "items": lambda value, asked, _: not isinstance(value, list) or all(matches(item, asked) for item in value),
    "minItems": lambda value, asked, _: not isinstance(value, list) or len(value) >= asked,
    "maxItems": lambda value, asked, _: not isinstance(value, list) or len(value) <= asked,
    "minLength": lambda value, asked, _: not isinstance(value, str) or len(value) >= asked,
    "maxLength": lambda value, asked, _: not isinstance(value, str) or len(value) <= asked,
    "pattern": lambda value, asked, _: not isinstance(value, str) or re.search(asked, value) is not None,
    "minimum": lambda value, asked, _: not _is_number(value) or value >= asked,
    "maximum": lambda value, asked, _: not _is_number(value) or value <= asked,
    "exclusiveMinimum": lambda value, asked, _: not _is_number(value) or value > asked,
    "exclusiveMaximum": lambda value, asked, _: not _is_number(value) or value < asked,
    "anyOf": lambda value, asked, _: any(matches(value, schema) for schema in asked),
    "oneOf": lambda value, asked, _: sum(matches(value, schema) for schema in asked) == 1,
    "allOf": lambda value, asked, _: all(matches(value, schema) for schema in asked),
    "not": lambda value, asked, _: not matches(value, asked),
}

_SIZES = ("minItems", "maxItems", "minLength", "maxLength")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def matches(value: Any, schema: Any) -> bool:
    """Whether a JSON value keeps to a schema that `schema_problem` has nothing to say about."""
    if isinstance(schema, bool):
        return schema
    return all(_CHECKS[key](value, asked, schema) for key, asked in schema.items() if key in _CHECKS)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    return bool(one == other)


def schema_problem(schema: Any, at: str = "the schema") -> str:
    """What of a schema cannot be used, in one line; "" where all of it can."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, dict):
        return f"{at} is no object"
    for key, asked in schema.items():
        if problem := _keyword_problem(key, asked, at):
            return problem
    return ""


def _keyword_problem(key: str, asked: Any, at: str) -> str:
    if key in _NOTES:
        return ""
    if key not in _CHECKS:
        return f"{at}: {key} is not known here: take it out (known: {', '.join(_CHECKS)})"
    if key in ("additionalProperties", "items", "not"):
        return schema_problem(asked, f"{at}.{key}")
    if key in ("anyOf", "oneOf", "allOf"):
        return _first_problem(asked, at, key) if isinstance(asked, list) and asked else f"{at}: {key} is no list"
    if key == "properties":
        if not isinstance(asked, dict):
            return f"{at}: properties is no object"
        return next((found for name in asked if (found := schema_problem(asked[name], f"{at}.{name}"))), "")
    return _value_problem(key, asked, at)


def _first_problem(schemas: Sequence[Any], at: str, key: str) -> str:
    found = (schema_problem(schema, f"{at}.{key}[{place}]") for place, schema in enumerate(schemas))
    return next((problem for problem in found if problem), "")


def _value_problem(key: str, asked: Any, at: str) -> str:
    names = [asked] if isinstance(asked, str) else asked
    if key == "type" and not (isinstance(names, list) and all(isinstance(it, str) and it in _TYPES for it in names)):
        return f"{at}: type {asked!r} is none of {', '.join(_TYPES)}"
    if key == "required" and not (isinstance(asked, list) and all(isinstance(name, str) for name in asked)):
        return f"{at}: required is no list of names"
    if key == "enum" and not isinstance(asked, list):
        return f"{at}: enum is no list"
    if key in _SIZES and not (isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0):
        return f"{at}: {key} is no whole number"
    if key in _BOUNDS and not _is_number(asked):
        return f"{at}: {key} is no number"
    if key == "pattern":
        try:
            re.compile(asked)
        except (re.error, TypeError, OverflowError, RecursionError) as error:
            return f"{at}: pattern {asked!r} is no regular expression: {error}"
    return ""
