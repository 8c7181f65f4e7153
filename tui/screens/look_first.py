"""A dialog that looks something through in a thread and shows what it found before anything is done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from engine.errors import UserError
from tui.screens.dialogs import Confirm, Dialog
from tui.visible import visible
from tui.widgets.inked import InkedLine, wrap
from tui.widgets.key_line import KeyLine
from tui.widgets.reading import Reading

Values = Mapping[str, str]
"""What stands in the fields, by their names."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was found."""

    head: str
    """What kind of thing it is, such as `no equivalent: `; its text hangs beside it."""
    text: str
    ink: str = ""
    """Of the head: `warn` for what a person should weigh."""


@dataclass(frozen=True, slots=True)
class Field:
    """A line to fill in."""

    name: str
    label: str
    value: str = ""
    looked: bool = True
    """Whether what was found holds for this value alone."""


class Looked(Message):
    """What was found, or why nothing could be looked through."""

    def __init__(self, values: Values, remarks: Sequence[Remark], problem: str) -> None:
        super().__init__()
        self.values = values
        self.remarks = remarks
        self.problem = problem


class Done(Message):
    """What was done, in words, or why it was not."""

    def __init__(self, result: Any, words: Sequence[str], problem: str) -> None:
        super().__init__()
        self.result = result
        self.words = words
        self.problem = problem


class LookFirst(Dialog):
    """Fields, what was found, and a key that does it. `look` and `do` run in threads and raise UserError."""

    CSS_PATH = str(Path(__file__).with_name("dialogs.tcss"))
    HEADING: ClassVar[str]
    HINT: ClassVar[str] = ""
    AT_ONCE: ClassVar[bool] = False
    """Whether there is something to look through before a field is filled in; enter then does it."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", "look through"),
        Binding("ctrl+s", "do", "do it"),
        Binding("tab", "app.focus_next", "next field"),
        Binding("escape", "close", "cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._seen: Values | None = None
        self._busy = False

    def fields(self) -> Sequence[Field]:
        """The fields."""
        raise NotImplementedError

    def choices(self) -> str:
        """What keys choose besides, in a line; "" where there is nothing."""
        return ""

    def look(self, values: Values) -> Sequence[Remark]:
        """In a thread: what is found."""
        raise NotImplementedError

    def do(self, values: Values, *, force: bool) -> tuple[Any, Sequence[str]]:
        """In a thread: do it; what came of it, and words to say. `force`: what is in the way was agreed to."""
        raise NotImplementedError

    def in_the_way(self, values: Values) -> tuple[str, str] | None:
        """A question to ask before it is done, and what yes would do; None where there is none."""
        return None

    def compose(self) -> ComposeResult:
        """Fields, findings, what is wrong."""
        with Vertical(classes="box"):
            yield Static(Content(visible(self.HEADING)), classes="title")
            yield Static(Content(visible(self.HINT)), classes="hint")
            for field in self.fields():
                yield Input(value=field.value, placeholder=field.label, id=field.name, compact=True)
            yield Static("", id="choices", markup=False)
            yield Reading(id="found")
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Begin where there is something to look through already."""
        self._show_choices()
        if self.AT_ONCE:
            self.look_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is done before it was looked through."""
        if action == "do":
            return self.is_fresh
        if action == "enter":
            return not self.AT_ONCE and not self.is_fresh
        return super().check_action(action, parameters)

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {field.name: self.query_one(f"#{field.name}", Input).value.strip() for field in self.fields()}

    @property
    def is_fresh(self) -> bool:
        """Whether what is shown is of what stands in the fields."""
        return self.is_mounted and self._seen is not None and self._seen == self._looked_values()

    def _looked_values(self) -> Values:
        values = self.values
        return {field.name: values[field.name] for field in self.fields() if field.looked}

    @on(Input.Submitted)
    def action_enter(self) -> None:
        """Look through what stands in the fields; then on to the next, or do it."""
        if not self.is_fresh:
            self.look_again()
        elif self.AT_ONCE:
            self.action_do()
        else:
            self.focus_next()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.refresh_bindings()

    def look_again(self) -> None:
        """Look through it, anew."""
        values, kept = self.values, self._looked_values()
        self._say_problem("")
        self._show_choices()
        self.query_one("#found", Reading).show(lambda width: [[("looking it through …", "dim")]])
        self.run_worker(
            lambda: self._look(values, kept), name="look through", group="look", thread=True, exclusive=True
        )

    def _look(self, values: Values, kept: Values) -> None:
        try:
            self.post_message(Looked(kept, self.look(values), ""))
        except UserError as error:
            self.post_message(Looked(kept, (), str(error)))

    def on_looked(self, message: Looked) -> None:
        """Show it."""
        self._seen = None if message.problem else message.values
        self._say_problem(message.problem)
        self.query_one("#found", Reading).show(lambda width: hung(message.remarks, width))
        self._show_choices()
        self.refresh_bindings()

    def action_do(self) -> None:
        """Do it; ask first where something is in the way."""
        if not self.is_fresh or self._busy:
            return
        values = self.values
        asked = self.in_the_way(values)
        if asked is None:
            self._begin(values, force=False)
        else:
            self.app.push_screen(Confirm(*asked), lambda sure: self._begin(values, force=True) if sure else None)

    def _begin(self, values: Values, *, force: bool) -> None:
        self._busy = True
        self._say_problem("")
        self.run_worker(lambda: self._do(values, force), name="do it", group="do", thread=True)

    def _do(self, values: Values, force: bool) -> None:
        try:
            result, words = self.do(values, force=force)
            self.post_message(Done(result, words, ""))
        except UserError as error:
            self.post_message(Done(None, (), str(error)))

    def on_done(self, message: Done) -> None:
        """Close and say what was done, or show what is wrong."""
        self._busy = False
        if message.problem:
            self._say_problem(message.problem)
            return
        self.dismiss(True)
        if message.words:
            self.app.notify("\n".join(visible(line) for line in message.words), timeout=10, markup=False)
        self.finished(message.result)

    def finished(self, result: Any) -> None:
        """It is done."""

    def _say_problem(self, text: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(visible(text, lines=True), "$error"))

    def _show_choices(self) -> None:
        words = self.choices()
        self.query_one("#choices", Static).display = bool(words)
        self.query_one("#choices", Static).update(Content.styled(visible(words), "$dim"))

    def action_close(self) -> None:
        """Nothing is done."""
        self.dismiss(False)


def hung(remarks: Sequence[Remark], width: int) -> list[InkedLine]:
    """Remarks as lines: the head, and the text hanging beside it."""
    lines: list[InkedLine] = []
    for remark in remarks:
        head = visible(remark.head)
        hang = min(len(head), width // 3)
        for number, line in enumerate(wrap(remark.text, [""] * len(remark.text), max(8, width - len(head) - 1))):
            lines.append([(head if not number else " " * hang, remark.ink if not number else ""), *line])
    return lines
