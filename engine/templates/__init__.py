"""Templates: recipes with prompts, metric and rewards, to start projects from; in editions that never change.

On disk `templates/NAME@2.toml` is the second edition of a template of the user's. A plain `NAME.toml`, as they were
kept before there were editions, is its first. The recipe inside says its own name: `template = "NAME@2"`.
"""

import difflib
import errno
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import projects as starter_projects
from engine import recipe_file
from engine.errors import ProjectError, RecipeError, UserError
from engine.home import Home
from engine.project import RECIPE_NAME, Project, check_name, create_project
from engine.templates.files import is_inside, pack, read_named, unpack
from engine.templates.numbers import deleted_numbers, mark_deleted, was_deleted
from engine.templates.text import refuse_secrets, without_data

COPY_NAME = "template.toml"
"""In a project's folder: the template as it was when the project was made, to compare with and go back to."""

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links say, as network volumes are."""
_FILE_NAME = re.compile(r"(?P<name>[^@]+)(@(?P<edition>\d{1,9}))?\.toml")


@dataclass(frozen=True, slots=True)
class Template:
    """One edition of a named recipe to start from."""

    name: str
    path: Path
    builtin: bool
    edition: int = 1

    @property
    def reference(self) -> str:
        """Name and edition, as a recipe says where it is from."""
        return f"{self.name}@{self.edition}"

    def text(self) -> str:
        """The whole text: the recipe, and the files inside it."""
        return recipe_file.read_text(self.path)

    def parts(self) -> tuple[str, dict[str, str]]:
        """The recipe's text, and the files inside the template by name. Raises ProjectError where one is cut off."""
        return unpack(self.text(), str(self.path))

    @property
    def description(self) -> str:
        """The recipe's own line about itself; "" when the file cannot be read."""
        try:
            return str(recipe_file.content_of(self.text()).get("description", ""))
        except (ProjectError, RecipeError):
            return ""


def templates(home: Home) -> list[Template]:
    """The newest edition of each: those that come with ttune, then the user's own.

    One of the user's stands in the place of a shipped one of the same name.
    """
    own = own_editions(home)
    shipped = [template for template in _shipped() if template.name not in own]
    return shipped + [found[-1] for found in own.values()]


def own_editions(home: Home) -> dict[str, list[Template]]:
    """The user's templates by name, each with its editions, the oldest first."""
    found: dict[str, list[Template]] = {}
    for path in sorted(home.templates.glob("*.toml")):
        if not path.name.startswith(".") and (match := _FILE_NAME.fullmatch(path.name)):
            first = int(not (home.templates / f"{match['name']}@1.toml").exists())
            edition = int(match["edition"] or first)
            found.setdefault(match["name"], []).append(Template(match["name"], path, False, edition))
    return {name: sorted(found[name], key=lambda it: it.edition) for name in sorted(found)}


def editions(home: Home, name: str) -> list[Template]:
    """All editions of a template, the oldest first; [] where there is none of this name."""
    return own_editions(home).get(name) or [template for template in _shipped() if template.name == name]


def find_template(home: Home, reference: str) -> Template:
    """The template of a name, its newest edition or, with `@` and a number, that one. Raises ProjectError."""
    name, sign, number = reference.partition("@")
    there = editions(home, name)
    if not there:
        names = [template.name for template in templates(home)]
        near = difflib.get_close_matches(name, names, n=1)
        mend = f"did you mean {near[0]}?" if near else "`ttune templates` lists them"
        raise ProjectError(f"{reference}: no such template (there: {', '.join(names)}): {mend}")
    for template in there:
        if str(template.edition) == number:
            return template
    if sign:
        known = ", ".join(template.reference for template in there)
        raise ProjectError(f"{reference}: no such edition (there: {known}): name one of them")
    return there[-1]


def save_template(home: Home, project: Project, name: str) -> Template:
    """Keep a project's recipe as a new edition of a template: no data, and refused when it holds a secret.

    Where the newest edition says the same already, that is given and none is made.
    """
    text, files = _to_keep(project)
    return _same_as_newest(home, name, text, files) or add_edition(home, name, text, files)


def find_saved(home: Home, project: Project, name: str) -> Template | None:
    """The newest edition of a template, where saving a project under its name would change nothing; else None."""
    return _same_as_newest(home, name, *_to_keep(project))


