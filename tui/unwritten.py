"""What is typed in the form and not yet right, kept in the project's folder: no way to end a studio loses it.

A question at the end would be no help where a terminal is lost or the studio killed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.files import write_atomic
from engine.home import Home

NAME = ".unwritten.json"
"""Beside the recipe: values by dotted key; null is the default. There only while something waits."""


def read_unwritten(recipe_path: Path) -> dict[str, Any]:
    """Values that were left waiting, by key; those of settings that there are no longer are left out."""
    try:
        kept = json.loads((recipe_path.parent / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none, or half of one, which `write_atomic` does not leave
        return {}
    if not isinstance(kept, dict):
        return {}
    from engine.recipe_form import field  # takes a while, and most often nothing waits

    return {key: value for key, value in kept.items() if field(key) is not None}


def keep_unwritten(recipe_path: Path, values: dict[str, Any]) -> str:
    """Keep values for the next studio, or with none forget those of before; why that failed, or ""."""
    path = recipe_path.parent / NAME
    try:
        if values:
            write_atomic(path, json.dumps(values, default=str) + "\n")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        return f"{path.name}: {error.strerror}"
    return ""


def left_unwritten(home: Home) -> Iterator[tuple[str, int]]:
    """Projects in whose forms something waits: name, and how many values."""
    for path in sorted(home.projects.glob(f"*/{NAME}")):
        count = len(read_unwritten(path))
        if count:
            yield path.parent.name, count
