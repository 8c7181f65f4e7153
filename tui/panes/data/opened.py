"""A project's data, opened once and shared by the panes that show it. Slow: called from worker threads only."""

import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.project import Project, resolve

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.recipe import Recipe

_lock = threading.Lock()
_datasets: "weakref.WeakValueDictionary[str, Dataset]" = weakref.WeakValueDictionary()
"""Datasets that some pane still holds, by what they were opened from."""


@dataclass(frozen=True, slots=True)
class OpenedData:
    """A recipe's data as it was opened."""

    recipe: "Recipe"
    dataset: "Dataset"
    key: str
    """Names what was opened; another key means that the file or the recipe's data section has changed."""


def open_data(project: Project) -> OpenedData:
    """The data of the recipe as it is on disk. Raises UserError when recipe or data cannot be used."""
    from engine.data.dataset import open_dataset

    recipe = project.recipe()
    key = data_key(recipe, project.path)
    with _lock:  # two panes that open at once read the file once
        dataset = _datasets.get(key)
        if dataset is None:
            dataset = _datasets[key] = open_dataset(recipe, project.path)
    return OpenedData(recipe, dataset, key)


def data_key(recipe: "Recipe", project: Path) -> str:
    """Names what a recipe's data section opens: its settings, and each file's path, size and time of change."""
    files = [resolve(name, project) for name in (recipe.data.source, recipe.data.held_out) if name]
    return "\n".join([recipe.data.model_dump_json(), *(_stamp(path) for path in files)])


def source_path(recipe: "Recipe", project: Path) -> Path | None:
    """Where the training rows are; None while the recipe names none."""
    return resolve(recipe.data.source, project) if recipe.data.source else None


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return f"{path} missing"
    return f"{path} {status.st_size} {status.st_mtime_ns}"
