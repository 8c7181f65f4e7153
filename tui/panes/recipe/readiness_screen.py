"""Is fine-tuning the right thing to do here? The questions of the readiness check, with what was measured filled in."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.recipe_form import FieldSpec, field, fields
from tui.figures import plural
from tui.messages import ToldUser
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.dialog_help import HELP_KEY, DialogHelp
from tui.panes.recipe.draft import Draft, FieldState, Trial
from tui.panes.recipe.forecast_lines import Foreseen
from tui.panes.recipe.form import Form
from tui.panes.recipe.help_panel import Explained, help_lines, wrapped
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Ink, Line
from tui.widgets.said import Said

if TYPE_CHECKING:
    from engine.advice import Measured, ReadinessAnswer

_NO_ANSWERS: tuple[Line, ...] = ([("mend the recipe's problems first", "warn")],)
_HELP = """\
Questions that decide whether training is worth it at all. What can be measured is filled in: rows, tokens, what an
evaluation found. The others only you can answer: **enter** goes to the setting that does, and the answer is written
to the recipe. `✓` speaks for training, `✗` against it, `?` is open. Nothing here stops a training.
"""
_MARKS: dict[bool | None, tuple[str, Ink]] = {True: ("✓", "good"), False: ("✗", "warn"), None: ("?", "dim")}


class PartDraft:
    """Some of a recipe's settings, as a form of their own edits them."""

    def __init__(self, draft: Draft, specs: tuple[FieldSpec, ...]) -> None:
        self._draft = draft
        self.specs = specs

    @property
    def can_undo(self) -> bool:
        """Whether the recipe has a change to take back."""
        return self._draft.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether one was taken back."""
        return self._draft.can_redo

    def state(self, spec: FieldSpec) -> FieldState:
        """A setting as a form shows it."""
        return self._draft.state(spec)

    def try_out(self, spec: FieldSpec, value: Any) -> Trial:
        """What would come of a value."""
        return self._draft.try_out(spec, value)

    def set(self, spec: FieldSpec, value: Any) -> bool:
        """Change a setting; whether anything was written."""
        return self._draft.set(spec, value)

    def leave(self, spec: FieldSpec, value: Any) -> None:
        """Keep what was being typed for the next studio."""
        self._draft.leave(spec, value)

    def undo(self) -> FieldSpec | None:
        """Take the recipe's last change back."""
        return self._mine(self._draft.undo())

    def redo(self) -> FieldSpec | None:
        """Make it again."""
        return self._mine(self._draft.redo())

    def _mine(self, spec: FieldSpec | None) -> FieldSpec | None:
        """The setting, or the first here where it is none of these."""
        return spec if spec is None or spec in self.specs else self.specs[0]


class Meaning(Said):
    """The chosen question in full: what is known, and what a no means."""

    DEFAULT_CSS = "Meaning { height: auto; max-height: 14; border-top: solid $dim; border-bottom: solid $dim; }"

    def __init__(self) -> None:
        super().__init__(id="readiness-meaning")
        self._answer: ReadinessAnswer | None = None
        self._explained: Explained | None = None

    def show(self, answer: "ReadinessAnswer | None") -> None:
        """Show another question."""
        self._answer, self._explained = answer, None
        self.say()

    def explain(self, explained: Explained) -> None:
        """Show the setting that is being answered with, and all that is wrong with the answer."""
        self._explained = explained
        self.say()

    def lines(self, width: int) -> list[Line]:
        """Question, evidence, meaning; or the setting."""
        answer = self._answer
        if self._explained is not None:
            return [[(" ", ""), *line] for line in help_lines(self._explained, width - 2, roomy=False)]
        if answer is None:
            return []
        mark, ink = _mark(answer)
        lines = wrapped(answer.question, width - 2, "bold")
        lines += wrapped(f"{mark} {answer.evidence}", width - 2, ink if ink != "dim" else "")
        lines += wrapped(f"A no means: {answer.means}", width - 2, "" if _is_no(answer) else "dim")
        return [[(" ", ""), *line] for line in lines]


