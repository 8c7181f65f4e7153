"""A project of another tool's file: the last step of an import."""

from typing import Any

from engine.bridges.importing import Imported
from engine.home import Home
from engine.project import Project, create_project
from engine.recipe_file import edit, with_settings


def start_imported(home: Home, name: str, imported: Imported, source: str, settings: dict[str, Any]) -> Project:
    """A new project of an imported recipe, with some values changed. Raises UserError, and then nothing was made.

    `source`: the file, as errors name it.
    """
    with_settings(imported.text, settings, f"{source} with your settings")
    text = edit(imported.text, settings, source)
    return create_project(home, name, text)
