"""What an action on data is about: a project's data, or a file of rows that belongs to no project."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.home import Home

if TYPE_CHECKING:
    from engine.data.dataset import Dataset, Folders
    from engine.data.store import RowStore
    from engine.job import JobFolder, JobView
    from engine.recipe import Mapping, Recipe


@dataclass(frozen=True, slots=True)
class Asked:
    """What to open."""

    recipe: "Recipe"
    folder: Path
    """What its paths are relative to."""
    folders: "Folders | None" = None
    """Where what is made of it is kept; None: in the project."""


def asked_for(home: Home, what: str, mapping: "Mapping | None" = None) -> Asked:
    """The project of that name or, where there is none, the file. `mapping`: read its rows so instead."""
    from engine.data.dataset import folders_of_home
    from engine.project import Project, expanded, find_project, is_there
    from engine.recipe import Data, Model, Recipe

    path = expanded(what).absolute()
    if (is_there(path) or _is_folder_of_rows(path)) and not is_there(Project(home.projects / what).recipe_path):
        recipe = Recipe(model=Model(base="ttune:none"), data=Data(source=str(path)))
        asked = Asked(recipe, path.parent, folders_of_home(home))
    else:
        project = find_project(home, what)
        asked = Asked(project.recipe(), project.path)
    if mapping is None:
        return asked
    data = asked.recipe.data.model_copy(update={"mapping": mapping})
    return Asked(asked.recipe.model_copy(update={"data": data}), asked.folder, asked.folders)


def _is_folder_of_rows(path: Path) -> bool:
    """Whether a path is a folder that is no project."""
    from engine.project import RECIPE_NAME, is_there

    return not is_there(path / RECIPE_NAME) and len(path.name) < 256 and path.is_dir()


def open_asked(asked: Asked) -> "Dataset":
    """Open it, telling how far that is where somebody watches. Raises DataError when there is nothing to train on."""
    from engine.data.arrow_alone import arrow_alone
    from engine.data.dataset import open_dataset
    from engine.data.hub import hub_name

    arrow_alone()
    if asked.folders is None and hub_name(asked.recipe.data.source):
        _fetch(asked)
    with Telling() as tell:
        return open_dataset(asked.recipe, asked.folder, folders=asked.folders, tell=tell)


def _fetch(asked: Asked) -> None:
    """Let a job bring a project's rows from the Hub, where they are not here yet. Raises DataError when it cannot."""
    from engine.data.dataset import opens_at_once
    from engine.errors import DataError
    from engine.project import Project
    from engine.start import start_ingest
    from tui.cli import ending

    if opens_at_once(asked.recipe, asked.folder):
        return
    view = watched(start_ingest(Project(asked.folder), asked.recipe))
    if view.condition != "completed":
        raise DataError(ending.reason(view))


def watched(folder: "JobFolder") -> "JobView":
    """A job at its end, with a line on how far it is while somebody watches."""
    from engine.job import Follower
    from tui.cli.follow import POLL_S

    follower = Follower(folder)
    with Telling() as tell:
        while (view := follower.poll()[0]).live:
            phase = view.state.phase
            if phase is not None and phase.total:
                tell(phase.detail or phase.phase, int(phase.done), int(phase.total))
            time.sleep(POLL_S)
    return view


def open_rows_of(asked: Asked) -> "RowStore":
    """Its source's rows, whether they can be used or not. Raises DataError when there are none."""
    from engine.data.dataset import folders_of
    from engine.project import resolve

    folders = asked.folders or folders_of(asked.folder)
    return open_file(resolve(asked.recipe.data.source, asked.folder), folders)


def open_file(path: Path, folders: "Folders", key: str = "data.source") -> "RowStore":
    """The rows of a file, told as `open_asked`. Raises DataError when there are none."""
    from engine.data.arrow_alone import arrow_alone
    from engine.data.store import open_store

    arrow_alone()
    with Telling() as tell:
        return open_store(path, folders.imported, key=key, tell=lambda done, total: tell("reading", done, total))


class Telling:
    """A line on stderr with how far a work is, where that is a terminal; it is gone at the end."""

    def __init__(self) -> None:
        self._shown = ""
        self._watched = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say what is being done, and how much of it is."""
        line = f"{what} {done / max(1, total):.0%}"
        if self._watched and line != self._shown:
            print(f"\r{line:<{len(self._shown)}}", end="", file=sys.stderr, flush=True)
            self._shown = line

    def __enter__(self) -> "Telling":
        return self

    def clear(self) -> None:
        """Take the line away, so that something else can be said."""
        if self._shown:
            print(f"\r{' ' * len(self._shown)}\r", end="", file=sys.stderr, flush=True)
            self._shown = ""

    def __exit__(self, *error: object) -> None:
        self.clear()
