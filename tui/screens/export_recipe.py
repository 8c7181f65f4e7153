"""Write a project's recipe for other tools; what has no equivalent there is shown before."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.screens.export_template import ask_to_replace
from tui.screens.look_first import Field, LookFirst, Remark, Values

if TYPE_CHECKING:
    from engine.bridges import Form
    from engine.project import Project

_FORMS: "tuple[Form, ...]" = ("train.py", "axolotl", "toml")
_ABOUT = {
    "train.py": "a script and its rows, which need no ttune (a folder)",
    "axolotl": "Axolotl's YAML (a file)",
    "toml": "the recipe's own file, as it is",
}


class ExportRecipeForm(LookFirst):
    """Asks for form and place."""

    HEADING = "Export the recipe for another tool"
    HINT = "ctrl+t turns to another form. Enter writes it here; what it cannot say is listed below."
    AT_ONCE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "do", "write it"),
        Binding("ctrl+t", "form", "another form"),
    ]

    def __init__(self, project: "Project") -> None:
        super().__init__()
        self._project = project
        self._form: Form = _FORMS[0]
        self._names: tuple[Path, ...] = ()
        """What will be written, within the place."""

    def fields(self) -> Sequence[Field]:
        """The place."""
        return [Field("target", "path", str(self._usual_place()), looked=False)]

    def choices(self) -> str:
        """The form."""
        return f"Form: {self._form}, {_ABOUT[self._form]}"

    def action_form(self) -> None:
        """The next form, and its usual place unless another was typed."""
        field = self.query_one("#target", Input)
        usual = field.value == str(self._usual_place())
        self._form = _FORMS[(_FORMS.index(self._form) + 1) % len(_FORMS)]
        if usual:
            field.value = str(self._usual_place())
        self.look_again()

    def _usual_place(self) -> Path:
        exports, name = self._project.path / "exports", self._project.name
        return exports / {"train.py": "train", "axolotl": f"{name}.yaml", "toml": f"{name}.toml"}[self._form]

    def look(self, values: Values) -> Sequence[Remark]:
        """What it cannot say, then what it says."""
        from engine.bridges import export_recipe
        from tui.cli.recipe import rows_for

        doubts: list[str] = []
        recipe, form = self._project.recipe(), self._form
        rows = rows_for(self._project, recipe, form, doubts.append)
        target = _target(values)
        written = export_recipe(self._project, recipe, form, target, dataset=rows, dry=True)
        self._names = tuple(path.relative_to(target) for path in written.files)
        lost = [Remark("cannot be said: ", line, "warn") for line in written.uncarried]
        none = [] if lost else [Remark("✓ ", "every setting of the recipe that has an effect is said", "key")]
        text = [Remark("  ", line) for line in written.text.splitlines()]
        return [*(Remark("! ", doubt, "warn") for doubt in doubts), *lost, *none, Remark("", ""), *text]

    def in_the_way(self, values: Values) -> tuple[str, str] | None:
        """Files that are there: script, rows, and those of rewards."""
        target = _target(values)
        return ask_to_replace(*(target / name for name in self._names))

    def do(self, values: Values, *, force: bool) -> tuple[Path, Sequence[str]]:
        """Write it."""
        from engine.bridges import export_recipe
        from tui.cli.recipe import rows_for, written_lines

        recipe, form = self._project.recipe(), self._form
        rows = rows_for(self._project, recipe, form, lambda doubt: None)
        written = export_recipe(self._project, recipe, form, _target(values), dataset=rows, force=force)
        said = [head + text for head, text in written_lines(written) if "cannot be said" not in head]
        return written.files[0], said


def _target(values: Values) -> Path:
    from engine.project import expanded

    return expanded(values["target"]).absolute()
