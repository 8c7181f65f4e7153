"""What sampled answers are scored by: the rewards at the left, the chosen one's own form at the right."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.recipe_form import entry, reward_help, reward_kinds, shown
from tui.panes.recipe.asking import Choice, Pick
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.dialog_help import HELP_KEY, DialogHelp
from tui.panes.recipe.draft import Draft
from tui.panes.recipe.form import Form
from tui.panes.recipe.help_panel import Explained, HelpPanel
from tui.panes.recipe.reward_draft import RewardDraft, new_reward, rewards_of, rewards_spec
from tui.visible import one_line
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, fit

if TYPE_CHECKING:
    from engine.project import Project

_EMPTY: tuple[Line, ...] = (
    [("no reward yet: a adds one", "")],
    [("a weighted sum of them is learned", "dim")],
)
_WEIGHT_CELLS = 4
_HELP = """\
Sampled answers are scored by each reward, and the sum by weight is what is learned from: rewards that can be checked,
such as a number or JSON, are hard to fool. A weight below 0 makes a penalty.

**s** tries the chosen one on the solutions of a few rows, or on an answer that you type, in which `{solution}` is the
row's own: `so it is #### {solution}`. In the shell: `ttune rewards try PROJECT`.

The list is at the left, the chosen reward's own settings at the right; **tab** goes from one to the other.
"""


class RewardsScreen(ModalScreen[bool]):
    """Gives whether anything was written."""

    DEFAULT_CSS = """
    RewardsScreen {
        align: center middle;
        background: $background 60%;
        & > .box { width: 120; max-width: 98%; height: 90%; padding: 0 1; background: $surface; border: round $accent; }
        & .hint { color: $dim; height: auto; }
        & #rewards-body { height: 1fr; }
        & ChoosingList { width: 36%; height: 1fr; }
        & #rewards-right { width: 64%; height: 1fr; border-left: solid $panel; }
        & #reward-about { height: auto; color: $dim; padding: 0 1; }
        & Form { height: 1fr; }
        & HelpPanel { height: 7; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add"),
        Binding("d,delete", "remove", "remove", key_display="d"),
        Binding("plus,equals_sign", "weigh(1)", "weight", key_display="+−", tooltip="more weight; - less"),
        Binding("minus", "weigh(-1)", "less weight", show=False),
        Binding("s", "try", "try", tooltip="what it gives to the solutions of a few rows, or to an answer of yours"),
        Binding("u", "undo", "undo"),
        Binding("tab", "other_side", "settings", priority=True),
        Binding("escape,q", "close", "close"),
        HELP_KEY,
    ]

    def __init__(self, project: "Project", draft: Draft) -> None:
        super().__init__()
        self._project = project
        self._draft = draft
        self._before = draft.text

    def compose(self) -> ComposeResult:
        """The list, the form, the help."""
        with Vertical(classes="box"):
            yield Static(
                Content("Each gives 0 to 1; the sum, by weight, is learned from. Below 0 it is a penalty."),
                classes="hint",
            )
            with Horizontal(id="rewards-body"):
                yield ChoosingList("Rewards", _EMPTY, id="rewards")
                with Vertical(id="rewards-right"):
                    yield Static("", id="reward-about", markup=False)
                    yield Form(RewardDraft(self._draft, 0), id="reward-form", headings=False)
                    yield HelpPanel("reward-help")
            yield KeyLine()

    def on_mount(self) -> None:
        """Show them."""
        self._show()
        self._listed.focus()

    @property
    def _listed(self) -> ChoosingList:
        return self.query_one(ChoosingList)

    @property
    def _form(self) -> Form:
        return self.query_one(Form)

    @property
    def _place(self) -> int | None:
        chosen = self._listed.chosen
        return int(chosen) if chosen is not None else None

    def _show(self) -> None:
        rewards = rewards_of(self._draft)
        problems = self._draft.problems
        rows = [
            Row(str(place), _line(reward, any(key.startswith(f"rewards.{place}") for key in problems)))
            for place, reward in enumerate(rewards)
        ]
        self._listed.show(rows)
        self._show_form()
        self.refresh_bindings()

    @on(ChoosingList.Chosen)
    def _show_form(self) -> None:
        place = self._place
        self.query_one("#rewards-right").visible = place is not None
        if place is None:
            return
        draft = RewardDraft(self._draft, place)
        self.query_one("#reward-about", Static).update(f"{draft.kind.replace('_', ' ')}: {reward_help(draft.kind)}")
        self._form.edit_other(draft)

    @on(Form.Chosen)
    def _explain(self, message: Form.Chosen) -> None:
        message.stop()
        form = message.form
        problem = message.trial.problem if message.trial is not None else form.state.problem
        self.query_one(HelpPanel).show(Explained(form.chosen, form.state, problem))
        self.refresh_bindings()

    @on(Form.Changed)
    def _changed(self, message: Form.Changed) -> None:
        message.stop()
        self._show()

    @on(LineList.Opened)
    def _edit(self, message: LineList.Opened) -> None:
        message.stop()
        self._form.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a value is typed, keys are letters."""
        if not self.is_mounted:
            return False
        if self._form.editing and action in ("add", "remove", "weigh", "undo", "try", "other_side"):
            return False
        match action:
            case "remove" | "weigh" | "try" | "other_side":
                return self._place is not None
            case "undo":
                return self._draft.can_undo
        return super().check_action(action, parameters)

    def action_other_side(self) -> None:
        """From the list to the form, and back."""
        (self._listed if self._form.has_focus else self._form).focus()

    def action_add(self) -> None:
        """Choose a kind."""
        choices = [Choice(kind, kind.replace("_", " "), reward_help(kind)) for kind in reward_kinds()]
        self.app.push_screen(Pick("A reward for", choices, self._add))

    def _add(self, kinds: list[str]) -> None:
        rewards = [*rewards_of(self._draft), new_reward(kinds[0])]
        self._draft.set(rewards_spec(), rewards)
        self._show()
        self._listed.choose(len(rewards) - 1)
        missing = [spec for spec in RewardDraft(self._draft, len(rewards) - 1).specs if spec.required]
        if missing:
            self._show_form()
            self._form.choose(missing[0])
            self._form.focus()

    def action_remove(self) -> None:
        """Take the chosen one out."""
        rewards, place = rewards_of(self._draft), self._place
        if place is not None:
            self._draft.set(rewards_spec(), [*rewards[:place], *rewards[place + 1 :]] or None)
            self._show()
            self._listed.focus()

    def action_weigh(self, direction: int) -> None:
        """Give the chosen one more weight, or less."""
        place = self._place
        if place is not None:
            draft = RewardDraft(self._draft, place)
            spec = draft.specs[-1]
            weight = draft.state(spec).value
            if isinstance(weight, int | float):
                draft.set(spec, round(weight + direction * 0.1, 6))
            self._show()

    def action_try(self) -> None:
        """Score a few rows by the chosen one."""
        from tui.panes.recipe.try_screen import TryScreen

        place = self._place
        if place is not None:
            self.app.push_screen(TryScreen(self._project, rewards_of(self._draft)[place]))

    def action_undo(self) -> None:
        """Take the last change back."""
        self._draft.undo()
        self._show()

    def action_help(self) -> None:
        """What rewards are, and the keys."""
        self.app.push_screen(DialogHelp("Rewards", _HELP, self))

    def action_close(self) -> None:
        """From the form to the list, from the list back to the recipe."""
        if self._form.has_focus:
            self._listed.focus()
        else:
            self.dismiss(self._draft.text != self._before)


def _line(reward: dict[str, Any], wrong: bool) -> Callable[[int], Line]:
    """Weight, kind, and what it is set to."""
    kind = str(reward.get("kind", "?"))
    settings = ", ".join(
        f"{spec.label} {entry(spec, reward[spec.key])}"
        for spec in reward_kinds().get(kind, ())
        if spec.key in reward and spec.key != "weight"
    )

    def line(width: int) -> Line:
        name = kind.replace("_", " ")
        mark: Line = [("✗ ", "error")] if wrong else []
        weight = fit(shown(float(reward.get("weight", 1.0))), _WEIGHT_CELLS, right=True)
        room = max(1, width - _WEIGHT_CELLS - len(name) - 5 - 2 * len(mark))
        return [*mark, (f"{weight} × ", ""), (name + "  ", "bold"), (one_line(settings, room), "dim")]

    return line
