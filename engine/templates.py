"""Templates: a project's recipe, prompts and metric without its data, to start new projects from."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

import projects as starter_projects
from engine import recipe_file
from engine.errors import ProjectError
from engine.files import write_atomic
from engine.home import Home
from engine.project import RECIPE_NAME, Project, check_name, create_project

_SECRET = re.compile(
    r"\b(hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|[0-9a-f]{40})\b"
    r"|://[^/\s:@]+:[^/\s:@]+@"
)
"""Shapes of access keys: Hub, OpenAI-like, GitHub, AWS, wandb, and passwords in addresses."""

_PRIVATE_KEYS = ("data.source", "data.held_out")


@dataclass(frozen=True, slots=True)
class Template:
    """A named recipe to start from."""

    name: str
    path: Path
    builtin: bool

    def text(self) -> str:
        """The recipe's text."""
        return recipe_file.read_text(self.path)

    @property
    def description(self) -> str:
        """The recipe's own line about itself; "" when the file cannot be read."""
        try:
            return str(tomli.loads(self.text()).get("description", ""))
        except (tomli.TOMLDecodeError, ProjectError):
            return ""


def templates(home: Home) -> list[Template]:
    """Those that come with ttune, then the user's own."""
    shipped = [Template(name, starter_projects.ROOT / name / RECIPE_NAME, True) for name in starter_projects.starters()]
    own = [Template(path.stem, path, False) for path in sorted(home.templates.glob("*.toml"))]
    return shipped + own


def find_template(home: Home, name: str) -> Template:
    """The template of a name. Raises ProjectError naming those that exist."""
    for template in templates(home):
        if template.name == name:
            return template
    known = ", ".join(template.name for template in templates(home))
    raise ProjectError(f"{name}: no such template (there: {known}): `ttune templates` lists them")


def save_template(home: Home, project: Project, name: str) -> Template:
    """Keep a project's recipe as a template: no data, and refused when it holds a secret."""
    check_name(name)
    if name in {template.name for template in templates(home)}:
        raise ProjectError(
            f"{name}: a template of this name exists: choose another, or `ttune templates delete {name}`"
        )
    text = recipe_file.read_text(project.recipe_path)
    recipe_file.parse(text, str(project.recipe_path))
    _refuse_secrets(project.recipe_path, text)
    template = Template(name, home.templates / f"{name}.toml", False)
    try:
        write_atomic(template.path, recipe_file.edit(text, dict.fromkeys(_PRIVATE_KEYS)))
    except OSError as error:
        raise ProjectError(
            f"{template.path}: {error.strerror}: nothing was saved: free some space, or make it writable"
        ) from error
    return template


def delete_template(home: Home, name: str) -> None:
    """Remove one of the user's templates. Raises ProjectError for one that comes with ttune."""
    template = find_template(home, name)
    if template.builtin:
        raise ProjectError(f"{name}: comes with ttune and cannot be deleted")
    template.path.unlink()


def start_project(home: Home, name: str, template: Template, settings: dict[str, Any]) -> Project:
    """A new project of a template, with some values changed. Raises RecipeError when the result is no recipe."""
    text = recipe_file.edit(template.text(), settings, str(template.path))
    from engine.data.dataset import take_over

    recipe = recipe_file.parse(text, f"{template.name} with your settings")
    project = create_project(home, name, text)
    take_over(recipe, home, project.path)
    return project


def _refuse_secrets(path: Path, text: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if _SECRET.search(line):
            raise ProjectError(
                f"{path}: line {number} looks like it holds a secret: remove it; keys belong in the environment"
            )
