"""Files that travel inside a template's text: reward functions and JSON schemas, as comments at its end.

    # --- file: rewards/steps.py
    #| def score(prompt, answer, row):
    #|     return 1.0
    # --- end of rewards/steps.py

So one file is the whole template, and whoever opens it sees what would run; to a TOML reader they are comments.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from engine.errors import ProjectError
from engine.recipe import Recipe
from projects import SCHEME

MOST_BYTES = 64 << 10
"""A reward function or schema is a page of text; what is larger is data."""

_BEGIN = re.compile(r"# --- file: (?P<name>.+)")
_LINE = "#|"
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Characters that a TOML comment cannot hold."""
_RESERVED = ("project.toml", "template.toml", "data", "jobs", "exports")


def named_files(recipe: Recipe) -> dict[str, str]:
    """Files of the project that a recipe names, each with the setting that does; those that come with ttune not."""
    found: dict[str, str] = {}
    for number, reward in enumerate(recipe.rewards):
        for key in ("file", "schema_file"):
            name = getattr(reward, key, "")
            if name and not name.startswith(SCHEME):
                found.setdefault(name, f"rewards.{number}.{key}")
    return found


def is_inside(name: str) -> bool:
    """Whether a name is that of a file inside a project, of none that ttune keeps there itself, and of no hidden one:
    editors and git run what some of those say."""
    path = PurePosixPath(name)
    plain = not path.is_absolute() and "\\" not in name and not name.startswith("~") and not _UNFIT.search(name)
    hidden = any(part.startswith(".") for part in path.parts)
    return plain and bool(path.parts) and not hidden and path.parts[0].lower() not in _RESERVED


def pack(text: str, files: Mapping[str, str]) -> str:
    """A recipe's text with files at its end. Raises ProjectError for one that comments cannot hold."""
    blocks = [_block(name, content) for name, content in files.items()]
    return "\n".join([text.rstrip("\n") + "\n", *blocks]) if blocks else text


def unpack(text: str, source: str) -> tuple[str, dict[str, str]]:
    """A template's text as its recipe and the files inside it. Raises ProjectError where a file does not end.

    `source` names the text in the error.
    """
    recipe: list[str] = []
    files: dict[str, str] = {}
    lines = iter(enumerate(text.split("\n"), start=1))  # other line ends may stand inside a string
    for number, line in lines:
        begin = _BEGIN.fullmatch(line.rstrip())
        if begin is None:
            recipe.append(line)
        else:
            files[begin["name"]] = _content(lines, begin["name"], f"{source}: line {number}")
    if not files:
        return text, {}
    return "\n".join(recipe).rstrip("\n") + "\n", files


def read_named(recipe: Recipe, project: Path) -> dict[str, str]:
    """The files that a project's recipe names, by name. Raises ProjectError for one that cannot travel."""
    return {name: _read(project, name, key) for name, key in named_files(recipe).items()}


def _read(project: Path, name: str, key: str) -> str:
    path = project / name
    if not is_inside(name) or not path.resolve().is_relative_to(project.resolve()):
        raise ProjectError(f"{key}: {name} is outside the project: copy it in, so that the template holds it")
    if path.exists() and not path.is_file():  # a pipe may never end
        raise ProjectError(f"{key}: {path}: is no file: a template holds its files: put one there")
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProjectError(f"{key}: {path}: {error.strerror}: a template holds its files: put it there") from error
    if len(content) > MOST_BYTES:
        has = path.stat().st_size
        raise ProjectError(f"{key}: {path}: has {has:,} bytes, a template holds files up to {MOST_BYTES:,}")
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{key}: {path}: is no UTF-8 text: save it as that") from error


def _block(name: str, content: str) -> str:
    lines = content.split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    for number, line in enumerate(lines, start=1):
        if _UNFIT.search(line):
            raise ProjectError(f"{name}: line {number} holds a control character, which a template cannot: take it out")
    held = [f"{_LINE} {line}" if line else _LINE for line in lines]
    return "\n".join([f"# --- file: {name}", *held, _end(name)]) + "\n"


def _content(lines: Iterator[tuple[int, str]], name: str, place: str) -> str:
    held: list[str] = []
    for _, line in lines:
        if line.rstrip() == _end(name):
            return "".join(f"{it}\n" for it in held)
        if not line.startswith(_LINE):
            break
        held.append(line.removeprefix(_LINE).removeprefix(" ").removesuffix("\r"))
    raise ProjectError(f"{place}: the file {name} does not end with `{_end(name)}`: the template was cut off")


def _end(name: str) -> str:
    return f"# --- end of {name}"
