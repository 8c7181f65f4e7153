"""What a project's recipe is compared with: the template it is from, a run, another project, or the defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from engine import recipe_file
from engine.errors import UserError
from engine.home import Home
from engine.job import JobFolder
from engine.project import Project
from engine.recipe import Recipe
from engine.recipe.diff import Difference, values

NOT_COMPARED = ("version", "template", "description")
"""Settings that say what a recipe is, not what it does."""

OWN = ("advice.accepted",)
"""What a person has said of one project: taken over only where it is named."""


@dataclass(frozen=True, slots=True)
class Other:
    """A recipe to compare with."""

    name: str
    """What it is, for a person."""
    recipe: Recipe
    defaults: bool = False
    """Whether it is nobody's, but all defaults: the base model and the data are not compared then."""


def template_of(home: Home, project: Project) -> Other | None:
    """The template that a project was made from; None where nothing is left of it, or it is damaged."""
    # `engine.templates` loads what lies in it but this: two threads that begin at either end would wait for each other
    from engine.templates.pins import pin_of, recipe_of_template

    try:
        recipe = recipe_file.parse(recipe_of_template(home, project), project.name)
        pin = pin_of(home, project)
    except (UserError, OSError):
        return None
    return Other(pin.reference if pin is not None else recipe.template or "its template", recipe)


def run_of(run: JobFolder) -> Other:
    """The recipe that a run was made with. Raises RecipeError where it cannot be read."""
    recipe = recipe_file.validate(run.spec.recipe, str(run.path / "job.toml"))
    return Other(f"{run.spec.project}#{run.spec.number}", recipe)


def default_recipe() -> Other:
    """All defaults."""
    return Other("the defaults", Recipe.model_validate({"model": {"base": "none"}}), defaults=True)


def against(home: Home, project: Project) -> Other:
    """What a recipe is compared with when nothing is said: its template, else the defaults."""
    return template_of(home, project) or default_recipe()


def compared(theirs: Other, mine: Recipe) -> list[Difference]:
    """Settings that say something else (`a`: theirs, `b`: mine), in the order of the types."""
    other, own = values(theirs.recipe), values(mine)
    return [
        Difference(key, value, own[key])
        for key, value in other.items()
        if key not in NOT_COMPARED
        and value != own[key]
        and not (theirs.defaults and key in ("model.base", "data.source"))
    ]


def plain_values(recipe: Recipe) -> dict[str, Any]:
    """Every setting by its dotted key, as TOML holds it; steps and rewards without what they leave to defaults."""
    return {key: _written(recipe, key, value) for key, value in values(recipe).items()}


def taken(theirs: Other, key: str) -> Any:
    """The value to write for taking theirs; None where that is the default."""
    value = plain_values(theirs.recipe)[key]
    return None if values(theirs.recipe)[key] == values(default_recipe().recipe)[key] else value


def _written(recipe: Recipe, key: str, value: Any) -> Any:
    item: Any = recipe
    for name in key.split("."):
        item = getattr(item, name)
    if isinstance(item, tuple) and item and isinstance(item[0], BaseModel):
        return [each.model_dump(mode="json", exclude_defaults=True) for each in item]
    return dict(value) if isinstance(value, Mapping) else value
