"""What of a recipe goes into a template: its settings and files, without data, measurements and secrets."""

import re
from collections.abc import Iterator
from pathlib import Path

from engine import recipe_file
from engine.data.hub import hub_name
from engine.errors import ProjectError
from engine.recipe import DropRows, EditRow, Mix, Recipe
from projects import SCHEME

_SECRET = re.compile(
    r"\b(hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16})\b"
    r"|://[^/\s:@]+:[^/\s:@]+@"
)
"""Shapes of access keys: Hub, OpenAI-like, GitHub, AWS, and passwords in addresses."""
_HEX_KEY = re.compile(r"(?<![0-9A-Za-z@])[0-9a-f]{40}\b")
"""wandb's keys look like commits; a commit stands behind an @, or is a revision."""
_REVISION = re.compile(r"\s*(model\.)?revision\s*=")

PRIVATE_KEYS = ("data.source", "data.held_out", "model.adapter", "readiness.prompt_score", "advice.accepted")
"""What speaks of one project's rows and runs: a new project has others."""


def without_data(text: str, recipe: Recipe) -> str:
    """A recipe's text without its data, the steps that name rows of it, and what was measured on it."""
    from engine.data.curate.recipe_steps import remove_step

    steps = list(enumerate(recipe.data.curate))
    for number, step in reversed(steps):
        local = isinstance(step, Mix) and not hub_name(step.source) and not step.source.startswith(SCHEME)
        if local or isinstance(step, DropRows | EditRow):
            text = remove_step(text, number)
    return recipe_file.edit(text, dict.fromkeys(PRIVATE_KEYS))


def secrets_in(text: str) -> Iterator[int]:
    """Numbers of the lines, from 1, that look as if they held a secret."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _SECRET.search(line) or (_HEX_KEY.search(line) and not _REVISION.match(line)):
            yield number


def refuse_secrets(path: Path, text: str) -> None:
    """Raise ProjectError naming the first line that looks as if it held a secret."""
    for number in secrets_in(text):
        raise ProjectError(
            f"{path}: line {number} looks like it holds a secret: remove it; keys belong in the environment"
        )
