"""`project.toml`: read with every mistake listed, edited with comments kept."""

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomli
import tomlkit
from pydantic import BaseModel, ValidationError
from tomlkit import TOMLDocument
from tomlkit.container import Container, OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Table

from engine.errors import RecipeError
from engine.files import write_atomic
from engine.recipe import VERSION, Recipe
from engine.recipe.migration import Migrated, laid_over, migrate
from engine.recipe.tables import add_key, add_section, is_tables, put_tables

Settings = dict[str, Any]
"""Values by dotted key, such as `training.learning_rate`."""


def load(path: Path) -> Recipe:
    """The recipe in a file. Raises RecipeError with a line for each mistake."""
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """A recipe's text as it stands. Raises RecipeError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RecipeError([f"{path}: no such file: `ttune new NAME` makes a project with one"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path}: cannot be read: {error}"]) from error


def parse(text: str, name: str = "recipe") -> Recipe:
    """The recipe in TOML text. `name` begins each line of a RecipeError."""
    try:
        return validate(tomli.loads(text), name)
    except tomli.TOMLDecodeError as error:
        raise RecipeError([f"{name}: not valid TOML: {error}"]) from error


def validate(content: dict[str, Any], name: str = "recipe") -> Recipe:
    """The recipe in already parsed content; one of an older version is migrated."""
    try:
        return Recipe.model_validate(newest(content))
    except ValidationError as error:
        raise RecipeError([f"{name}: {problem}" for problem in _problems(error)]) from error


def problems_by_key(content: dict[str, Any]) -> dict[str, str]:
    """What is wrong with content, by dotted key; {} when it is a recipe."""
    try:
        Recipe.model_validate(newest(content))
    except ValidationError as error:
        return {_dotted(mistake["loc"]): _explain(mistake) for mistake in error.errors()}
    return {}


def migrated(text: str) -> Migrated:
    """What a text of an older version needs to be one of the newest; nothing for one that is no TOML."""
    try:
        return migrate(tomli.loads(text), VERSION)
    except tomli.TOMLDecodeError:
        return Migrated({}, ())


def newest(content: dict[str, Any]) -> dict[str, Any]:
    """Parsed content in the words of the newest version."""
    settings = migrate(content, VERSION).settings
    return laid_over(content, settings) if settings else content


def edit(text: str, settings: Settings, name: str = "recipe") -> str:
    """TOML text with some values changed and every comment and all order kept. None removes a key.

    A dictionary is a whole section: keys that it lacks are removed. A list of dictionaries is changed item by item. A
    text of an older version is migrated with the first change.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise RecipeError([f"{name}: not valid TOML: {error}"]) from error
    if settings:
        settings = migrated(text).settings | settings
    for key, value in settings.items():
        document = _put(document, tuple(key.split(".")), value)
    changed = _ended(tomlkit.dumps(document), text)
    if not _says(changed, laid_over(tomli.loads(text), settings)):
        keys = ", ".join(settings)
        raise RecipeError([f"{name}: {keys} cannot be changed without harm to the rest: change it in your editor"])
    return changed


def _says(text: str, content: dict[str, Any]) -> bool:
    """Whether a text holds this and nothing else, sections with nothing in them aside."""
    try:
        return bool(_without_empty(tomli.loads(text)) == _without_empty(content))
    except tomli.TOMLDecodeError:
        return False


def _without_empty(content: Any) -> Any:
    if isinstance(content, dict):
        found = {name: _without_empty(value) for name, value in content.items()}
        return {name: value for name, value in found.items() if value not in ({}, [])}
    return [_without_empty(item) for item in content] if isinstance(content, list | tuple) else content


def _put(document: TOMLDocument, path: tuple[str, ...], value: Any) -> TOMLDocument:
    if isinstance(value, dict):
        for name in dict.fromkeys([*_names_at(document, path), *value]):
            document = _put(document, (*path, name), value.get(name))
        return document
    if value is None:
        _remove(document, path)
        return document
    return _put_value(document, path, list(value) if isinstance(value, tuple) else value)


def _put_value(document: TOMLDocument, path: tuple[str, ...], value: Any) -> TOMLDocument:
    table: Any = document
    for place, name in enumerate(path[:-1]):
        if name not in table:
            add_section(table, name, _nested(path[place + 1 :], value))
            return _again(document)
        table = _section(table[name], path, name)
    there = table.get(path[-1])
    if is_tables(value) or (value == [] and is_tables(there)):
        put_tables(table, path[-1], value)
    elif there is not None:
        table[path[-1]] = value
    elif add_key(table, path[-1], value):
        return _again(document)
    return document


def _again(document: TOMLDocument) -> TOMLDocument:
    """The document anew: what was added stands where tomlkit does not expect it."""
    return tomlkit.parse(tomlkit.dumps(document))


