"""What the newest edition of its template changes for a project: theirs or mine, setting by setting."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.errors import RecipeError, UserError
from tui.figures import plural
from tui.panes.recipe.choosing_list import ChoosingList
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, fit

if TYPE_CHECKING:
    from engine.home import Home
    from engine.project import Project
    from engine.templates.pins import Change, Pin, Update

_SIDE = 7


class ChangesRead(Message):
    """What the newest edition changes, or why there is nothing to follow."""

    def __init__(self, update: "Update | None", words: str) -> None:
        super().__init__()
        self.update = update
        self.words = words


class TakenOver(Message):
    """The project is at the newest edition."""

    def __init__(self, update: "Update", words: str) -> None:
        super().__init__()
        self.update = update
        self.words = words


class Refused(Message):
    """Nothing was written."""

    def __init__(self, words: str, problems: dict[str, str] | None = None) -> None:
        """`problems`: what is wrong, by key; where they say it, `words` is what is wrong besides."""
        super().__init__()
        self.words = words
        self.problems = problems or {}


class UpdateScreen(ModalScreen["Update | None"]):
    """Gives what was written; None where nothing was."""

    DEFAULT_CSS = """
    UpdateScreen {
        align: center middle;
        background: $background 60%;
        & > .box { width: 130; max-width: 98%; height: 94%; padding: 0 1; background: $surface; border: round $accent; }
        & ChoosingList { height: 1fr; }
        & #whole { height: auto; max-height: 8; color: $dim; border-top: solid $panel; }
        & #problem { color: $error; height: auto; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "take over", priority=True, tooltip="write what is marked theirs into the recipe"),
        Binding("space", "turn", "theirs or mine"),
        Binding("A", "all('theirs')", "all theirs"),
        Binding("M", "all('mine')", "all mine"),
        Binding("escape,q", "close", "close"),
    ]

    def __init__(self, home: "Home", project: "Project") -> None:
        super().__init__()
        self._home = home
        self._project = project
        self._update: Update | None = None
        self._changes: dict[str, Change] = {}
        self._theirs: set[str] = set()
        self._problems: dict[str, str] = {}
        """What is wrong with the mix that was refused last, by key; empty once something was turned."""

    def compose(self) -> ComposeResult:
        """The settings, the chosen one in full, what is wrong."""
        with Vertical(classes="box"):
            yield ChoosingList("Update", [[("reading …", "dim")]], id="changes")
            yield Static("", id="whole", markup=False)
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Read what it changes."""
        self.query_one(ChoosingList).focus()
        self._read()

    @work(thread=True, exclusive=True, group="changes")
    def _read(self) -> None:
        from engine.templates.pins import changes, pin_of
        from tui.cli.template_words import pin_words

        try:
            pin = pin_of(self._home, self._project)
            if pin is None or not (pin.behind or pin.rewritten):
                self.post_message(ChangesRead(None, pin_words(self._project.name, pin)))
            else:
                update = changes(self._home, self._project, pin.newest)
                ways = f"{pin.reference} → {update.to.reference}"
                self.post_message(ChangesRead(update, f"! {update.to.reference} was changed" if _alone(pin) else ways))
        except UserError as error:
            self.post_message(ChangesRead(None, str(error)))

    def on_changes_read(self, message: ChangesRead) -> None:
        """Show them: what follows first, then what both have changed."""
        listed = self.query_one(ChoosingList)
        self._update = message.update
        if message.update is None:
            listed.show([], [[(visible(message.words), "")]])
            return
        self._changes = {it.key: it for it in (*message.update.taken, *message.update.conflicts)}
        self._theirs = {it.key for it in message.update.taken}
        both = sum(it.both for it in self._changes.values())
        said = f", {both} of them changed by you too" if both else ""
        listed.title(f"{visible(message.words)}   {plural(len(self._changes), 'change')}{said}")
        self._show()

    def _show(self) -> None:
        rows = [Row(key, self._line(change)) for key, change in self._changes.items()]
        self.query_one(ChoosingList).show(rows, [[("nothing in it differs from yours", "dim")]])
        self._explain()
        self.refresh_bindings()

    def _line(self, change: "Change") -> Callable[[int], Line]:
        from tui.cli.template_words import shown

        theirs = change.key in self._theirs
        yours, newer = shown(change.yours), shown(change.theirs)
        problem = self._problems.get(change.key, "")

        def line(width: int) -> Line:
            names = min(36, max(18, width // 3))
            room = max(4, (width - names - _SIDE - 5) // 2)
            if problem:
                return [
                    (fit("theirs" if theirs else "mine", _SIDE), "accent" if theirs else "dim"), ("✗ ", "error"),
                    (fit(visible(change.key), names - 2) + " ", ""), (one_line(problem, 2 * room), "error"),
                ]  # fmt: skip
            return [
                (fit("theirs" if theirs else "mine", _SIDE), "accent" if theirs else "dim"),
                ("! " if change.both else "  ", "warn"),
                (fit(visible(change.key), names - 2) + " ", ""),
                (fit(one_line(yours, room), room), "dim" if theirs else "bold"),
                (" → ", "dim"), (one_line(newer, room), "bold" if theirs else "dim"),
            ]  # fmt: skip

        return line

    @on(ChoosingList.Chosen)
    def _explain(self) -> None:
        from tui.cli.template_words import shown

        change = self._changes.get(self.query_one(ChoosingList).chosen or "")
        if change is None:
            return
        side = "the template's value is taken" if change.key in self._theirs else "your value stays"
        why = "! both have changed it" if change.both else "you have left it as it was"
        if problem := self._problems.get(change.key):
            why = f"✗ {problem}"
        values = [("was", change.before), ("yours", change.yours), ("theirs", change.theirs)]
        lines = [f"{change.key}: {why}; {side}. space turns it.", *(f"{name:>7}  {shown(it)}" for name, it in values)]
        self.query_one("#whole", Static).update(Content(visible("\n".join(lines), lines=True)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are out of the footer."""
        if action == "take":
            return self._update is not None
        if action in ("turn", "all"):
            return bool(self._changes)
        return super().check_action(action, parameters)

    def action_turn(self) -> None:
        """Theirs instead of mine, or mine instead of theirs."""
        chosen = self.query_one(ChoosingList).chosen
        if chosen is not None:
            self._theirs ^= {chosen}
            self._show_problems("", {})

    def action_all(self, side: str) -> None:
        """Take one side for all of them."""
        self._theirs = set(self._changes) if side == "theirs" else set()
        self._show_problems("", {})

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()

    def action_take(self) -> None:
        """Write it."""
        theirs, mine = set(self._theirs), set(self._changes) - self._theirs
        if self._update is not None:
            self.run_worker(lambda: self._take(theirs, mine), name="update", group="update", thread=True)

    def _take(self, theirs: set[str], mine: set[str]) -> None:
        from engine.templates.pins import changes, update_project

        assert self._update is not None
        to = self._update.to
        try:
            update = update_project(self._home, self._project, to, theirs=theirs, mine=mine)
            follows = plural(len(update.taken), "setting")
            words = f"{self._project.name} is now of {to.reference}: {follows} taken over"
            self.post_message(TakenOver(update, words))
        except RecipeError as error:
            text = changes(self._home, self._project, to, theirs=theirs, mine=mine).text
            self.post_message(self._refused(text, str(error)))
        except UserError as error:
            self.post_message(Refused(str(error)))

    def _refused(self, text: str, words: str) -> Refused:
        """What is wrong with a mix, each beside the setting that it is about; `words` where nothing of it is listed."""
        from engine import recipe_file

        beside: dict[str, str] = {}
        besides: list[str] = []
        for key, problem in recipe_file.problems_by_key(recipe_file.content_of(text)).items():
            owner = next((it for it in self._changes if key == it or key.startswith(f"{it}.")), None)
            if owner is None:
                besides.append(f"{key}: {problem}")
            else:
                beside[owner] = f"{beside[owner]}; {problem}" if owner in beside else problem
        return Refused("\n".join(besides) if beside or besides else words, beside)

    def on_taken_over(self, message: TakenOver) -> None:
        """Close."""
        self.app.notify(visible(message.words), markup=False)
        self.dismiss(message.update)

    def on_refused(self, message: Refused) -> None:
        """Show all that is wrong, and go to the first of it."""
        told = "these do not go together, nothing was written: space turns one" if message.problems else ""
        self._show_problems("\n".join(it for it in (told, message.words) if it), message.problems)
        first = next((place for place, key in enumerate(self._changes) if key in message.problems), None)
        if first is not None:
            self.query_one(ChoosingList).choose(first)

    def _show_problems(self, words: str, problems: dict[str, str]) -> None:
        self._problems = problems
        self.query_one("#problem", Static).update(Content(visible(words, lines=True)))
        self._show()

    def action_close(self) -> None:
        """Nothing is taken."""
        self.dismiss(None)


def _alone(pin: "Pin") -> bool:
    """Whether the project's edition is the newest, and says something else than it did."""
    return pin.rewritten and not pin.behind
