"""Take in a template that somebody gave; what it brings is shown, and code in it named, before it is kept."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from engine.errors import UserError
from tui.figures import plural
from tui.screens.look_first import Field, LookFirst, Remark, Values

if TYPE_CHECKING:
    from engine.home import Home
    from engine.templates import Template
    from engine.templates.sharing import Shared


class ImportTemplateForm(LookFirst):
    """Asks for the file and the name to keep it under."""

    HEADING = "Import a template"
    HINT = "A file that somebody exported. Enter looks it through, ctrl+s keeps it; nothing in it is run."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "do", "keep it"),
        Binding("ctrl+n", "edition", "as new edition", tooltip="where the name is taken: keep it as its next edition"),
    ]

    def __init__(self, home: "Home") -> None:
        super().__init__()
        self._home = home
        self._new_edition = False

    def fields(self) -> Sequence[Field]:
        """File and name."""
        return [Field("file", "path of the file"), Field("name", "name to keep it under; empty: its own")]

    def choices(self) -> str:
        """Whether a taken name is agreed to."""
        return "Where the name is taken, it becomes the next edition." if self._new_edition else ""

    def action_edition(self) -> None:
        """Agree to a new edition, or not."""
        self._new_edition = not self._new_edition
        if self.values["file"]:
            self.look_again()
        else:
            self._show_choices()

    def look(self, values: Values) -> Sequence[Remark]:
        """What it brings, and under which name it would be kept."""
        from engine.templates.sharing import find_same
        from tui.cli.template_words import code_words

        shared, name = self._read(values)
        self._code = "" if find_same(self._home, name, shared) else code_words(shared)
        return [_standing(self._home, shared, name, self._new_edition), *contents(shared)]

    def in_the_way(self, values: Values) -> tuple[str, str] | None:
        """Code is agreed to once more."""
        if not self._code:
            return None
        return f"Keep it? {self._code[0].upper()}{self._code[1:]}", "All of it was shown below the fields."

    _code = ""
    """What is said of the code that would be kept; "" where there is none, or it is here already."""

    def do(self, values: Values, *, force: bool) -> tuple["Template", Sequence[str]]:
        """Keep it."""
        from engine.templates.sharing import find_same, keep_shared
        from tui.cli.template_words import kept_lines

        shared, name = self._read(values)
        new = find_same(self._home, name, shared) is None
        template = keep_shared(self._home, shared, name, new_edition=self._new_edition)
        return template, kept_lines(template, shared, new=new)

    def _read(self, values: Values) -> "tuple[Shared, str]":
        from engine.project import expanded
        from engine.templates.sharing import check_shared, read_shared

        if not values["file"]:
            raise UserError("name the file")
        path = expanded(values["file"]).absolute()
        shared = check_shared(read_shared(path), str(path))
        return shared, values["name"] or shared.name or path.stem.partition("@")[0]


def contents(shared: "Shared") -> Iterator[Remark]:
    """What a shared template holds, what runs of it would do beyond training, and its files in full."""
    from tui.cli.template_words import code_words, services_words

    recipe = shared.recipe
    adapter = recipe.adapter.kind
    yield Remark("trains: ", f"{recipe.method.kind} {adapter} on {recipe.model.base}")
    yield Remark("rows: ", recipe.data.source or "none: each project names its own")
    lines = shared.recipe_text.count("\n")
    files = [f"{name} ({plural(text.count(chr(10)), 'line')})" for name, text in shared.files.items()]
    yield Remark("holds: ", ", ".join([f"the recipe ({plural(lines, 'line')})", *files]))
    if shared.code:
        yield Remark("! ", code_words(shared), "warn")
    if shared.services:
        yield Remark("! ", services_words(shared), "warn")
    for name, text in shared.files.items():
        yield Remark("", "")
        yield Remark(f"{name}  ", "", "accent")
        yield from (Remark("  ", line) for line in text.splitlines())
    yield Remark("", "")
    yield Remark("the recipe  ", "", "accent")
    yield from (Remark("  ", line) for line in shared.recipe_text.splitlines())


def _standing(home: "Home", shared: "Shared", name: str, new_edition: bool) -> Remark:
    """Under which name it would be kept, and what stands there already."""
    from engine.templates import editions, next_number
    from engine.templates.sharing import find_same

    if same := find_same(home, name, shared):
        return Remark("kept as: ", f"{same.reference} is there already and says the same")
    there = editions(home, name)
    following = f"{name}@{next_number(home, name)}"
    if not there:
        return Remark("kept as: ", following)
    if there[-1].builtin:
        return Remark("! ", f"{name} comes with ttune: type another name", "warn")
    if new_edition:
        return Remark("kept as: ", f"{following}, the next edition of yours")
    return Remark(
        "! ", f"{name} is another template of yours: ctrl+n keeps this as {following}, or type a name", "warn"
    )
