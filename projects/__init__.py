"""Starter projects that come with ttune. A recipe names their files as `ttune:<project>/<path>`."""

from pathlib import Path

ROOT = Path(__file__).parent
SCHEME = "ttune:"
DEFAULT = "quickstart"
EDITIONS: dict[str, int] = {}
"""Editions of the recipes here that have changed since they first came; the others are in their first."""


def starters() -> list[str]:
    """Names of the projects that come with ttune."""
    return sorted(recipe.parent.name for recipe in ROOT.glob("*/project.toml"))


def resource(reference: str) -> Path:
    """The path of a `ttune:` reference."""
    return ROOT / reference.removeprefix(SCHEME)
