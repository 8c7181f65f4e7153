"""Templates as one file that can be given to others, and what is looked at before one of theirs is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import projects as starter_projects
from engine import recipe_file
from engine.data.hub import hub_name
from engine.errors import DataError, ProjectError, RecipeError
from engine.files import write_atomic
from engine.home import Home
from engine.recipe import Mix, Recipe
from engine.recipe.diff import differences
from engine.recipe.form_of_text import taken_off
from engine.templates import Template, add_edition, editions, find_template, next_number
from engine.templates.files import MOST_BYTES, is_inside, named_files, pack, unpack
from engine.templates.text import secrets_in

MOST_TEMPLATE_BYTES = 16 * MOST_BYTES
"""A recipe with some files in it is far smaller."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A template that somebody gave, looked through and not kept yet."""

    name: str
    """As it calls itself; "" where it does not."""
    recipe: Recipe
    recipe_text: str
    files: dict[str, str]

    @property
    def code(self) -> dict[str, int]:
        """Python files inside, which runs would execute with the user's rights, with their numbers of lines."""
        return {
            reward.file: self.files[reward.file].count("\n")
            for reward in self.recipe.rewards
            if reward.kind == "python" and reward.file in self.files
        }

    @property
    def services(self) -> tuple[str, ...]:
        """Services that its runs would send figures to."""
        return self.recipe.trackers.use


def export_template(template: Template, to: Path, *, replace: bool = False) -> str:
    """Write a template as one file; its text. Raises ProjectError for one that only this machine can use."""
    text = shareable(template)
    if to.exists() and not to.is_file():
        raise ProjectError(f"{to}: is no file that can be replaced: name another, or - for the terminal")
    if to.exists() and not replace:
        raise ProjectError(f"{to}: exists already: name another file, or add --force")
    try:
        write_atomic(to, text)
    except OSError as error:
        raise ProjectError(f"{to}: {error.strerror}: nothing was written: choose another place") from error
    return text


def shareable(template: Template) -> str:
    """A template's text, for others. Raises RecipeError listing what they could not use, or should not see."""
    recipe_text, files = template.parts()
    text = recipe_file.edit(recipe_text, {"template": template.reference}, str(template.path))
    recipe = recipe_file.parse(text, str(template.path))
    if problems := list(_problems(recipe, text, files)):
        raise RecipeError([f"{template.path}: {problem}" for problem in problems])
    return pack(text, files)


def read_shared(path: Path) -> str:
    """The text of a file that somebody gave, of no more than a template holds. Raises ProjectError.

    Pipes and devices, which may never end, are not read.
    """
    if not path.exists():
        raise ProjectError(f"{path}: no such file: name the one that `ttune templates export` wrote")
    if not path.is_file():
        raise ProjectError(f"{path}: is no file: name one, or pipe it into `ttune templates import -`")
    try:
        with open(path, "rb") as file:
            return shared_text(file, str(path))
    except OSError as error:
        raise ProjectError(f"{path}: {error.strerror}: name a file that you may read") from error


def shared_text(stream: BinaryIO, source: str) -> str:
    """The text of a template that comes in, with plain line ends; `source` names it in errors. Raises ProjectError."""
    held = stream.read(MOST_TEMPLATE_BYTES + 1)
    if len(held) > MOST_TEMPLATE_BYTES:
        raise ProjectError(f"{source}: larger than {MOST_TEMPLATE_BYTES:,} bytes: this is no template")
    try:
        return taken_off(held.decode("utf-8"))[0]
    except UnicodeDecodeError as error:
        raise ProjectError(f"{source}: is no UTF-8 text: no template") from error


