"""What is said of a new project's base model and sample rows, for the command line and the studio's form."""

from typing import Any

from engine.base_models import BaseModel, known, settings_for, suggested
from engine.recipe import Recipe
from engine.templates import Template
from projects import DEFAULT, SCHEME


def base_settings(recipe: Recipe, base: str) -> dict[str, Any]:
    """What a recipe needs changed for a base model."""
    return settings_for(base, recipe.adapter.kind)


def about_base(recipe: Recipe, base: str) -> list[str]:
    """What the base is, and which others would do; [] for the tiny one, which is not chosen for what it can."""
    if base.startswith(SCHEME):
        return []
    others = [model.id for model in suggested(recipe) if model.id != base and not model.id.startswith(SCHEME)]
    model = known(base)
    said = [f"base {base}" + (f": {base_words(model)}" if model else "")]
    return said + ([f"others for this task: {', '.join(others)} (`--base ID`)"] if others else [])


def base_words(model: BaseModel) -> str:
    """A base model in one line."""
    return "; ".join(part for part in (size_words(model), model.why) if part)


def size_words(model: BaseModel) -> str:
    """How large a base model is, how long its context, and its licence; "" where that is not known."""
    return f"{model.billions}, {model.length:,} tokens, {model.licence}" if model.parameters else ""


def about_sample(template: Template, recipe: Recipe) -> list[str]:
    """Where a project that was given no rows of its own gets them from, and how to name one's own."""
    mine = f"set data.source to yours, or `ttune new NAME --template {template.name} --data FILE`"
    if not recipe.data.source:
        return [f"it has no rows yet: {mine}"]
    if template.name == DEFAULT or not recipe.data.source.startswith(SCHEME):
        return []
    return [f"its rows are the template's sample ({recipe.data.source}): {mine}"]