def _to_keep(project: Project) -> tuple[str, dict[str, str]]:
    """What a template of a project holds: the recipe's text, and files by name."""
    text = recipe_file.read_text(project.recipe_path)
    recipe = recipe_file.parse(text, str(project.recipe_path))
    refuse_secrets(project.recipe_path, text)
    files = read_named(recipe, project.path)
    for held, content in files.items():
        refuse_secrets(project.path / held, content)
    return without_data(text, recipe), files


def _same_as_newest(home: Home, name: str, text: str, files: dict[str, str]) -> Template | None:
    """The newest of one's own editions where it holds these, comments included; line ends say nothing."""
    newest = next(reversed(own_editions(home).get(name, [])), None)
    if newest is None:
        return None
    named = {"template": newest.reference}
    try:
        held, held_files = newest.parts()
        same = held_files == files and _plain(recipe_file.edit(held, named)) == _plain(recipe_file.edit(text, named))
    except UserError:  # what cannot be read is not the same
        return None
    return newest if same else None


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def add_edition(home: Home, name: str, recipe_text: str, files: dict[str, str]) -> Template:
    """Keep a recipe's text, with files, under a name and the next number. Raises ProjectError when it cannot be."""
    check_name(name)
    if name not in own_editions(home) and name in starter_projects.starters():
        raise ProjectError(f"{name}: a template of this name exists and comes with ttune: choose another name")
    while True:
        edition = next_number(home, name)
        template = Template(name, home.templates / f"{name}@{edition}.toml", False, edition)
        text = pack(recipe_file.edit(recipe_text, {"template": template.reference}, name), files)
        try:
            _write_new(template.path, text)
        except FileExistsError:  # somebody else saved one just now
            continue
        except OSError as error:
            raise ProjectError(
                f"{template.path}: {error.strerror}: nothing was saved: free some space, or make it writable"
            ) from error
        if was_deleted(home.templates, template.reference):  # somebody else saved this number and deleted it just now
            template.path.unlink(missing_ok=True)
            continue
        return template


def next_number(home: Home, name: str) -> int:
    """The number that the next edition of a template gets: none that was ever given, from 1."""
    given = [template.edition for template in editions(home, name)]
    return 1 + max(given + deleted_numbers(home.templates, name), default=0)


def delete_template(home: Home, reference: str) -> list[Template]:
    """Remove all editions of one of the user's templates, or the one that `@` names; those that are gone now.

    Raises ProjectError for one that comes with ttune.
    """
    template = find_template(home, reference)
    if template.builtin:
        raise ProjectError(f"{template.name}: comes with ttune and cannot be deleted")
    gone = [template] if "@" in reference else editions(home, template.name)
    for each in gone:
        try:
            mark_deleted(home.templates, each.reference)
            each.path.unlink(missing_ok=True)
        except OSError as error:
            raise ProjectError(f"{each.path}: {error.strerror}: it is still there: make its folder writable") from error
    return gone


def start_project(home: Home, name: str, template: Template, settings: dict[str, Any]) -> Project:
    """A new project of a template, with some values changed. Raises RecipeError when the result is no recipe."""
    from engine.data.dataset import take_over

    recipe_text, files = template.parts()
    for held in files:
        if not is_inside(held):
            raise ProjectError(f"{template.path}: {held} is no file inside a project: correct its name")
    text = recipe_file.edit(recipe_text, {"template": template.reference} | settings, str(template.path))
    if (base := settings.get("model.base")) and base != _base_in(recipe_text):
        text = recipe_file.edit(text, {"model.base": base}, str(template.path), bare=True)
    recipe = recipe_file.parse(text, f"{template.name} with your settings")
    project = create_project(home, name, text, files | {COPY_NAME: template.text()})
    take_over(recipe, home, project.path)
    return project


def _base_in(text: str) -> object:
    """The base model that a template's text names, which a comment behind it is about; None where it names none."""
    model = recipe_file.content_of(text).get("model")
    return model.get("base") if isinstance(model, dict) else None


def _shipped() -> list[Template]:
    root, known = starter_projects.ROOT, starter_projects.EDITIONS
    found = [
        Template(name, root / name / RECIPE_NAME, True, known.get(name, 1)) for name in starter_projects.starters()
    ]
    return sorted(found, key=lambda it: it.name != starter_projects.DEFAULT)


def _place(beside: str, path: Path) -> None:
    """Give a file its name. A link, unlike a rename, never replaces a file that came meanwhile."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        Path(beside).rename(path)


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all. Raises FileExistsError when it is."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _place(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)
