"""Every setting under its section. One is chosen; keys move, edit, step, take back and set to the default."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input

from engine.recipe_form import FieldSpec, entry, fields, outside_advice, parse_entry, stepped
from tui.panes.recipe.draft import Draft
from tui.panes.recipe.field_row import Entry, FieldRow, RowState
from tui.widgets.painted import Line, Painted


class Heading(Painted):
    """The name of a section."""

    DEFAULT_CSS = "Heading { height: 2; } Heading.-first { height: 1; }"

    def __init__(self, section: str) -> None:
        super().__init__()
        self.section = section

    def paint(self, width: int, height: int) -> list[Line]:
        """The name at the bottom, so that there is air above it."""
        return [*([[]] * (height - 1)), [(f" {self.section}", "accent")]]


class Form(VerticalScroll, can_focus=True):
    """The settings of a draft."""

    DEFAULT_CSS = "Form { scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "edit", "edit"),
        Binding("left,h", "step(-1)", "less", show=False),
        Binding("right,l", "step(1)", "step", key_display="←→"),
        Binding("x,backspace", "reset", "default", key_display="x"),
        Binding("u", "undo", "undo"),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "move(-10)", "page up", show=False),
        Binding("pagedown,ctrl+f", "move(10)", "page down", show=False),
        Binding("home,g", "move(-1000)", "first", show=False),
        Binding("end,G", "move(1000)", "last", show=False),
        Binding("left_curly_bracket", "section(-1)", "section before", show=False),
        Binding("right_curly_bracket", "section(1)", "next section", show=False),
    ]

    class Chosen(Message):
        """Another setting was chosen, or the chosen one's state changed."""

        def __init__(self, spec: FieldSpec, typed_problem: str | None = None) -> None:
            super().__init__()
            self.spec = spec
            self.typed_problem = typed_problem

    class Changed(Message):
        """A setting was changed; `written`: and the file with it."""

        def __init__(self, written: bool) -> None:
            super().__init__()
            self.written = written

    def __init__(self, draft: Draft) -> None:
        super().__init__(id="recipe-form")
        self.draft = draft
        self._rows = [FieldRow(spec) for spec in fields()]
        self._headings = {section: Heading(section) for section in dict.fromkeys(spec.group for spec in fields())}
        self._chosen = self._rows[0]

    def compose(self) -> ComposeResult:
        """Headings and rows."""
        section = ""
        for row in self._rows:
            if row.spec.group != section:
                section = row.spec.group
                yield self._headings[section]
            yield row

    def on_mount(self) -> None:
        """Begin at the top."""
        self._headings[self._rows[0].spec.group].add_class("-first")
        self.show()

    @property
    def chosen(self) -> FieldSpec:
        """The chosen setting."""
        return self._chosen.spec

    @property
    def editing(self) -> bool:
        """Whether a value is being typed."""
        return self._chosen.editing

    def show(self) -> None:
        """Show the draft as it is."""
        values = self.draft.values()
        for row in self._rows:
            state = self.draft.state(row.spec)
            warning = "" if state.problem else outside_advice(row.spec, state.value, values)
            row.show(RowState(state, warning, row is self._chosen, self.has_focus))
        self.post_message(self.Chosen(self.chosen))

    def choose(self, spec: FieldSpec) -> None:
        """Choose a setting."""
        self._choose(next(row for row in self._rows if row.spec == spec))

    def filter(self, text: str) -> int:
        """Show only settings that have `text` in name, key, section or help; how many there are."""
        wanted = text.lower()
        for row in self._rows:
            spec = row.spec
            where = f"{spec.label} {spec.key} {spec.group} {spec.help}".lower()
            row.display = wanted in where
        shown = self._shown_rows()
        for section, heading in self._headings.items():
            heading.display = any(row.spec.group == section for row in shown)
        named = [row for row in shown if wanted in row.spec.label]
        if wanted and shown and self._chosen not in named:
            self._choose((named or shown)[0])
        return len(shown)

    def on_focus(self) -> None:
        """The mark of the chosen row becomes bright."""
        self.show()

    def on_blur(self) -> None:
        """The mark of the chosen row becomes dim."""
        self.show()

    def _shown_rows(self) -> list[FieldRow]:
        return [row for row in self._rows if row.display]

    def _choose(self, row: FieldRow) -> None:
        self._chosen = row
        self.show()
        first = self._shown_rows()[0] is row
        self.scroll_to_widget(self._headings[row.spec.group] if first else row, animate=False)

    def action_move(self, by: int) -> None:
        """Choose a setting further down or up."""
        rows = self._shown_rows()
        if self._chosen in rows:
            self._choose(rows[min(max(0, rows.index(self._chosen) + by), len(rows) - 1)])

    def action_section(self, by: int) -> None:
        """Choose the first setting of the next section, or of the one before."""
        rows = self._shown_rows()
        firsts = [
            row for place, row in enumerate(rows) if not place or rows[place - 1].spec.group != row.spec.group
        ]
        here = next((place for place, row in enumerate(firsts) if row.spec.group == self.chosen.group), 0)
        if firsts:
            self._choose(firsts[min(max(0, here + by), len(firsts) - 1)])

    async def action_edit(self) -> None:
        """Type the value; of a choice or switch, take the next."""
        if self.chosen.kind in ("choice", "switch"):
            self.action_step(1)
        elif not self._chosen.editing:
            await self._chosen.edit()

    def action_step(self, direction: int) -> None:
        """One step up or down."""
        value = self.draft.value(self.chosen)
        after = stepped(self.chosen, value, direction)
        if after != value:
            self._set(after)

    def action_reset(self) -> None:
        """Back to the default."""
        if not self.chosen.required:
            self._set(None)

    def action_undo(self) -> None:
        """Take the last change back, and go to where it was."""
        before = self.draft.text
        spec = self.draft.undo()
        if spec is not None:
            self.choose(spec)
            self.post_message(self.Changed(self.draft.text != before))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are out of the footer."""
        if action == "undo":
            return self.draft.can_undo
        if action == "reset":
            return not self.draft.state(self.chosen).default
        return super().check_action(action, parameters)

    @on(FieldRow.Clicked)
    async def _clicked(self, message: FieldRow.Clicked) -> None:
        message.stop()
        self.focus()
        self._choose(message.row)
        if message.again:
            await self.action_edit()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if not self._chosen.editing:
            return
        problem = self.draft.try_out(self.chosen, parse_entry(self.chosen, message.value))
        self._chosen.say_typed(problem)
        self.post_message(self.Chosen(self.chosen, problem))

    @on(Entry.Kept)
    def _kept(self, message: Entry.Kept) -> None:
        message.stop()
        if not self._chosen.editing:
            return
        self._chosen.stop_editing()
        if not message.left:
            self.screen.set_focus(self)
        if message.text != entry(self.chosen, self.draft.value(self.chosen)):
            self._set(parse_entry(self.chosen, message.text))
        else:
            self.show()
        if message.move:
            self.action_move(message.move)

    @on(Entry.GivenUp)
    def _given_up(self, message: Entry.GivenUp) -> None:
        message.stop()
        self._chosen.stop_editing()
        self.focus()
        self.show()

    def _set(self, value: object) -> None:
        written = self.draft.set(self.chosen, value)
        self.show()
        self.post_message(self.Changed(written))
