"""What the form for a new project offers: templates, and for each the base models that suit it."""

from dataclasses import dataclass, field

from engine.base_models import BaseModel, suggested
from engine.errors import UserError
from engine.home import Home
from engine.recipe import Recipe
from engine.recipe_file import parse
from engine.templates import Template, templates
from engine.templates.pins import projects_behind
from projects import DEFAULT

_NAMED = 2
"""Projects on older editions that are named."""


@dataclass
class Offer:
    """A template, and the base that is chosen for it."""

    template: Template
    recipe: Recipe | None
    """None where it has mistakes; making the project says which."""
    bases: tuple[BaseModel, ...] = ()
    behind: tuple[str, ...] = ()
    """Projects that are on an older edition of it."""
    chosen: int = field(default=0)
    """Place in `bases`; the first is the template's own."""

    @property
    def name(self) -> str:
        """The template's name, with its edition where there was an earlier one."""
        return self.template.name if self.template.edition == 1 else self.template.reference

    @property
    def about(self) -> str:
        """Its own line, and which projects have not followed it."""
        if not self.behind:
            return self.template.description
        more = f" and {len(self.behind) - _NAMED} more" if len(self.behind) > _NAMED else ""
        on = "is" if len(self.behind) == 1 else "are"
        return f"{', '.join(self.behind[:_NAMED])}{more} {on} on an older edition; {self.template.description}"

    @property
    def base(self) -> str:
        """The id of the base that a project of it gets."""
        if self.bases:
            return self.bases[self.chosen].id
        return self.recipe.model.base if self.recipe else ""

    def turn(self, by: int) -> None:
        """Choose the next base, or the one before."""
        if self.bases:
            self.chosen = (self.chosen + by) % len(self.bases)


def offers(home: Home, wanted: Template | None = None) -> list[Offer]:
    """The default, the user's own, then what else comes with ttune; of `wanted` that edition, of others the newest."""
    behind = projects_behind(home)
    found = sorted(templates(home), key=lambda it: (it.name != DEFAULT or not it.builtin, it.builtin))
    if wanted is not None:
        found = [wanted if template.name == wanted.name else template for template in found]
    return [_offer(template, tuple(behind.get(template.name, ()))) for template in found]


def _offer(template: Template, behind: tuple[str, ...]) -> Offer:
    try:
        recipe = parse(template.parts()[0], str(template.path))
    except UserError:
        return Offer(template, None, behind=behind)
    bases = suggested(recipe)
    if recipe.model.base not in (model.id for model in bases):
        bases = (_unknown(recipe.model.base), *bases)
    own = [model for model in bases if model.id == recipe.model.base]
    return Offer(template, recipe, (*own, *(model for model in bases if model.id != recipe.model.base)), behind)


def _unknown(base: str) -> BaseModel:
    return BaseModel(base, 0, "", 0, "the template's own")