def check_shared(text: str, source: str) -> Shared:
    """A template of somebody else's, as text. Raises RecipeError with a line for every mistake in it."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_TEMPLATE_BYTES:
        raise RecipeError([f"{source}: larger than {MOST_TEMPLATE_BYTES:,} bytes: this is no template"])
    recipe_text, files = unpack(text, source)
    try:
        recipe = recipe_file.parse(recipe_text, source)
    except RecipeError as error:
        found = [f"{source}: {problem}" for problem in _secrets(recipe_text, files)]
        raise RecipeError(error.problems + found) from error
    if problems := list(_problems(recipe, recipe_text, files)):
        raise RecipeError([f"{source}: {problem}" for problem in problems])
    return Shared(recipe.template.partition("@")[0], recipe, recipe_text, files)


def find_same(home: Home, name: str, shared: Shared) -> Template | None:
    """The edition of a template that says and holds the same as a shared one; None where there is none."""
    for template in editions(home, name):
        try:
            text, files = template.parts()
            recipe = recipe_file.parse(text)
        except (RecipeError, ProjectError):
            continue
        if files == shared.files and {it.key for it in differences(recipe, shared.recipe)} <= {"template"}:
            return template
    return None


def keep_shared(home: Home, shared: Shared, name: str, *, new_edition: bool = False) -> Template:
    """Keep a shared template under a name. One that is there already is not kept twice.

    Raises ProjectError where the name is taken by another and `new_edition` does not ask for an edition of that.
    """
    if same := find_same(home, name, shared):
        return same
    if editions(home, name) and not new_edition:
        newest = find_template(home, name)
        own = f" --new-edition keeps it as {name}@{next_number(home, name)}, or" if not newest.builtin else ""
        raise ProjectError(f"{name}: another template has this name:{own} give it another with --name")
    return add_edition(home, name, shared.recipe_text, shared.files)


def _problems(recipe: Recipe, text: str, files: dict[str, str]) -> Iterator[str]:
    """All that keeps a template from being given away, or taken."""
    yield from _secrets(text, files)
    for key, name in _places(recipe):
        if problem := _place_problem(name):
            yield f"{key}: {name} {problem}"
    base = recipe.model.base
    if not _place_problem(base) and not base.startswith(starter_projects.SCHEME) and not _is_hub(base):
        yield f"model.base: {base} is a folder of one machine: name a Hub id, or what comes with ttune"
    named = named_files(recipe)
    for name, key in named.items():
        if name not in files:
            yield f"{key}: {name} is not in the template: save it from a project that has the file"
        elif not is_inside(name):
            yield f"{key}: {name} is hidden, ttune's own or outside the project: give it a plain name"
    for name in files:
        if name not in named:
            yield f"the file {name} is in it and no setting names it: take it out"
    if recipe.model.adapter and not _is_hub(recipe.model.adapter):
        yield f"model.adapter: {recipe.model.adapter} is a run of one machine: remove it"


def _secrets(text: str, files: dict[str, str]) -> Iterator[str]:
    for number in secrets_in(text):
        yield f"line {number} looks like it holds a secret: remove it; keys belong in the environment"
    for name, content in files.items():
        for number in secrets_in(content):
            yield f"{name}: line {number} looks like it holds a secret: remove it; keys belong in the environment"


def _places(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Settings that name a file or folder, with their values."""
    named: list[tuple[str, Any]] = [
        ("model.base", recipe.model.base), ("data.source", recipe.data.source), ("data.held_out", recipe.data.held_out),
    ]  # fmt: skip
    named += [("data.curate", step.source) for step in recipe.data.curate if isinstance(step, Mix)]
    for number, reward in enumerate(recipe.rewards):
        files = ((key, getattr(reward, key, "")) for key in ("file", "schema_file"))
        named += [(f"rewards.{number}.{key}", name) for key, name in files if name.startswith(starter_projects.SCHEME)]
    yield from ((key, name) for key, name in named if name)


def _place_problem(name: str) -> str:
    """Why a name is none that another machine can use; "" when it is one."""
    if name.startswith(starter_projects.SCHEME):
        inside = starter_projects.resource(name).resolve().is_relative_to(starter_projects.ROOT.resolve())
        return "" if inside else "leaves what comes with ttune: name a file of it"
    try:
        if hub_name(name):
            return ""
    except DataError:
        return "is no name of a dataset: write hub:owner/name"
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or name.startswith("~") or ".." in path.parts:
        return "is a place on one machine: name a Hub id, or what comes with ttune"
    return ""


def _is_hub(name: str) -> bool:
    return name.count("/") == 1 and "#" not in name and not name.startswith((".", "/", "~"))
