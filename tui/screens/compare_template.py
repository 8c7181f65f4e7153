"""What a template says otherwise than another template, an edition, or a project."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from engine.errors import UserError
from tui.figures import plural
from tui.panes.recipe.asking import Choice, Pick
from tui.panes.recipe.choosing_list import ChoosingList
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import Row
from tui.widgets.painted import Line, fit

if TYPE_CHECKING:
    from engine.home import Home
    from engine.recipe.diff import Difference
    from engine.templates import Template
    from tui.screens.base import CommandScreen

_PROJECT = "project "


class Compared(Message):
    """What differs, or why it cannot be said."""

    def __init__(self, found: "Sequence[Difference]", problem: str) -> None:
        super().__init__()
        self.found = found
        self.problem = problem


class ComparisonScreen(ModalScreen[None]):
    """The settings that differ."""

    DEFAULT_CSS = """
    ComparisonScreen {
        align: center middle;
        background: $background 60%;
        & > .box { width: 130; max-width: 98%; height: 94%; padding: 0 1; background: $surface; border: round $accent; }
        & ChoosingList { height: 1fr; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,d", "dismiss", "close"),
        Binding("enter", "dismiss", "close", show=False, priority=True),
    ]

    def __init__(self, home: "Home", template: "Template", other: str) -> None:
        """`other`: `project ` and a name, or a template's reference."""
        super().__init__()
        self._home = home
        self._template = template
        self._other = other

    def compose(self) -> ComposeResult:
        """One list."""
        with Vertical(classes="box"):
            yield ChoosingList("Compare", [[("reading …", "dim")]], id="comparison")
            yield KeyLine()

    def on_mount(self) -> None:
        """Read both."""
        self.query_one(ChoosingList).focus()
        self._read()

    @work(thread=True, exclusive=True, group="compare")
    def _read(self) -> None:
        from engine import recipe_file
        from engine.project import find_project
        from engine.recipe.diff import differences
        from engine.templates import find_template

        try:
            first = recipe_file.parse(self._template.parts()[0], str(self._template.path))
            if self._other.startswith(_PROJECT):
                second = find_project(self._home, self._other.removeprefix(_PROJECT)).recipe()
            else:
                other = find_template(self._home, self._other)
                second = recipe_file.parse(other.parts()[0], str(other.path))
            self.post_message(Compared([it for it in differences(first, second) if it.key != "template"], ""))
        except UserError as error:
            self.post_message(Compared((), str(error)))

    def on_compared(self, message: Compared) -> None:
        """Show them."""
        listed = self.query_one(ChoosingList)
        names = f"{visible(self._template.reference)} → {visible(self._other)}"
        if message.problem:
            listed.show([], [[(f"✗ {visible(message.problem)}", "error")]])
            return
        count = len(message.found)
        listed.title(f"{names}   {plural(count, 'setting')} differ{'s' if count == 1 else ''}")
        listed.show([Row(it.key, _line(it)) for it in message.found], [[("✓", "good"), (" both say the same", "dim")]])
        listed.repaint()


def _line(difference: "Difference") -> Callable[[int], Line]:
    from tui.cli.template_words import shown

    first, second = shown(difference.a), shown(difference.b)

    def line(width: int) -> Line:
        names = min(36, max(20, width // 3))
        room = max(4, (width - names - 5) // 2)
        return [
            (fit(visible(difference.key), names) + " ", ""), (fit(one_line(first, room), room), "dim"),
            (" → ", "dim"), (one_line(second, room), "bold"),
        ]  # fmt: skip

    return line


def ask_other(screen: "CommandScreen") -> None:
    """Ask what to compare the chosen template with."""
    from engine.project import projects
    from engine.templates import editions, templates
    from engine.templates.pins import pin_of

    mine = screen.template
    if mine is None:
        return
    own = [each.reference for each in reversed(editions(screen.home, mine.name)) if each.edition != mine.edition]
    pins = {project.name: pin_of(screen.home, project) for project in projects(screen.home)}
    made = sorted(pins, key=lambda it: (pins[it] or mine).reference.partition("@")[0] != mine.name or pins[it] is None)
    choices = [Choice(reference, reference, "another edition of it") for reference in own]
    choices += [Choice(_PROJECT + name, _PROJECT + name) for name in made]
    choices += [
        Choice(it.reference, it.reference, it.description) for it in templates(screen.home) if it.name != mine.name
    ]

    def compare(keys: list[str]) -> None:
        screen.app.push_screen(ComparisonScreen(screen.home, mine, keys[0]))

    screen.app.push_screen(Pick(f"Compare {mine.reference} with", choices, compare))
