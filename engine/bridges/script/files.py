"""The files beside the script: its rows, and the Python files of its rewards."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.bridges.script.sampled import places_beside
from engine.bridges.source import BridgeError
from engine.files import private
from engine.project import resolve
from engine.recipe import Recipe
from engine.recipe.rewards import PythonReward

if TYPE_CHECKING:
    from engine.data.example import Example


def reward_files(recipe: Recipe, project: Path) -> dict[str, str]:
    """Texts of the rewards' Python files by where they lie below the script. Raises BridgeError."""
    files = [it.file for it in recipe.rewards if isinstance(it, PythonReward)] if recipe.method.kind == "grpo" else []
    return {place: _text(resolve(file, project)) for file, place in places_beside(files).items()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BridgeError(f"rewards: {file}: cannot be read: {error}") from error


def write_rows(path: Path, examples: "Iterable[Example]", method: str) -> int:
    """Write examples as the script of a method reads them; how many rows that are. Raises BridgeError."""
    from engine.bridges.script.examples import ROWS

    count = 0
    beside = path.with_name(f".{path.name}.partial")
    try:
        with open(beside, "w", encoding="utf-8", opener=private) as file:
            for example in examples:
                for row in ROWS[method](example):
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
        beside.replace(path)
    except OSError as error:
        raise BridgeError(f"{path}: cannot be written: {error.strerror}: give another place") from error
    finally:
        beside.unlink(missing_ok=True)
    return count
