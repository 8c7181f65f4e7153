"""Where projects, templates, themes and settings live.

`$TTUNE_HOME`, else /workspace/ttune on a mounted volume, else ~/ttune.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from engine.errors import HomeError
from engine.files import make_folder

WORKSPACE = Path("/workspace")
"""Where rented boxes mount the volume that outlives them."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder; `open_home` makes sure that it can be used."""

    path: Path

    @property
    def projects(self) -> Path:
        """One folder a project."""
        return self.path / "projects"

    @property
    def templates(self) -> Path:
        """Templates that the user saved."""
        return self.path / "templates"

    @property
    def themes(self) -> Path:
        """Themes that the user added."""
        return self.path / "themes"

    @property
    def cache(self) -> Path:
        """What is made of data files that belong to no project; may be deleted at any time."""
        return self.path / "cache"

    @property
    def settings(self) -> Path:
        """What the studio remembers, such as the theme."""
        return self.path / "settings.toml"


def home_path() -> Path:
    """The home folder's path, whether it exists or not."""
    if named := os.environ.get("TTUNE_HOME"):
        return Path(named).expanduser().absolute()
    return WORKSPACE / "ttune" if WORKSPACE.is_mount() else Path.home() / "ttune"


def open_home() -> Home:
    """The home folder, made if missing. Raises HomeError when it cannot be written to."""
    home = Home(home_path())
    try:
        for folder in (home.projects, home.templates, home.themes):
            make_folder(folder)
    except OSError as error:
        raise HomeError(_unusable(home.path, error.strerror or str(error))) from error
    if not os.access(home.projects, os.W_OK | os.X_OK):
        raise HomeError(_unusable(home.projects, "Permission denied"))
    return home


def _unusable(path: Path, why: str) -> str:
    return f"{path}: {why}: make it writable, or set TTUNE_HOME to a folder that is"
