"""Write a template as one file to give away; what is in it is shown before."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.figures import plural
from tui.screens.look_first import Field, LookFirst, Remark, Values

if TYPE_CHECKING:
    from engine.templates import Template


class ExportTemplateForm(LookFirst):
    """Asks where to."""

    HEADING = "Export a template as one file"
    HINT = "Anybody can take it in: T, then i, at home. Enter writes what is shown below to this file:"
    AT_ONCE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "do", "write it")]

    def __init__(self, template: "Template") -> None:
        super().__init__()
        self._template = template

    def fields(self) -> Sequence[Field]:
        """The file."""
        return [Field("file", "path of the file", f"{self._template.name}.toml", looked=False)]

    def look(self, values: Values) -> Sequence[Remark]:
        """What others would get; raises where they could not use it, or should not see it."""
        from engine.templates.sharing import check_shared, shareable
        from tui.screens.import_template import contents

        text = shareable(self._template)
        shared = check_shared(text, str(self._template.path))
        return [Remark("", f"{self._template.reference}: {self._template.description}"), *contents(shared)]

    def in_the_way(self, values: Values) -> tuple[str, str] | None:
        """A file of this name."""
        return ask_to_replace(_path(values))

    def do(self, values: Values, *, force: bool) -> tuple[Path, Sequence[str]]:
        """Write it."""
        from engine.templates.sharing import export_template
        from tui.cli.template_words import exported_lines

        path = _path(values)
        export_template(self._template, path, replace=force)
        return path, exported_lines(self._template, path)


def _path(values: Values) -> Path:
    from engine.project import expanded

    return expanded(values["file"]).absolute()


def ask_to_replace(*paths: Path) -> tuple[str, str] | None:
    """What to ask before files are written; None where none of them is there."""
    there = list(_files(paths))
    if not there:
        return None
    more = f" and {plural(len(there) - 1, 'other file')}" if len(there) > 1 else ""
    are = "are" if more else "is"
    return f"{there[0]}{more} {are} there already. Replace?", "What is in there now is lost."


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    from engine.project import is_there

    return (path for path in paths if is_there(path) and not path.is_dir())
