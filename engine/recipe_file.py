"""`project.toml`: read with every mistake listed, edited with comments kept."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_origin

import tomli
from pydantic import ValidationError

from engine.errors import RecipeError
from engine.files import write_atomic
from engine.recipe import VERSION, Recipe
from engine.recipe.editing import changed
from engine.recipe.form_of_text import taken_off
from engine.recipe.migration import Migrated, Settings, laid_over, migrate
from engine.recipe.nearest import field_at, known_keys
from engine.recipe.problems import problems
from engine.recipe.toml import content_of

__all__ = [
    "Settings", "content_of", "edit", "known_keys", "load", "migrated", "newest", "parse", "parse_settings",
    "parse_value", "problems_by_key", "read_text", "rewrite", "save", "validate", "with_settings", "write_text",
]  # fmt: skip


_NAMES = re.compile(r"[\w.-]+(,[\w.-]+)*")
"""Names as a list is typed: `q_proj,v_proj`."""


MOST_BYTES = 16 << 20
"""No recipe is nearly as large."""


def load(path: Path) -> Recipe:
    """The recipe in a file. Raises RecipeError with a line for each mistake."""
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """A recipe's text, with plain line ends and no byte order mark. Raises RecipeError when it cannot be read."""
    return taken_off(_read(path))[0]


def _read(path: Path) -> str:
    """A recipe's text as it stands, line ends and all. Pipes and devices, which may never end, are not read."""
    try:
        if path.exists() and not path.is_file():
            raise RecipeError([f"{path}: is no file: name one that holds TOML"])
        with open(path, "rb") as file:
            held = file.read(MOST_BYTES + 1)
        if len(held) > MOST_BYTES:
            raise RecipeError([f"{path}: larger than {MOST_BYTES:,} bytes: this is no recipe"])
        return held.decode()
    except FileNotFoundError as error:
        raise RecipeError([f"{path}: no such file: `ttune new NAME` makes a project with one"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path}: cannot be read: {error}"]) from error


def parse(text: str, name: str = "recipe") -> Recipe:
    """The recipe in TOML text. `name` begins each line of a RecipeError."""
    return validate(content_of(text, name), name)


def validate(content: dict[str, Any], name: str = "recipe") -> Recipe:
    """The recipe in already parsed content; one of an older version is migrated."""
    try:
        return Recipe.model_validate(newest(content))
    except ValidationError as error:
        raise RecipeError([f"{name}: {key}: {words}" for key, words in problems(error)]) from error


def problems_by_key(content: dict[str, Any]) -> dict[str, str]:
    """What is wrong with content, by dotted key; {} when it is a recipe."""
    try:
        Recipe.model_validate(newest(content))
    except ValidationError as error:
        return dict(problems(error))
    return {}


def with_settings(
    text: str, settings: Settings, name: str = "recipe", *, said: Collection[str] | None = None
) -> Recipe:
    """The recipe in a text with settings laid over it, the text itself left as it is.

    A mistake in one of the settings is told of `--set KEY`; `said`: which were given so (None: all).
    """
    content = content_of(text, name)
    content = laid_over(content, migrate(content, VERSION).settings | _without_tuples(settings))
    try:
        return Recipe.model_validate(newest(content))
    except ValidationError as error:
        given = settings if said is None else said
        raise RecipeError([_of(key, words, name, given) for key, words in problems(error)]) from error


def _of(key: str, words: str, name: str, given: Collection[str]) -> str:
    """A mistake as one of a setting that was given, else of the text."""
    near = f"{key}."
    own = any(it == key or it.startswith(near) or near.startswith(f"{it}.") for it in given)
    return f"--set {key}: {words}" if own else f"{name}: {key}: {words}"


def _without_tuples(settings: Settings) -> Settings:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in settings.items()}


def migrated(text: str) -> Migrated:
    """What a text of an older version needs to be one of the newest; nothing for one that is no TOML."""
    try:
        return migrate(content_of(text), VERSION)
    except RecipeError:
        return Migrated({}, ())


def newest(content: dict[str, Any]) -> dict[str, Any]:
    """Parsed content in the words of the newest version."""
    settings = migrate(content, VERSION).settings
    return laid_over(content, settings) if settings else content


def edit(text: str, settings: Settings, name: str = "recipe", *, bare: bool = False) -> str:
    """TOML text with some values changed and every comment, all order and its line ends kept. None removes a key.

    A dictionary is a whole section: keys that it lacks are removed. A list is changed item by item. A text of an older
    version is migrated with the first change. `bare`: without the comments behind the values that change.
    """
    plain, form = taken_off(text)
    content_of(plain, name)
    if not settings:
        return text
    for key, value in settings.items():
        _refuse_infinite(key, value, name)
    old = migrated(plain)
    if old.settings:
        plain = changed(plain, old.settings, old.renames, name)
    return form.put_on(changed(plain, settings, {}, name, bare=bare))


def _refuse_infinite(key: str, value: Any, name: str) -> None:
    """No TOML text says a number that is none in a way that can be compared."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in items:
        _refuse_infinite(key, item, name)
    if isinstance(value, float) and not math.isfinite(value):
        raise RecipeError([f"{name}: {key}: must be a finite number, not {value}"])


def save(path: Path, settings: Settings) -> Recipe:
    """Change some values of a recipe's file, if the result is a recipe; returns it."""
    return rewrite(path, lambda text: edit(text, settings, str(path)))


def rewrite(path: Path, change: Callable[[str], str]) -> Recipe:
    """Change a recipe's file from its text (as `read_text` has it), if the result is a recipe; returns it.

    Its line ends, byte order mark and mode stay as they are.
    """
    text = change(read_text(path))
    recipe = parse(text, str(path))
    try:
        write_text(path, text)
    except OSError as error:
        raise RecipeError(
            [f"{path}: cannot be written: {error.strerror}: nothing was changed: free some space, or make it writable"]
        ) from error
    return recipe


def write_text(path: Path, text: str) -> None:
    """Replace the text of a recipe's file; line ends, byte order mark and mode stay. Raises OSError."""
    write_atomic(path, taken_off(_read(path))[1].put_on(text))


def parse_settings(assignments: list[str]) -> Settings:
    """Settings from `key=value` texts, each as its key's type has it."""
    settings: Settings = {}
    for assignment in assignments:
        key, sign, value = assignment.partition("=")
        if not sign or not key:
            raise RecipeError([f"--set {assignment}: not key=value, such as training.learning_rate=2e-4"])
        settings[key.strip()] = _typed(key.strip(), value.strip())
    return settings


def _typed(key: str, text: str) -> Any:
    """A value for a key: TOML where it reads as TOML; numbers stay text for a text, and names are a list."""
    value = parse_value(text)
    kind = field_at(tuple(key.split(".")))
    if kind is str and value is not None and not isinstance(value, str):
        return text
    if get_origin(kind) is tuple and isinstance(value, str):
        return text.split(",") if _NAMES.fullmatch(text) else [value]
    return value


def parse_value(text: str) -> Any:
    """A TOML value, or the text itself where it is none; None for empty text."""
    if not text:
        return None
    try:
        return tomli.loads(f"value = {text}")["value"]
    except (tomli.TOMLDecodeError, RecursionError):
        return text
