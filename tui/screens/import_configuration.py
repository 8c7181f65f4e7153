"""A project of another tool's YAML; every key without an equivalent is shown before it is made."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from engine.errors import UserError
from tui.messages import ProjectWanted
from tui.screens.look_first import Field, LookFirst, Remark, Values

if TYPE_CHECKING:
    from engine.bridges import Imported
    from engine.home import Home
    from engine.project import Project

_TOOLS = ("", "axolotl", "llama-factory", "trl")
_TOLD = "told by its keys"
_WEIGHED = ("no equivalent", "unknown key")


class ImportConfigurationForm(LookFirst):
    """Asks for the file and the project's name."""

    HEADING = "Import a YAML of Axolotl, LLaMA-Factory or trl"
    HINT = "Enter says what becomes of each of its keys, ctrl+s makes the project."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "do", "make the project"),
        Binding("ctrl+t", "tool", "tool", tooltip="which tool the file is for, where its keys do not tell"),
        Binding("ctrl+o", "method", "method", tooltip="which of trl's commands the file is for"),
    ]

    def __init__(self, home: "Home") -> None:
        super().__init__()
        self._home = home
        self._tool = ""
        self._method = ""

    def fields(self) -> Sequence[Field]:
        """File and name."""
        return [Field("file", "path of the YAML"), Field("name", "the project's name; empty: the file's", looked=False)]

    def choices(self) -> str:
        """Tool and method."""
        return f"Tool: {self._tool or _TOLD}   Method: {self._method or _TOLD}"

    def action_tool(self) -> None:
        """The next tool."""
        self._tool = _after(self._tool, _TOOLS)
        self._chosen()

    def action_method(self) -> None:
        """The next method."""
        from engine.recipe import METHODS

        self._method = _after(self._method, ("", *METHODS))
        self._chosen()

    def _chosen(self) -> None:
        if self.values["file"]:
            self.look_again()
        else:
            self._show_choices()

    def look(self, values: Values) -> Sequence[Remark]:
        """What becomes of each key: what is lost stands first."""
        from engine.bridges.importing import describe
        from engine.recipe_form import shown
        from tui.cli.import_recipe import fates

        imported = self._read(values)
        lost = [Remark(head, text, "warn") for head, text in fates(imported) if head.startswith(_WEIGHED)]
        rest = [Remark(head, text, "dim") for head, text in fates(imported) if not head.startswith(_WEIGHED)]
        recipe = imported.recipe
        made = f"{recipe.method.kind} {recipe.adapter.kind} on {recipe.model.base}"
        none = [] if lost else [Remark("✓ ", "every key has an equivalent, or changes nothing here", "key")]
        same = [Remark("changes nothing here: ", describe(it), "dim") for it in imported.same]
        carried = [
            Remark(
                f"{it.key} → ",
                ", ".join(f"{key} = {shown(value)}" for key, value in it.outcome.settings.items()),
                "dim",
            )
            for it in imported.mapped
        ]
        return [Remark(f"{imported.tool}: ", made, "bold"), *lost, *none, *rest, *carried, *same]

    def do(self, values: Values, *, force: bool) -> tuple["Project", Sequence[str]]:
        """Make it."""
        from engine.bridges import start_imported

        imported = self._read(values)
        name = values["name"] or name_of(Path(values["file"]))
        project = start_imported(self._home, name, imported, values["file"], {})
        said = f"{project.name} made of {values['file']} ({imported.tool}): {project.recipe_path.name} says in comments"
        return project, [f"{said} what became of each key"]

    def finished(self, result: "Project") -> None:
        """Open it."""
        self.app.post_message(ProjectWanted(result.path))

    def _read(self, values: Values) -> "Imported":
        from engine.bridges import import_recipe
        from engine.project import expanded

        if not values["file"]:
            raise UserError("name the YAML")
        return import_recipe(expanded(values["file"]).absolute(), self._tool, self._method)


def name_of(path: Path) -> str:
    """A project's name of a file's: what such a name cannot hold becomes a `-`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")


def _after(chosen: str, there: Sequence[str]) -> str:
    return there[(there.index(chosen) + 1) % len(there)]
