"""Random recipes as a person might have written them."""

from typing import Any

import tomlkit
from hypothesis import strategies as st

from engine.recipe_form import FieldSpec, fields

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)
_REWARDS: list[dict[str, Any]] = [
    {"kind": "exact"}, {"kind": "numeric", "tolerance": 0.5, "weight": 2.0}, {"kind": "length", "most": 100},
    {"kind": "choice", "choices": ["a", "b"]}, {"kind": "regex", "pattern": "\\d+", "weight": -0.5},
]  # fmt: skip
_STEPS: list[dict[str, Any]] = [{"step": "drop_duplicates"}, {"step": "length", "most": 4000}]


def valid_values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Values that a setting may have, as TOML holds them."""
    match spec.kind:
        case "choice":
            return st.sampled_from(spec.choices)
        case "switch":
            return st.booleans()
        case "list" if spec.choices:
            return st.lists(st.sampled_from(spec.choices), min_size=1, max_size=3, unique=True)
        case "list":
            return st.lists(_WORDS, max_size=3)
        case "table":
            return _tables(spec)
        case "integer" | "number":
            return _numbers(spec)
    return _WORDS.map(lambda words: words or "x")


def _tables(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.key == "advice.accepted":
        return st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True), _WORDS, max_size=3)
    return st.lists(st.sampled_from(_STEPS if spec.key == "data.curate" else _REWARDS), max_size=3)


def _numbers(spec: FieldSpec) -> st.SearchStrategy[Any]:
    bounds = spec.bounds
    low, high = bounds.low if bounds.low is not None else 0, bounds.high if bounds.high is not None else 1e6
    if spec.kind == "integer":
        return st.integers(int(low) + (not bounds.low_in), int(min(high, low + 10_000)) - (not bounds.high_in))
    return st.floats(low, high, exclude_min=not bounds.low_in, exclude_max=not bounds.high_in)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """A valid recipe by dotted key, with some settings said; mappings are left to tests of their own."""
    said = draw(st.lists(st.sampled_from(fields()), max_size=12, unique_by=lambda spec: spec.key))
    found = {spec.key: draw(valid_values(spec)) for spec in said if not spec.key.startswith("data.mapping")}
    kept_out = ["data.split.validation", "data.split.held_out"]
    if sum(found.get(key) or 0 for key in kept_out) >= 1:  # nothing would be left to train on
        found.pop(kept_out[1])
    return {"model.base": "owner/name"} | {key: value for key, value in found.items() if value not in ([], {})}


@st.composite
def rendered(draw: st.DrawFn, content: dict[str, Any]) -> str:
    """The recipe as TOML, with comments and empty lines here and there."""
    sections: dict[str, list[str]] = {}
    for key, value in content.items():
        section, _, name = key.rpartition(".")
        if isinstance(value, dict):
            sections[key] = [f"{inner} = {tomlkit.item(text).as_string()}" for inner, text in value.items()]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            sections[key] = [_inner(item) for item in value]
        else:
            sections.setdefault(section, []).append(f"{name} = {tomlkit.item(value).as_string()}")
    lines = [draw(st.sampled_from(["version = 2", "version = 2 # newest", "# mine\nversion = 2"]))]
    lines += [_commented(draw, line) for line in sections.pop("", [])]
    for section in draw(st.permutations(sorted(sections))):
        lines.append(draw(st.sampled_from(["", "# about the next", "\n# one\n# two", ""])))
        tables = content.get(section)
        if isinstance(tables, list):
            lines += [f"[[{section}]]\n{item}" for item in sections[section]]
        else:
            lines += [f"[{section}]", *(_commented(draw, line) for line in sections[section])]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n# the end\n"]))


def _inner(item: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {tomlkit.item(value).as_string()}" for name, value in item.items())


def _commented(draw: st.DrawFn, line: str) -> str:
    return line + draw(st.sampled_from(["", "", " # why", "  # because"]))
