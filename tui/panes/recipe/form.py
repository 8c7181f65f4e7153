"""Settings under their groups. One is chosen; keys move, edit, step, take back and set to the default.

All lines are painted by one widget: a widget for each of a hundred settings would take half a second to come up.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from engine.recipe_form import FieldSpec, entry, has_effect, outside_advice, parse_entry, stepped
from tui.panes.recipe.arranging import Arranged, arranged, best
from tui.panes.recipe.draft import FieldState, Trial, Values
from tui.panes.recipe.entry import Entry
from tui.panes.recipe.field_line import NUMBER_CELLS, VALUE_AT, LineState, Remark, field_line
from tui.widgets.painted import Line, Painted

_OFFERED = 6
"""Endings that are shown of what is typed."""
_WHEEL = 3
_AIRY = 16
"""Lines from which groups stand apart."""


class Edited(Protocol):
    """What a form edits: a recipe's draft, or one reward of it."""

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """The settings."""

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back that can be made again."""

    def state(self, spec: FieldSpec) -> FieldState:
        """A setting as a form shows it."""

    def try_out(self, spec: FieldSpec, value: Any) -> Trial:
        """What would come of a value."""

    def set(self, spec: FieldSpec, value: Any) -> bool:
        """Change a setting; whether anything was written."""

    def undo(self) -> FieldSpec | None:
        """Take the last change back."""

    def redo(self) -> FieldSpec | None:
        """Make it again."""


class Form(Painted, can_focus=True):
    """The settings of a recipe, or of a part of it."""

    DEFAULT_CSS = "Form { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "edit"),
        Binding("space", "pick", "choose", show=False, tooltip="take the next choice; pick items of a list"),
        Binding("left,h", "step(-1)", "less", show=False),
        Binding("right,l", "step(1)", "step", key_display="←→", tooltip="one step up; ← one step down"),
        Binding("x,backspace", "reset", "default", key_display="x", tooltip="back to the default"),
        Binding("X", "template", "as template", show=False, tooltip="back to the template's value"),
        Binding("u", "undo", "undo", tooltip="take the last change back"),
        Binding("ctrl+r,U", "redo", "redo", key_display="U", show=False, tooltip="make it again"),
        Binding("a", "everything", "show all", show=False, tooltip="also show settings without effect, or fold them"),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "move(-1000)", "first", show=False),
        Binding("end,G", "move(1000)", "last", show=False),
        Binding("left_curly_bracket", "group(-1)", "group before", show=False),
        Binding(
            "right_curly_bracket", "group(1)", "next group", show=False, tooltip="the next group; { the one before"
        ),
    ]

    class Chosen(Message):
        """Another setting was chosen, or the chosen one's state changed."""

        def __init__(self, form: "Form", spec: FieldSpec, trial: Trial | None = None) -> None:
            """`trial`: what would come of what is being typed."""
            super().__init__()
            self.form = form
            self.spec = spec
            self.trial = trial

    class Changed(Message):
        """A setting was changed; `written`: and the file with it."""

        def __init__(self, form: "Form", written: bool) -> None:
            super().__init__()
            self.form = form
            self.written = written

    class PickWanted(Message):
        """A table shall be opened, or items of a list picked."""

        def __init__(self, spec: FieldSpec) -> None:
            super().__init__()
            self.spec = spec

    def __init__(self, edited: Edited, *, id: str = "recipe-form", headings: bool = True) -> None:
        super().__init__(id=id)
        self.edited = edited
        self.chosen: FieldSpec = edited.specs[0]
        """The chosen setting."""
        self._headings = headings
        self._states: dict[str, FieldState] = {}
        self._values: Values = {}
        self._remarks: Mapping[str, Remark] = {}
        self._arranged = Arranged((), 0)
        self._search = ""
        self._everything = False
        self._top = 0
        self._entry: Entry | None = None
        self._trial: Trial | None = None

    def on_mount(self) -> None:
        """Begin at the top."""
        self.show()

    @property
    def editing(self) -> bool:
        """Whether a value is being typed."""
        return self._entry is not None

    @property
    def state(self) -> FieldState:
        """The chosen setting's state."""
        return self._states.get(self.chosen.key) or self.edited.state(self.chosen)

    @property
    def values(self) -> Values:
        """Every setting's value by key, as shown."""
        return self._values

    def show(self, trial: Trial | None = None) -> None:
        """Show what is edited as it is."""
        self._states = {spec.key: self.edited.state(spec) for spec in self.edited.specs}
        self._values = {key: state.value for key, state in self._states.items()}
        self._arrange()
        self.repaint()
        self.post_message(self.Chosen(self, self.chosen, trial))

    def edit_other(self, edited: Edited) -> None:
        """Edit something else from now on."""
        self.edited, self._top = edited, 0
        if self.chosen not in edited.specs:
            self.chosen = edited.specs[0]
        self.show()

    def remark(self, remarks: Mapping[str, Remark]) -> None:
        """Show other advice beside the settings."""
        self._remarks = remarks
        self.repaint()

    def choose(self, spec: FieldSpec) -> None:
        """Choose a setting; one that a search has left out ends the search."""
        self.chosen = spec
        if self._search and spec not in self._arranged.specs:
            self._search = ""
        self.show()

    def filter(self, text: str) -> int:
        """Show only settings that a search finds; how many there are."""
        self._search, self._top = text, 0
        self._arrange()
        shown = self._arranged.specs
        found = best(shown, text) if text.strip() else None
        if found is not None:
            self.chosen = found
        self.show()
        return len(shown)

    def _arrange(self) -> None:
        self._arranged = arranged(
            self.edited.specs, self._states, search=self._search, everything=self._everything, keep=self.chosen,
            airy=self.size.height >= _AIRY, headings=self._headings,
        )  # fmt: skip

    def on_resize(self) -> None:
        """There may be room for empty lines now, or no more."""
        self._arrange()
        self.repaint()

    # Painting

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines around the chosen setting, and how far down they are."""
        items = self._arranged.items
        if not items:
            return [[("   nothing has these words: esc shows all", "dim")]]
        self._scroll(height)
        lines: list[Line] = []
        for item in items[self._top : self._top + height]:
            if item.spec is not None:
                lines.append(field_line(item.spec, self._line_state(item.spec), width - 1))
            elif item.words:
                lines.append([(f" {item.words}", "dim" if "without effect" in item.words else "accent")])
            else:
                lines.append([])
        if len(items) > height:
            lines = [_with_bar(line, width, bar) for line, bar in zip(lines, self._bar(height), strict=False)]
        if self._entry is not None:
            self._place_entry()
        return lines

    def _scroll(self, height: int) -> None:
        """Keep the chosen setting in view, with its group's name where it is the first."""
        place = self._arranged.place(self.chosen)
        if place is not None and not self._wheeled:
            first = place - 1 if place and self._arranged.items[place - 1].spec is None else place
            last = len(self._arranged.items) - 1 if self.chosen == self._arranged.specs[-1] else place
            self._top = min(max(self._top, last - height + 1), first)
        self._top = max(0, min(self._top, len(self._arranged.items) - height))

    _wheeled = False
    """Whether the wheel has moved the lines since a key did."""

    def _bar(self, height: int) -> list[str]:
        """A scrollbar of characters."""
        count = len(self._arranged.items)
        size = max(1, round(height * height / count))
        start = round(self._top / max(1, count - height) * (height - size))
        return ["▐" if start <= y < start + size else " " for y in range(height)]

    def _line_state(self, spec: FieldSpec) -> LineState:
        chosen = spec == self.chosen
        state = self._states[spec.key]
        typed = offered = None
        if chosen and self._entry is not None:
            typed = self._trial.problem if self._trial is not None else state.problem
            offered = "  ".join(self._entry.offers[:_OFFERED])
        return LineState(
            state, self._remark(spec, state), chosen, self.has_focus or self.editing, has_effect(spec, self._values),
            typed, offered or "",
        )  # fmt: skip

    def _remark(self, spec: FieldSpec, state: FieldState) -> Remark | None:
        """Advice about a setting; where there is none, that its value is outside what is advised."""
        if spec.key in self._remarks or state.problem:
            return self._remarks.get(spec.key)
        words = outside_advice(spec, state.value, self._values) if has_effect(spec, self._values) else ""
        return Remark("notes", words) if words else None

    def on_focus(self) -> None:
        """The mark of the chosen row becomes bright."""
        self.repaint()

    def on_blur(self) -> None:
        """The mark of the chosen row becomes dim."""
        self.repaint()

    # Moving

    def action_move(self, by: int) -> None:
        """Choose a setting further down or up."""
        specs = self._arranged.specs
        if not specs:
            return
        here = specs.index(self.chosen) if self.chosen in specs else 0
        self._go(specs[min(max(0, here + by), len(specs) - 1)])

    def action_page(self, direction: int) -> None:
        """Choose a setting a page away."""
        self.action_move(direction * max(1, self.content_size.height - 3))

    def action_group(self, by: int) -> None:
        """Choose the first setting of the next group, or of the one before."""
        specs = self._arranged.specs
        firsts = [
            spec for place, spec in enumerate(specs) if not place or specs[place - 1].group != spec.group
        ]  # fmt: skip
        here = next((place for place, spec in enumerate(firsts) if spec.group == self.chosen.group), 0)
        if firsts:
            self._go(firsts[min(max(0, here + by), len(firsts) - 1)])

    def _go(self, spec: FieldSpec) -> None:
        self._wheeled = False
        self.chosen = spec
        self.repaint()
        self.post_message(self.Chosen(self, spec))

    def on_mouse_scroll_down(self) -> None:
        """Move the lines."""
        self._wheel(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Move the lines."""
        self._wheel(-_WHEEL)

    def _wheel(self, by: int) -> None:
        if not self.editing:
            self._wheeled = True
            self._top += by
            self.repaint()

    async def on_click(self, event: events.Click) -> None:
        """Choose a setting; a click on the chosen one edits it."""
        place = self._top + event.get_content_offset_capture(self).y
        items = self._arranged.items
        if self.editing or not 0 <= place < len(items):
            return
        spec = items[place].spec
        if spec is None:
            return
        again = spec == self.chosen
        self._go(spec)
        if again:
            await self.action_edit()

    # Changing

    async def action_edit(self) -> None:
        """Type the value; of a choice or switch, take the next; open a table."""
        if self.chosen.kind in ("choice", "switch"):
            self.action_step(1)
        elif self.chosen.kind == "table":
            self.post_message(self.PickWanted(self.chosen))
        elif not self.editing:
            await self._type()

    async def action_pick(self) -> None:
        """Take the next choice; pick items where they are known; else type."""
        if (self.chosen.kind == "list" and self.chosen.choices) or self.chosen.key == "model.base":
            self.post_message(self.PickWanted(self.chosen))
        else:
            await self.action_edit()

    async def _type(self) -> None:
        """Put a line to type into in the place of the value; it has the focus before the next key is looked at."""
        self._wheeled = False
        self._trial = None
        self._entry = Entry(self.chosen, self.state.value)
        self._entry.styles.width = (
            NUMBER_CELLS if self.chosen.numeric else max(8, self.content_size.width - VALUE_AT - 1)
        )
        self._place_entry()
        await self.mount(self._entry)
        self.repaint()
        self.screen.set_focus(self._entry)

    def _place_entry(self) -> None:
        place = self._arranged.place(self.chosen)
        if self._entry is not None and place is not None:
            self._entry.styles.offset = (VALUE_AT, place - self._top)

    def _stop_typing(self) -> None:
        if self._entry is not None:
            with self.prevent(Input.Changed):
                self._entry.remove()
        self._entry = self._trial = None

    def action_step(self, direction: int) -> None:
        """One step up or down."""
        value = self.state.value
        after = stepped(self.chosen, value, direction)
        if after != value:
            self.change(after)

    def action_reset(self) -> None:
        """Back to the default."""
        if not self.chosen.required:
            self.change(None)

    def action_template(self) -> None:
        """Back to the template's value."""
        if self.state.as_template is False:
            theirs = self.state.template
            self.change(None if theirs == self.chosen.default or theirs in ([], {}) else theirs)

    def action_undo(self) -> None:
        """Take the last change back, and go to where it was."""
        self._gone(self.edited.undo())

    def action_redo(self) -> None:
        """Make the change again that was taken back last."""
        self._gone(self.edited.redo())

    def _gone(self, spec: FieldSpec | None) -> None:
        if spec is not None:
            self.choose(spec)
            self.post_message(self.Changed(self, True))

    def action_everything(self) -> None:
        """Show settings without effect too, or fold them."""
        self._everything = not self._everything
        self.show()

    def change(self, value: object) -> None:
        """Give the chosen setting a value; None is the default."""
        written = self.edited.set(self.chosen, value)
        self.show()
        self.post_message(self.Changed(self, written))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are out of the footer."""
        match action:
            case "undo":
                return self.edited.can_undo
            case "redo":
                return self.edited.can_redo
            case "reset":
                return not self.state.default
            case "template":
                return self.state.as_template is False
        return super().check_action(action, parameters)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self._entry is None or message.input is not self._entry:
            return
        self._trial = self.edited.try_out(self.chosen, parse_entry(self.chosen, message.value))
        self.repaint()
        self.post_message(self.Chosen(self, self.chosen, self._trial))

    @on(Entry.Kept)
    def _kept(self, message: Entry.Kept) -> None:
        message.stop()
        if message.entry is not self._entry:
            return
        self._stop_typing()
        if not message.left:
            self.screen.set_focus(self)
        if message.text != entry(self.chosen, self.state.value):
            self.change(parse_entry(self.chosen, message.text))
        else:
            self.show()
        if message.move:
            self.action_move(message.move)

    @on(Entry.GivenUp)
    def _given_up(self, message: Entry.GivenUp) -> None:
        message.stop()
        self._stop_typing()
        self.focus()
        self.show()


def _with_bar(line: Line, width: int, bar: str) -> Line:
    from tui.widgets.painted import cells

    return [*line, (" " * max(0, width - 1 - cells(line)), ""), (bar, "dim")]
