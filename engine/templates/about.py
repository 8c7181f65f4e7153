"""What there is to know of a template before a project is made of it."""

from dataclasses import dataclass

from engine import recipe_file
from engine.errors import UserError
from engine.home import Home
from engine.recipe import Recipe
from engine.templates import Template, editions, templates


@dataclass(frozen=True, slots=True)
class About:
    """A template with all its editions, and what the newest one does."""

    template: Template
    """The newest edition."""
    editions: tuple[Template, ...]
    """All there are, the oldest first."""
    recipe: Recipe | None
    """None where it has mistakes."""
    problem: str = ""
    """Why its recipe cannot be read; "" where it can."""

    @property
    def base(self) -> str:
        """The base model that a project of it gets; "" where that is not known."""
        return self.recipe.model.base if self.recipe is not None else ""

    @property
    def method(self) -> str:
        """Method and adapter, such as `sft qlora`; "" where they are not known."""
        return f"{self.recipe.method.kind} {self.recipe.adapter.kind}" if self.recipe is not None else ""


def about_all(home: Home) -> list[About]:
    """Every template there is: those that come with ttune, then the user's own."""
    return [_about(template, tuple(editions(home, template.name))) for template in templates(home)]


def _about(template: Template, there: tuple[Template, ...]) -> About:
    try:
        return About(template, there, recipe_file.parse(template.parts()[0], str(template.path)))
    except UserError as error:
        return About(template, there, None, str(error))