def _nested(path: tuple[str, ...], value: Any) -> Table:
    """A new section with one value in it."""
    table = tomlkit.table(is_super_table=len(path) > 1)
    if len(path) > 1:
        table[path[0]] = _nested(path[1:], value)
    elif is_tables(value):
        put_tables(table, path[0], value)
    else:
        table[path[0]] = value
    return table


def _names_at(document: Any, path: tuple[str, ...]) -> list[str]:
    """The keys of a section; [] where there is none."""
    table: Any = document
    for name in path:
        if not isinstance(table, AbstractTable | OutOfOrderTableProxy | Container) or name not in table:
            return []
        table = table[name]
    return [str(name) for name in table] if isinstance(table, AbstractTable | OutOfOrderTableProxy) else []


def _ended(text: str, before: str) -> str:
    """The text without empty lines at its end that were not there before."""
    return f"{text.rstrip()}\n" if text.endswith("\n\n") and not before.endswith("\n\n") else text


def _remove(document: Any, path: tuple[str, ...]) -> None:
    """Take a key out, and the sections that it leaves with nothing in them, not even a comment."""
    *tables, last = path
    found = [document]
    for name in tables:
        if name not in found[-1]:
            return
        found.append(_section(found[-1][name], path, name))
    if found[-1].pop(last, None) is None:
        return
    for name, table, parent in zip(reversed(tables), reversed(found), reversed(found[:-1]), strict=False):
        if not isinstance(table, Table) or table.as_string().strip() or table.trivia.comment:
            return
        parent.pop(name)


def _section(item: Any, path: tuple[str, ...], name: str) -> Any:
    if not isinstance(item, AbstractTable | OutOfOrderTableProxy):
        raise RecipeError([f"{'.'.join(path)}: {name} is a value, not a section"])
    return item


def save(path: Path, settings: Settings) -> Recipe:
    """Change some values of a recipe's file, if the result is a recipe; returns it."""
    return rewrite(path, lambda text: edit(text, settings, str(path)))


def rewrite(path: Path, change: Callable[[str], str]) -> Recipe:
    """Change a recipe's file from its text as it stands, if the result is a recipe; returns it."""
    text = change(read_text(path))
    recipe = parse(text, str(path))
    try:
        write_atomic(path, text)
    except OSError as error:
        raise RecipeError(
            [f"{path}: cannot be written: {error.strerror}: nothing was changed: free some space, or make it writable"]
        ) from error
    return recipe


def parse_settings(assignments: list[str]) -> Settings:
    """Settings from `key=value` texts: a value is TOML where it reads as TOML, else plain text."""
    settings: Settings = {}
    for assignment in assignments:
        key, sign, value = assignment.partition("=")
        if not sign or not key:
            raise RecipeError([f"--set {assignment}: not key=value, such as training.learning_rate=2e-4"])
        settings[key.strip()] = parse_value(value.strip())
    return settings


def parse_value(text: str) -> Any:
    """A TOML value, or the text itself where it is none; None for empty text."""
    if not text:
        return None
    try:
        return tomli.loads(f"value = {text}")["value"]
    except tomli.TOMLDecodeError:
        return text


def known_keys(section: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[str]:
    """Every dotted key that a recipe can have."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from known_keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def _problems(error: ValidationError) -> list[str]:
    return [f"{_dotted(mistake['loc'])}: {_explain(mistake)}" for mistake in error.errors()]


def _explain(mistake: Any) -> str:
    """One mistake in plain words, with the value and the mend."""
    key, value = _dotted(mistake["loc"]), mistake["input"]
    if key == "version" and isinstance(value, int) and value > VERSION:
        return f"written by a newer ttune, this one reads recipes up to version {VERSION}: update ttune"
    match mistake["type"]:
        case "extra_forbidden":
            return f"unknown key{_nearest(key)}"
        case "missing":
            return "is missing: add it"
        case "literal_error":
            return f"must be {mistake['ctx']['expected']}, not {_shown(value)}"
        case "value_error":
            return str(mistake["ctx"]["error"])
    message = mistake["msg"]
    for begin in ("Input should be ", "Value should have "):
        message = message.replace(begin, "must be " if begin.startswith("Input") else "must have ")
    return f"{message}, not {_shown(value)}"


def _nearest(key: str) -> str:
    """`; did you mean …?` when a known key is close, by its whole name or by its last part."""
    keys = list(known_keys())
    close = difflib.get_close_matches(key, keys, n=1, cutoff=0.6)
    if not close:
        last = {known.rpartition(".")[2]: known for known in keys}
        close = [last[name] for name in difflib.get_close_matches(key.rpartition(".")[2], list(last), n=1, cutoff=0.75)]
    return f"; did you mean {close[0]}?" if close else ": remove it"


def _dotted(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "recipe"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
