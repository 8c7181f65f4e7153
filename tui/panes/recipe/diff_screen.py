"""What differs between this recipe and another: theirs, mine, and a key to take theirs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from engine.errors import UserError
from engine.home import Home, home_path
from engine.recipe_against import OWN, Other, against, compared, default_recipe, run_of, taken, template_of
from engine.recipe_form import entry, field, shown
from tui.figures import plural
from tui.panes.recipe.asking import Choice, Pick
from tui.panes.recipe.both_values import Both, BothValues
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.dialog_help import HELP_KEY, DialogHelp
from tui.panes.recipe.draft import Draft
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, fit

if TYPE_CHECKING:
    from engine.project import Project
    from engine.recipe.diff import Difference

_MOST_RUNS = 30
"""Runs that are offered to compare with."""
_HELP = """\
Each setting in which this recipe differs from another: theirs, then mine, both in full below the list. **enter** takes
theirs, **A** takes all of theirs, **u** takes that back. **o** compares with something else: the template, a run of
this project, or the defaults.
"""


class OthersRead(Message):
    """What the recipe can be compared with; the first is what is asked for when nothing is said."""

    def __init__(self, others: list[Other]) -> None:
        super().__init__()
        self.others = others


class DiffScreen(ModalScreen[bool]):
    """Gives whether anything was written."""

    DEFAULT_CSS = """
    DiffScreen {
        align: center middle;
        background: $background 60%;
        & > .box { width: 130; max-width: 98%; height: 94%; padding: 0 1; background: $surface; border: round $accent; }
        & ChoosingList { height: 1fr; }
        & BothValues { height: 9; border-top: solid $dim; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "take theirs", priority=True),
        Binding("A", "take_all", "take all"),
        Binding("u", "undo", "undo"),
        Binding("U,ctrl+r", "redo", "redo", show=False),
        Binding("o", "other", "compare with…"),
        Binding("escape,q,d", "close", "close"),
        HELP_KEY,
    ]

    def __init__(self, project: "Project", draft: Draft) -> None:
        super().__init__()
        self._project = project
        self._draft = draft
        self._others: list[Other] = []
        self._with: Other | None = None
        self._before = draft.text
        self._found: list[Difference] = []

    def compose(self) -> ComposeResult:
        """The settings that differ, and the help of the chosen one."""
        with Vertical(classes="box"):
            yield ChoosingList("Compare", [[("reading …", "dim")]], id="diff")
            yield BothValues("diff-values")
            yield KeyLine()

    def on_mount(self) -> None:
        """Read what there is to compare with."""
        self.query_one(ChoosingList).focus()
        self._read()

    @work(thread=True, exclusive=True, group="others")
    def _read(self) -> None:
        home = Home(home_path())
        others = [against(home, self._project)]
        for run in self._project.runs()[:_MOST_RUNS]:
            try:
                others.append(run_of(run))
            except (UserError, OSError):  # of another time, or damaged
                continue
        if template_of(home, self._project) is not None:
            others.append(default_recipe())
        self.post_message(OthersRead(others))

    @on(OthersRead)
    def _take_others(self, message: OthersRead) -> None:
        message.stop()
        self._others, self._with = message.others, message.others[0]
        self._show()
        self.refresh_bindings()

    def _show(self) -> None:
        listed = self.query_one(ChoosingList)
        if self._with is None:
            return
        if self._draft.recipe is None:
            listed.show([], [[("the file has problems: mend them, then compare", "warn")]])
            return
        found = self._found = list(compared(self._with, self._draft.recipe))
        words = f"{plural(len(found), 'setting')} differ{'s' if len(found) == 1 else ''}"
        listed.title(f"{visible(self._with.name)} → this recipe   {words}")
        listed.show([_row(each) for each in found], [[("✓", "good"), (" nothing differs", "dim")]])
        self._explain()

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()
        self.action_take()

    @on(ChoosingList.Chosen)
    def _explain(self) -> None:
        chosen = self.query_one(ChoosingList).chosen
        spec = field(chosen) if chosen else None
        found = next((each for each in self._found if each.key == chosen), None)
        if found is None or self._with is None:
            self.query_one(BothValues).show(None)
            return
        theirs, mine = (_words(found.key, value) for value in (found.a, found.b))
        both = Both(found.key, self._with.name, theirs, mine, spec.help if spec is not None else "")
        self.query_one(BothValues).show(both)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are out of the footer."""
        match action:
            case "take" | "take_all":
                return self.query_one(ChoosingList).chosen is not None if self.is_mounted else False
            case "other":
                return len(self._others) > 1
            case "undo":
                return self._draft.can_undo
            case "redo":
                return self._draft.can_redo
        return super().check_action(action, parameters)

    def action_take(self) -> None:
        """Take their value of the chosen setting."""
        key = self.query_one(ChoosingList).chosen
        if key is not None and self._with is not None:
            self._draft.set_all({key: taken(self._with, key)})
            self._changed()

    def action_take_all(self) -> None:
        """Take their value of every setting but those that only a person says of a project."""
        if self._with is not None and self._draft.recipe is not None:
            found = compared(self._with, self._draft.recipe)
            self._draft.set_all({each.key: taken(self._with, each.key) for each in found if each.key not in OWN})
            self._changed()

    def action_undo(self) -> None:
        """Take the last change back."""
        self._draft.undo()
        self._changed()

    def action_redo(self) -> None:
        """Make it again."""
        self._draft.redo()
        self._changed()

    def _changed(self) -> None:
        self._show()
        self.refresh_bindings()

    def action_other(self) -> None:
        """Choose what to compare with."""
        choices = [Choice(str(place), other.name, _about(other)) for place, other in enumerate(self._others)]
        self.app.push_screen(Pick("Compare with", choices, self._compare_with))

    def _compare_with(self, keys: list[str]) -> None:
        self._with = self._others[int(keys[0])]
        self._show()

    def action_help(self) -> None:
        """What is compared, and the keys."""
        self.app.push_screen(DialogHelp("Compare", _HELP, self))

    def action_close(self) -> None:
        """Back to the form."""
        self.dismiss(self._draft.text != self._before)


def _about(other: Other) -> str:
    recipe = other.recipe
    if other.defaults:
        return "what each setting is when nothing is said"
    return f"{recipe.method.kind} {recipe.adapter.kind} on {recipe.model.base}"


def _row(difference: "Difference") -> Row:
    return Row(difference.key, _line(difference.key, difference.a, difference.b))


def _words(key: str, value: object) -> str:
    spec = field(key)
    return entry(spec, value) if spec is not None else shown(value)


def _line(key: str, theirs: object, mine: object) -> Callable[[int], Line]:
    def words(value: object) -> str:
        return _words(key, value) or "—"

    def line(width: int) -> Line:
        names = min(36, max(20, width // 3))
        room = max(4, (width - names - 5) // 2)
        return [
            (fit(visible(key), names) + " ", ""), (fit(one_line(words(theirs), room), room), "dim"),
            (" → ", "dim"), (one_line(words(mine), room), "bold"),
        ]  # fmt: skip

    return line