class ReadinessScreen(ModalScreen[bool]):
    """Gives whether anything was written."""

    DEFAULT_CSS = """
    ReadinessScreen {
        align: center middle;
        background: $background 60%;
        & > .box { width: 110; max-width: 98%; height: auto; max-height: 96%; padding: 0 1; background: $surface;
                   border: round $accent; }
        & .title { text-style: bold; }
        & #readiness-sum { color: $dim; height: auto; margin-bottom: 1; }
        & ChoosingList { height: auto; max-height: 9; }
        & Form { height: 8; }
        & KeyLine { dock: none; }
        &.-low {
            & > .box { height: 96%; }
            & #readiness-sum { margin-bottom: 0; }
            & ChoosingList { max-height: 8; }
            & Meaning { max-height: 7; }
            & Form { height: 1fr; }
        }
    }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", "answer", priority=True),
        Binding("tab", "other_side", "answers", priority=True),
        Binding("escape,q,R", "close", "close"),
        HELP_KEY,
    ]

    def __init__(self, draft: Draft, foreseen: Foreseen | None, measured: "tuple[Measured, ...]") -> None:
        """`measured`: what evaluations of the project found."""
        super().__init__()
        self._measured = measured
        self._draft = draft
        self._foreseen = foreseen
        self._before = draft.text
        self._answers: tuple[ReadinessAnswer, ...] = ()

    def compose(self) -> ComposeResult:
        """The questions, the chosen one in full, and your answers."""
        self._answers = self._asked()
        said = [spec.key for spec in fields() if spec.group == "Readiness"]
        keys = dict.fromkeys([*said, *(answer.key for answer in self._answers)])
        specs = tuple(spec for key in keys if (spec := field(key)) is not None)
        with Vertical(classes="box"):
            yield Static(Content("Is fine-tuning the right thing to do here?"), classes="title")
            yield Static("", id="readiness-sum", markup=False)
            yield ChoosingList("Questions", _NO_ANSWERS, id="readiness")
            yield Meaning()
            yield Form(PartDraft(self._draft, specs), id="readiness-form", headings=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Show them."""
        self._show()
        self.query_one(ChoosingList).focus()

    def _asked(self) -> "tuple[ReadinessAnswer, ...]":
        from engine.advice import readiness
        from engine.situation import Situation

        recipe, seen = self._draft.recipe, self._foreseen
        if recipe is None:
            return ()
        if seen is None:
            return readiness(recipe, Situation(), None, self._measured)
        return readiness(recipe, seen.situation, seen.forecast, self._measured)

    def _show(self) -> None:
        self._answers = self._asked()
        listed = self.query_one(ChoosingList)
        listed.show([Row(answer.code, _line(answer)) for answer in self._answers])
        nos = sum(_is_no(answer) for answer in self._answers)
        unknown = sum(answer.good is None for answer in self._answers)
        parts = [plural(nos, "no", "noes") if nos else "", f"{unknown} open" if unknown else ""]
        words = ", ".join(part for part in parts if part)
        self.query_one("#readiness-sum", Static).update(
            words or ("Nothing speaks against it." if self._answers else "")
        )
        self._explain()

    def foreseen_changed(self, foreseen: Foreseen | None, measured: "tuple[Measured, ...]") -> None:
        """Rows, machine or evaluations are known by now, or others."""
        self._foreseen, self._measured = foreseen, measured
        if self.is_mounted and not self.query_one(Form).editing:
            self._show()

    @on(ChoosingList.Chosen)
    def _explain(self) -> None:
        self.query_one(Meaning).show(self._chosen)
        self._explain_setting()
        self.refresh_bindings()

    def _explain_setting(self, problem: str | None = None) -> None:
        """While the answers have the focus, the chosen one stands in full."""
        form = self.query_one(Form)
        if form.has_focus or form.editing:
            problem = form.state.problem if problem is None else problem
            self.query_one(Meaning).explain(Explained(form.chosen, form.state, problem))

    def on_descendant_focus(self) -> None:
        """What stands in full is what keys are about."""
        self._explain()

    @property
    def _chosen(self) -> "ReadinessAnswer | None":
        chosen = self.query_one(ChoosingList).chosen
        return next((answer for answer in self._answers if answer.code == chosen), None)

    @on(Form.Chosen)
    def _of_form(self, message: Form.Chosen) -> None:
        message.stop()
        self._explain_setting(message.trial.problem if message.trial is not None else None)
        self.refresh_bindings()

    @on(Form.Changed)
    def _changed(self, message: Form.Changed) -> None:
        message.stop()
        self._show()

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()
        self.action_answer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While an answer is typed, keys are letters."""
        if not self.is_mounted:
            return False
        form = self.query_one(Form)
        if action in ("answer", "other_side"):
            return not form.editing and (action != "answer" or not form.has_focus)
        return super().check_action(action, parameters)

    def action_answer(self) -> None:
        """To the setting that answers the chosen question."""
        answer = self._chosen
        spec = field(answer.key) if answer is not None else None
        if spec is None:
            self.post_message(ToldUser("that is measured, not answered: what is known of it stands above"))
            return
        form = self.query_one(Form)
        form.choose(spec)
        form.focus()

    def action_other_side(self) -> None:
        """From the questions to the answers, and back."""
        form = self.query_one(Form)
        (self.query_one(ChoosingList) if form.has_focus else form).focus()

    def action_help(self) -> None:
        """What is asked, and the keys."""
        self.app.push_screen(DialogHelp("Is fine-tuning the right thing to do here?", _HELP, self))

    def action_close(self) -> None:
        """From the answers to the questions, from there back to the recipe."""
        if self.query_one(Form).has_focus:
            self.query_one(ChoosingList).focus()
        else:
            self.dismiss(self._draft.text != self._before)


def _is_no(answer: "ReadinessAnswer") -> bool:
    return answer.good is False


def _mark(answer: "ReadinessAnswer") -> tuple[str, Ink]:
    return _MARKS[answer.good]


def _line(answer: "ReadinessAnswer") -> Callable[[int], Line]:
    def line(width: int) -> Line:
        mark, ink = _mark(answer)
        room = max(10, width - 3)
        words = one_line(visible(answer.question), room)
        left = room - len(words) - 2
        known = one_line(answer.evidence, left) if left > 8 else ""
        return [(f"{mark} ", ink), (words, ""), (f"  {known}", "dim")]

    return line
