"""Which edition of a template a project is from, whether there is a newer one, and taking over what that changes.

A project stays at its edition until somebody asks for the newer one. Then each setting is looked at three ways: as it
was in the project's copy of the template, as it is in the project, and as it is in the newer edition. What only the
newer edition changed follows it, what both changed stays the project's; for each, somebody may say otherwise.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine import recipe_file
from engine.errors import ProjectError, RecipeError, UserError
from engine.files import make_folder, write_atomic
from engine.home import Home
from engine.project import RECIPE_NAME, Project
from engine.project import projects as all_projects
from engine.recipe.diff import values
from engine.templates import COPY_NAME, Template, editions, find_template
from engine.templates.files import is_inside, unpack
from engine.templates.numbers import number_in
from engine.templates.text import PRIVATE_KEYS

ALL = "all"
"""In the place of a key: every setting and file that the newer edition says differently."""

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
    """Whether that is newer than the project's."""
    gone: bool = False
    """Whether the project's own edition is not there any more."""
    rewritten: bool = False
    """Whether that is there and says something else than the project was made from, though editions never change:
    somebody wrote its file anew. Told by the project's copy of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting, or one file, that a newer edition says differently."""

    key: str
    """A dotted key, or a file's name."""
    before: Any
    """As it was when the project was made; of a file only whether it was there."""
    yours: Any
    theirs: Any

    @property
    def both(self) -> bool:
        """Whether the project has changed it too."""
        return bool(self.yours != self.before)


@dataclass(frozen=True, slots=True)
class Update:
    """What a newer edition means for a project."""

    to: Template
    taken: tuple[Change, ...]
    """Those that follow the template: the project had left them as they were, or theirs was asked for."""
    conflicts: tuple[Change, ...]
    """Those that stay the project's: both have changed them, or mine was asked for."""
    text: str
    """The recipe as it becomes."""
    files: dict[str, str] = field(default_factory=dict)
    """Files that are written into the project."""
    was: dict[str, str | None] = field(default_factory=dict)
    """Once it was written: what stood in each file of the project that was, by name; None where none was there."""


def pin_of(home: Home, project: Project) -> Pin | None:
    """What a project is pinned to; None where its recipe names no template."""
    try:
        reference = str(recipe_file.content_of(recipe_file.read_text(project.recipe_path)).get("template") or "")
    except RecipeError:
        return None
    if not reference:
        return None
    there = editions(home, reference.partition("@")[0])
    newest = there[-1] if there else None
    own = next((each for each in there if each.reference == reference), None)
    behind = newest is not None and newest.edition > number_in(reference)
    return Pin(reference, newest, behind, own is None, own is not None and _is_rewritten(project, own))


def projects_behind(home: Home) -> dict[str, list[str]]:
    """Names of projects that are not at the newest edition of their template, by the template's name."""
    found: dict[str, list[str]] = {}
    for project in all_projects(home):
        pin = pin_of(home, project)
        if pin and pin.behind and pin.newest:
            found.setdefault(pin.newest.name, []).append(project.name)
    return found


def _is_rewritten(project: Project, edition: Template) -> bool:
    """Whether an edition says something else than the project's copy of it; comments are nothing that it says."""
    path = project.path / COPY_NAME
    try:
        if not path.is_file() or (copy := recipe_file.read_text(path)) == (now := edition.text()):
            return False
        kept, kept_files = _said(copy, path)
        said, files = _said(now, edition.path)
    except (UserError, OSError):  # nothing can be told of what cannot be read
        return False
    if kept["template"] not in ("", edition.reference):  # an update was cut short: the copy is still another edition's
        return False
    return files != kept_files or any(said[key] != value for key, value in kept.items() if key != "template")


