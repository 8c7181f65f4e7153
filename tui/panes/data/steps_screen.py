"""From the source's rows to those that are used: the recipe's steps, what each did, one more or one less."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from engine.errors import UserError
from engine.project import Project
from tui.figures import plural
from tui.panes.data import editing
from tui.panes.data.opened import OpenedData
from tui.visible import visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, fit

if TYPE_CHECKING:
    from engine.recipe import CurationStep

_OFFERED = (
    ("drop_duplicates", "the same but for case and spaces"),
    ("drop_near_duplicates:threshold=0.8", "nearly the same"),
    ("personal_data:action=redact", "write [EMAIL] … in its place"),
    ("length:least=1,most=4000", "characters of a row"),
    ("language:keep=en", "leave out rows in others"),
    ("balance:field=FIELD,ratio=5", "bring classes to like sizes"),
    ("mix:source=FILE,share=0.1", "add rows of a second source"),
    ("drop_rows:rows=3+7-9", "by their numbers"),
)
"""What may be typed, and what it does."""
_EXAMPLE_ROOM = 36


class StepsScreen(ModalScreen["editing.Change | None"]):
    """Gives the change that was made, or None."""

    DEFAULT_CSS = """
    StepsScreen {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 110; max-width: 96%; height: auto; max-height: 96%; padding: 0 1; background: $surface;
            border: round $accent;
        }
        & LineList { height: auto; max-height: 16; }
        & .-typing LineList { max-height: 7; }
        & .title { text-style: bold; }
        & .hint { color: $dim; margin-bottom: 1; }
        & #problem { height: auto; }
        & Input { display: none; padding: 0 1; background: $background; }
        & Input.-open { display: block; }
        & KeyLine { dock: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add a step"),
        Binding("x", "take_out", "take it out"),
        Binding("escape,q", "close", "close"),
    ]

    def __init__(self, project: Project, opened: OpenedData) -> None:
        super().__init__()
        self._project = project
        self._opened = opened

    def compose(self) -> ComposeResult:
        """The steps, and a line to type one more."""
        source = self._opened.dataset.source
        with Vertical(classes="box"):
            yield Static(Content("Curation"), classes="title")
            words = (
                f"From the {plural(source.count, 'row')} of {visible(source.path.name)}, which never changes, in order:"
            )
            yield Static(Content(words), classes="hint")
            yield LineList("Steps", [[("  no steps: every row is used as it is", "dim")]], id="steps")
            yield Input(
                placeholder="a step, then enter; → completes it",
                suggester=SuggestFromList([example for example, _ in _OFFERED]),
                compact=True,
                id="step",
            )
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Show the steps."""
        log = getattr(self._opened.dataset.records, "log", ())
        steps = self._opened.recipe.data.curate
        words = [(step.step, done.words) for step, done in zip(steps, log, strict=False)]
        rows = [
            Row(str(place), _line(step, log[place] if place < len(log) else None)) for place, step in enumerate(steps)
        ]
        assert len(words) <= len(rows)
        self.query_one(LineList).show(rows)
        self.query_one(LineList).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a step is typed, keys are letters."""
        typing = self.query_one(Input).has_focus if self.is_mounted else False
        if action in ("add", "take_out"):
            return not typing and (action == "add" or self.query_one(LineList).chosen is not None)
        return super().check_action(action, parameters)

    def action_add(self) -> None:
        """Type a step."""
        line = self.query_one(Input)
        line.add_class("-open")
        self.query_one(".box").add_class("-typing")
        line.focus()
        self._say("\n".join(f"{example:<{_EXAMPLE_ROOM}}{what}" for example, what in _OFFERED), "$dim")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the step."""
        from engine.data.curate.recipe_steps import parse_step

        message.stop()
        try:
            step = parse_step(message.value.strip())
        except UserError as error:
            self._say(str(error).splitlines()[0].removeprefix(f"--step {message.value.strip()}: "))
            return
        made = editing.add(self._project, step, f"{step.step.replace('_', ' ')} is a step now: u takes it back")
        self._end(made)

    def action_take_out(self) -> None:
        """Take the chosen step out."""
        chosen = self.query_one(LineList).chosen
        if chosen is not None:
            step = self._opened.recipe.data.curate[int(chosen)].step.replace("_", " ")
            self._end(editing.take_out(self._project, int(chosen), f"{step} is taken out: u brings it back"))

    def action_close(self) -> None:
        """Close the line, or the screen."""
        line = self.query_one(Input)
        if line.has_class("-open"):
            line.remove_class("-open")
            self.query_one(".box").remove_class("-typing")
            self._say("")
            self.query_one(LineList).focus()
        else:
            self.dismiss(None)

    def _end(self, made: editing.Change) -> None:
        if made.problem:
            self._say(made.problem)
        else:
            self.dismiss(made)

    def _say(self, words: str, colour: str = "$error") -> None:
        self.query_one("#problem", Static).update(Content.styled(visible(words, lines=True), colour))


def _line(step: "CurationStep", done: Any) -> Any:
    """One step: its name and settings, and what it did."""
    settings = ", ".join(
        f"{name} {_short(value)}" for name, value in step if name != "step" and value not in (None, (), "")
    )

    def line(width: int) -> Line:
        rows = f"{done.before:,} → {done.after:,}  " if done is not None else ""
        words = f"{settings}   {done.words}" if done is not None else settings
        room = max(1, width - 28 - len(rows))
        return [(fit(step.step.replace("_", " "), 24), "bold"), (rows, ""), (fit(visible(words), room), "dim")]

    return line


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        shown = ", ".join(str(item) for item in value[:6])
        return f"{shown} and {len(value) - 6} more" if len(value) > 6 else shown
    return str(value)[:60]
