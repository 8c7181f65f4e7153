"""Curation steps in a recipe's text: added and taken back with every comment kept, and read from the command line."""

import re
from pathlib import Path
from typing import Any, get_args

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Table

from engine import recipe_file
from engine.errors import RecipeError
from engine.recipe import CurationStep, Recipe, Section
from engine.recipe.migration import at

STEP_NAMES: tuple[str, ...] = tuple(
    get_args(kind.model_fields["step"].annotation)[0] for kind in get_args(get_args(CurationStep)[0])
)
"""Every step there is."""

_KINDS: dict[str, type[Section]] = dict(zip(STEP_NAMES, get_args(get_args(CurationStep)[0]), strict=True))
_BETWEEN = re.compile(r",(?=[a-z_]+=)")
_RANGE = re.compile(r"(\d+)-(\d+)")


def step_kind(name: str) -> type[Section]:
    """The settings of the step of a name, which is one of STEP_NAMES."""
    return _KINDS[name]


def add_step(text: str, step: CurationStep, name: str = "recipe") -> str:
    """A recipe's text with a step after its others."""
    document = _parsed(text, name)
    data = document.setdefault("data", tomlkit.table())
    steps = data.get("curate")
    if steps is None or (isinstance(steps, Array) and not steps):
        data["curate"] = steps = tomlkit.aot()
        steps = data["curate"]
    settings = as_settings(step)
    if isinstance(steps, AoT):
        table = tomlkit.table()
        table.update(settings)
        table.add(tomlkit.nl())
        steps.append(table)
        return _spaced(document, table)
    if isinstance(steps, Array):
        inline = tomlkit.inline_table()
        inline.update(settings)
        steps.append(inline)
    else:
        raise RecipeError([f"{name}: data.curate is no list of steps: remove it"])
    return tomlkit.dumps(document)


def _spaced(document: tomlkit.TOMLDocument, table: Table) -> str:
    """The text with an empty line before and after a new table."""
    text = tomlkit.dumps(document)
    before = text[: text.rfind("[[data.curate]]")]
    if before.strip() and not before.endswith("\n\n"):
        table.trivia.indent = "\n"
        text = tomlkit.dumps(document)
    return _ended(text)


def _ended(text: str) -> str:
    """The text without empty lines at its end."""
    return f"{text.rstrip()}\n" if text.endswith("\n\n") else text


def remove_step(text: str, number: int | None = None, name: str = "recipe") -> str:
    """A recipe's text without a step: the last, or the one of this number, from 0. Raises RecipeError without one."""
    steps = at(recipe_file.content_of(text, name), "data.curate")
    steps = steps if isinstance(steps, list) else []
    place = len(steps) - 1 if number is None else number
    if not 0 <= place < len(steps):
        raise RecipeError([f"{name}: data.curate has {len(steps)} steps, no step {place + 1} to take back"])
    return _ended(recipe_file.edit(text, {"data.curate": steps[:place] + steps[place + 1 :]}, name))


def save_step(path: Path, step: CurationStep) -> Recipe:
    """Add a step to a recipe's file; the recipe as it is then. Raises RecipeError when it cannot be."""
    return recipe_file.rewrite(path, lambda text: add_step(text, step, str(path)))


def undo_step(path: Path) -> Recipe:
    """Take the last step out of a recipe's file; the recipe as it is then. Raises RecipeError when there is none."""
    return recipe_file.rewrite(path, lambda text: remove_step(text, name=str(path)))


def as_settings(step: CurationStep) -> dict[str, Any]:
    """A step as the recipe writes it: what differs from the default, and the seed, which shall not change with it."""
    values = step.model_dump(mode="json")
    fields = type(step).model_fields
    return {
        name: value
        for name, value in values.items()
        if name in ("step", "seed") or value != _plain(fields[name].get_default())
    }


def parse_step(text: str) -> CurationStep:
    """A step as the command line writes it: `length:least=10,most=4000`, `language:keep=en+de`, `drop_rows:rows=3+7-9`.

    Items of a list have + between them; `record=` takes all that follows. Raises RecipeError.
    """
    name, _, rest = text.partition(":")
    if name not in _KINDS:
        raise RecipeError([f"--step {text}: {name} is none of {', '.join(STEP_NAMES)}"])
    settings: dict[str, Any] = {"step": name}
    for assignment in _assignments(rest):
        key, sign, value = assignment.partition("=")
        if not sign:
            raise RecipeError([f"--step {text}: {assignment} is no key=value; keys are {_keys(name)}"])
        settings[key.strip()] = _value(name, key.strip(), value.strip())
    try:
        recipe = recipe_file.validate({"model": {"base": "none"}, "data": {"curate": [settings]}}, f"--step {text}")
    except RecipeError as error:
        inner = [problem.replace(f"data.curate.0.{name}.", "") for problem in error.problems]
        raise RecipeError(
            [re.sub(r"unknown key.*", f"unknown key; keys are {_keys(name)}", it) for it in inner]
        ) from error
    return recipe.data.curate[0]


def _assignments(text: str) -> list[str]:
    before, sign, record = text.partition("record=")
    parts = [part for part in _BETWEEN.split(before.rstrip(",") if sign else before) if part]
    return [*parts, f"record={record}"] if sign else parts


def _value(step: str, key: str, text: str) -> Any:
    """A value of the kind that the key takes."""
    field = _KINDS[step].model_fields.get(key)
    kind = str(field.annotation) if field else ""
    if "tuple[int" in kind:
        return [number for part in text.split("+") if part for number in _numbers(part)]
    if "tuple" in kind:
        return [part.strip() for part in text.split("+") if part.strip()]
    return text if field is not None and field.annotation is str else recipe_file.parse_value(text)


def _numbers(text: str) -> list[Any]:
    match = _RANGE.fullmatch(text.strip())
    return list(range(int(match[1]), int(match[2]) + 1)) if match else [recipe_file.parse_value(text.strip())]


def _keys(name: str) -> str:
    return ", ".join(key for key in _KINDS[name].model_fields if key != "step") or "none"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _parsed(text: str, name: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise RecipeError([f"{name}: not valid TOML: {error}"]) from error
