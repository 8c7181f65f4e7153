"""A project's data, opened once and shared by the panes that show it. Slow: called from worker threads only."""

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.project import Project

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.recipe import Recipe

_lock = threading.Lock()
_datasets: "weakref.WeakValueDictionary[str, Dataset]" = weakref.WeakValueDictionary()
"""Datasets that some pane still holds, by what they were opened from."""


class NotReadYet(UserError):
    """The source is large or on the Hub, and a job has to read it first."""


@dataclass(frozen=True, slots=True)
class OpenedData:
    """A recipe's data as it was opened."""

    recipe: "Recipe"
    dataset: "Dataset"
    key: str
    """Names what was opened; another key means that the file or the recipe's data section has changed."""


def open_data(project: Project) -> OpenedData:
    """The data of the recipe as it is on disk.

    Raises NotReadYet where that takes a job, another UserError when recipe or data cannot be used.
    """
    from engine.data.arrow_alone import arrow_alone
    from engine.data.dataset import open_dataset, opens_at_once

    arrow_alone()
    recipe = project.recipe()
    key = opened_key(recipe, project)
    with _lock:  # two panes that open at once read the file once
        dataset = _datasets.get(key)
        if dataset is None:
            if recipe.data.source and not opens_at_once(recipe, project.path):
                raise NotReadYet("the rows are being read: the Data pane shows how far it is")
            dataset = _datasets[key] = open_dataset(recipe, project.path)
    return OpenedData(recipe, dataset, key)


def opened_key(recipe: "Recipe", project: Project) -> str:
    """Names what a recipe's data section opens in a project."""
    from engine.data.dataset import data_key

    return f"{project.path} {data_key(recipe, project.path)}"
