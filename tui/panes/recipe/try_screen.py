"""Try a reward: what it gives to the solutions of a few training rows, or to an answer that is typed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from engine.errors import UserError
from engine.recipe_form import shown
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.help_panel import wrapped
from tui.screens import dialogs
from tui.screens.dialogs import Dialog
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, Painted, fit

if TYPE_CHECKING:
    from engine.project import Project
    from engine.rewards.trying import Tried

_SCORING = "scoring …"
_SCORE_CELLS = 6


class Scored(Message):
    """What a reward gave, or `problem` says why nothing."""

    def __init__(self, tried: "list[Tried]", problem: str = "") -> None:
        super().__init__()
        self.tried = tried
        self.problem = problem


class InFull(Painted):
    """The chosen row: what is asked, what is right, and what was scored."""

    DEFAULT_CSS = "InFull { height: 8; border-top: solid $dim; }"

    def __init__(self) -> None:
        super().__init__(id="tried-in-full")
        self._tried: Tried | None = None

    def show(self, tried: "Tried | None") -> None:
        """Show another row."""
        self._tried = tried
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The problem, solution and answer first: a prompt may be long."""
        tried = self._tried
        if tried is None:
            return []
        lines = wrapped(f"✗ {tried.problem}", width - 2, "error") if tried.problem else []
        for text, ink in ((f"answer: {tried.answer}", ""), (f"solution: {tried.solution}\n{tried.prompt}", "dim")):
            lines += [line for part in text.splitlines() if part.strip() for line in wrapped(part, width - 2, ink)]
        return [[(" ", ""), *line] for line in lines[:height]]


class TryScreen(Dialog):
    """Scores are of a worker: a user's function may take long."""

    CSS_PATH = str(Path(dialogs.__file__).with_name("dialogs.tcss"))
    DEFAULT_CSS = """
    TryScreen {
        & ChoosingList { height: auto; max-height: 8; }
        & Input { display: none; }
        &.-typing Input { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "type", "type an answer"),
        Binding("s", "solutions", "solutions"),
        Binding("escape,q", "close", "close"),
    ]

    def __init__(self, project: "Project", reward: dict[str, Any]) -> None:
        """`reward`: as the recipe holds it."""
        super().__init__()
        self._project = project
        self._reward = reward
        self._tried: list[Tried] = []
        self._about = ""

    def compose(self) -> ComposeResult:
        """The rows with their scores, the chosen one in full, and a line to type into."""
        with Vertical(classes="box"):
            yield Static("", id="try-about", markup=False)
            yield ChoosingList("Rows", [[(_SCORING, "dim")]], id="tried")
            yield InFull()
            yield Input(placeholder="an answer, then enter; {solution} in it is the row's own", compact=True)
            yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the solutions: a reward that does not like those is wrong, or wants more than the solution."""
        self.query_one(".box").styles.width = 116
        self.query_one(ChoosingList).focus()
        self.action_solutions()

    def action_solutions(self) -> None:
        """Score each row's own solution."""
        self._begin(None)

    def action_type(self) -> None:
        """Ask for an answer."""
        self.add_class("-typing")
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _typed(self, message: Input.Submitted) -> None:
        message.stop()
        self._stop_typing()
        self._begin(message.value)

    def _stop_typing(self) -> None:
        self.remove_class("-typing")
        self.query_one(ChoosingList).focus()

    def _begin(self, answer: str | None) -> None:
        what = "the solutions of the first rows" if answer is None else f"the answer {answer!r}"
        kind = str(self._reward.get("kind", "")).replace("_", " ")
        self._about = f"{kind}, without its weight: {what}"
        self._say(self._about)
        self.query_one(ChoosingList).show([], [[(_SCORING, "dim")]])
        self.query_one(InFull).show(None)
        self._score(answer)

    @work(thread=True, exclusive=True, group="try")
    def _score(self, answer: str | None) -> None:
        from engine.rewards.trying import try_reward

        try:
            self.post_message(Scored(try_reward(self._project, self._reward, answer)))
        except (UserError, OSError) as error:
            self.post_message(Scored([], str(error).splitlines()[0]))

    def _say(self, text: str) -> None:
        self.query_one("#try-about", Static).update(Content(visible(text)))

    @on(Scored)
    def _take(self, message: Scored) -> None:
        from engine.rewards.trying import in_vain

        message.stop()
        self._tried = message.tried
        if note := in_vain(self._tried):
            self._say(f"{self._about}: {note}")
        problem: list[Line] = wrapped(f"✗ {message.problem}", self.query_one(ChoosingList).size.width - 4, "error")
        self.query_one(ChoosingList).show([Row(str(each.row), _line(each)) for each in self._tried], problem)
        self._explain()

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()
        self.action_type()

    @on(ChoosingList.Chosen)
    def _explain(self) -> None:
        chosen = self.query_one(ChoosingList).chosen
        self.query_one(InFull).show(next((each for each in self._tried if str(each.row) == chosen), None))

    def action_close(self) -> None:
        """From the typed answer to the rows, from there back to the rewards."""
        if self.has_class("-typing"):
            self._stop_typing()
        else:
            self.dismiss(True)


def _line(tried: "Tried") -> Callable[[int], Line]:
    def line(width: int) -> Line:
        score = "—" if tried.score is None else shown(round(tried.score, 4))
        asked = one_line(visible(tried.prompt), max(8, width - _SCORE_CELLS - 2))
        return [(fit(score, _SCORE_CELLS, right=True), "bold" if tried.score else "warn"), ("  ", ""), (asked, "dim")]

    return line
