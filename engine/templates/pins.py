"""Which edition of a template a project is from, whether there is a newer one, and taking over what that changes.

A project stays at its edition until somebody asks for the newer one. Then each setting is looked at three ways: as it
was in the project's copy of the template, as it is in the project, and as it is in the newer edition.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import tomli

from engine import recipe_file
from engine.errors import ProjectError
from engine.files import make_folder, write_atomic
from engine.home import Home
from engine.project import Project
from engine.project import projects as all_projects
from engine.recipe.diff import values
from engine.templates import COPY_NAME, Template, editions, find_template
from engine.templates.files import is_inside, unpack
from engine.templates.text import PRIVATE_KEYS

_OWN_KEYS = ("version", "template", *PRIVATE_KEYS)
"""Settings that a project never takes over from its template."""


@dataclass(frozen=True, slots=True)
class Pin:
    """The edition that a project is from."""

    reference: str
    """Such as `tone@1`."""
    newest: Template | None
    """The newest edition there is; None where the template is gone."""
    behind: bool
    """Whether that is not the project's."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting, or one file, that a newer edition says differently."""

    key: str
    """A dotted key, or a file's name."""
    before: Any
    """As it was when the project was made; of a file only whether it was there."""
    yours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Update:
    """What a newer edition means for a project."""

    to: Template
    taken: tuple[Change, ...]
    """Settings that the project had left as they were: they follow the template."""
    conflicts: tuple[Change, ...]
    """Settings that both have changed: the project's stay."""
    text: str
    """The recipe as it becomes."""
    files: dict[str, str] = field(default_factory=dict)
    """Files that are written into the project."""


def pin_of(home: Home, project: Project) -> Pin | None:
    """What a project is pinned to; None where its recipe names no template."""
    try:
        reference = str(tomli.loads(recipe_file.read_text(project.recipe_path)).get("template") or "")
    except (tomli.TOMLDecodeError, ProjectError):
        return None
    if not reference:
        return None
    there = editions(home, reference.partition("@")[0])
    newest = there[-1] if there else None
    return Pin(reference, newest, newest is not None and newest.reference != reference)


def projects_behind(home: Home) -> dict[str, list[str]]:
    """Names of projects that are not at the newest edition of their template, by the template's name."""
    found: dict[str, list[str]] = {}
    for project in all_projects(home):
        pin = pin_of(home, project)
        if pin and pin.behind and pin.newest:
            found.setdefault(pin.newest.name, []).append(project.name)
    return found


def copy_of_template(home: Home, project: Project) -> str:
    """The text of the template that a project was made from. Raises ProjectError where nothing is left of it."""
    path = project.path / COPY_NAME
    if path.is_file():
        return recipe_file.read_text(path)
    pin = pin_of(home, project)
    if pin is None:
        raise ProjectError(f"{project.recipe_path}: names no template: set template to the one that it is from")
    try:
        return find_template(home, pin.reference).text()
    except ProjectError as error:
        raise ProjectError(
            f"{path}: no such file, and no template {pin.reference}: set template in project.toml to one that is there"
        ) from error


def changes(home: Home, project: Project, to: Template | None = None) -> Update:
    """What the newest edition (or `to`) changes for a project; nothing is written. Raises UserError."""
    target = to or _newest(home, project)
    before_text, before_files = unpack(copy_of_template(home, project), str(project.path / COPY_NAME))
    theirs_text, theirs_files = target.parts()
    text = recipe_file.read_text(project.recipe_path)
    before = values(recipe_file.parse(before_text, str(project.path / COPY_NAME)))
    yours = values(recipe_file.parse(text, str(project.recipe_path)))
    theirs = values(recipe_file.parse(theirs_text, str(target.path)))
    changed = [
        Change(key, before[key], yours[key], value)
        for key, value in theirs.items()
        if key not in _OWN_KEYS and value not in (before[key], yours[key])
    ]
    taken = [change for change in changed if change.yours == change.before]
    written = _written(theirs_text)
    settings = {change.key: written.get(change.key) for change in taken}
    text = recipe_file.edit(text, settings | {"template": target.reference}, str(project.recipe_path))
    files = list(_changed_files(project, before_files, theirs_files))
    return Update(
        target,
        tuple(taken + [change for change in files if change.yours == change.before]),
        tuple(change for change in [*changed, *files] if change.yours != change.before),
        text,
        {change.key: theirs_files[change.key] for change in files if change.yours == change.before},
    )


def update_project(home: Home, project: Project, to: Template | None = None) -> Update:
    """Take over what the newest edition (or `to`) changes, comments kept; the project's own changes stay.

    Raises UserError, and then nothing was written. One that is cut short is completed by the next.
    """
    update = changes(home, project, to)
    recipe_file.parse(update.text, f"{project.recipe_path} with the changes of {update.to.reference}")
    try:
        for name, content in update.files.items():
            make_folder((project.path / name).parent)
            write_atomic(project.path / name, content)
        write_atomic(project.recipe_path, update.text)
        write_atomic(project.path / COPY_NAME, update.to.text())
    except OSError as error:
        raise ProjectError(
            f"{project.path}: {error.strerror}: not all was written: free some space and do it again"
        ) from error
    return update


def _newest(home: Home, project: Project) -> Template:
    pin = pin_of(home, project)
    if pin is None:
        raise ProjectError(f"{project.recipe_path}: names no template, so there is nothing to follow")
    return pin.newest or find_template(home, pin.reference)


def _changed_files(project: Project, before: dict[str, str], theirs: dict[str, str]) -> Iterator[Change]:
    """Files that the newer edition says differently, their texts as values."""
    for name, content in theirs.items():
        path = project.path / name
        if not is_inside(name):
            raise ProjectError(f"{name}: is no file inside a project: the template is damaged")
        yours = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
        if content not in (before.get(name), yours):
            yield Change(name, before.get(name), yours, content)


def _written(text: str) -> dict[str, Any]:
    """The values that a recipe's text states, by dotted key; defaults that it leaves out are not there."""
    content = tomli.loads(recipe_file.edit(text, recipe_file.migrated(text).settings))
    return dict(_flat(content, "", frozenset(recipe_file.known_keys())))


def _flat(content: dict[str, Any], prefix: str, known: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict) and prefix + name not in known:
            yield from _flat(value, f"{prefix}{name}.", known)
        else:
            yield prefix + name, value