def _said(text: str, path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """A template's settings by key, and its files by name."""
    recipe_text, files = unpack(text, str(path))
    return values(recipe_file.parse(recipe_text, str(path))), files


def recipe_of_template(home: Home, project: Project) -> str:
    """The recipe's text in the template that a project was made from. Raises ProjectError."""
    return unpack(copy_of_template(home, project), project.name)[0]


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


def changes(
    home: Home,
    project: Project,
    to: Template | None = None,
    *,
    theirs: Collection[str] = (),
    mine: Collection[str] = (),
) -> Update:
    """What the newest edition (or `to`) changes for a project; nothing is written. Raises UserError.

    `theirs`: keys and files that take the template's value though the project has changed them; `mine`: those that stay
    though it has not. Either may hold ALL; a key that is named counts before it.
    """
    target = to or _newest(home, project)
    before_text, before_files = unpack(copy_of_template(home, project), str(project.path / COPY_NAME))
    theirs_text, theirs_files = target.parts()
    text = recipe_file.read_text(project.recipe_path)
    before = values(recipe_file.parse(before_text, str(project.path / COPY_NAME)))
    yours = values(recipe_file.parse(text, str(project.recipe_path)))
    newer = values(recipe_file.parse(theirs_text, str(target.path)))
    settings = [
        Change(key, before[key], yours[key], value)
        for key, value in newer.items()
        if key not in _OWN_KEYS and value not in (before[key], yours[key])
    ]
    files = list(_changed_files(project, before_files, theirs_files))
    _check_named([*theirs, *mine], [it.key for it in (*settings, *files)], target, project)
    taken = [it for it in (*settings, *files) if _follows(it, theirs, mine)]
    written = _written(theirs_text)
    edited = {it.key: written.get(it.key) for it in taken if it in settings} | {"template": target.reference}
    return Update(
        target,
        tuple(taken),
        tuple(it for it in (*settings, *files) if it not in taken),
        recipe_file.edit(text, edited, str(project.recipe_path)),
        {it.key: theirs_files[it.key] for it in taken if it in files},
    )


def update_project(
    home: Home,
    project: Project,
    to: Template | None = None,
    *,
    theirs: Collection[str] = (),
    mine: Collection[str] = (),
) -> Update:
    """Take over what the newest edition (or `to`) changes, comments kept; `theirs` and `mine` as in `changes`.

    Raises UserError, and then nothing was written. One that is cut short is completed by the next.
    """
    update = changes(home, project, to, theirs=theirs, mine=mine)
    recipe_file.parse(update.text, f"{project.recipe_path} with the changes of {update.to.reference}")
    try:
        was = _texts(project, (COPY_NAME, *update.files))
        for name, content in update.files.items():
            make_folder((project.path / name).parent)
            write_atomic(project.path / name, content)
        recipe_file.write_text(project.recipe_path, update.text)
        write_atomic(project.path / COPY_NAME, update.to.text())
    except OSError as error:
        raise ProjectError(
            f"{project.path}: {error.strerror}: not all was written: free some space and do it again"
        ) from error
    return replace(update, was=was)


def _texts(project: Project, names: Collection[str]) -> dict[str, str | None]:
    """What stands in files of a project, by name; None where there is none. What is no text is left out."""
    found: dict[str, str | None] = {RECIPE_NAME: recipe_file.read_text(project.recipe_path)}
    for name in names:
        path = project.path / name
        with suppress(UnicodeDecodeError):
            found[name] = path.read_bytes().decode("utf-8") if path.is_file() else None
    return found


def _follows(change: Change, theirs: Collection[str], mine: Collection[str]) -> bool:
    """Whether a change takes the template's value."""
    if change.key in theirs or change.key in mine:
        return change.key in theirs
    if ALL in theirs or ALL in mine:
        return ALL in theirs
    return not change.both


def _check_named(named: list[str], changed: list[str], target: Template, project: Project) -> None:
    """Raise ProjectError for a key that is none of those that the newer edition changes."""
    for key in named:
        if key != ALL and key not in changed:
            known = f"it changes {', '.join(changed)}" if changed else "it changes nothing of yours"
            raise ProjectError(f"{key}: {target.reference} says nothing else of it than {project.name}: {known}")


def _newest(home: Home, project: Project) -> Template:
    pin = pin_of(home, project)
    if pin is None:
        raise ProjectError(f"{project.recipe_path}: names no template, so there is nothing to follow")
    if pin.newest and pin.newest.edition < number_in(pin.reference):
        raise ProjectError(
            f"{pin.reference}: is not here any more, and {pin.newest.reference} is older: to go back to that, "
            f'write template = "{pin.newest.reference}" in {project.recipe_path} and do this again'
        )
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
    content = recipe_file.content_of(recipe_file.edit(text, recipe_file.migrated(text).settings))
    return dict(_flat(content, "", frozenset(recipe_file.known_keys())))


def _flat(content: dict[str, Any], prefix: str, known: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict) and prefix + name not in known:
            yield from _flat(value, f"{prefix}{name}.", known)
        else:
            yield prefix + name, value
