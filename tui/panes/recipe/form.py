"""Settings under their groups. One is chosen; keys move, edit, step, take back and set to the default."""

from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from engine.recipe_form import FieldSpec, entry, parse_entry, stepped
from tui.panes.recipe.entry import Entry
from tui.panes.recipe.field_line import NUMBER_CELLS, VALUE_AT
from tui.panes.recipe.form_lines import Edited, FormLines

__all__ = ["Edited", "Form"]


class Form(FormLines):
    """The settings of a recipe, or of a part of it."""

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
    ]

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

    def _stop_typing(self) -> None:
        if self._entry is not None:
            with self.prevent(Input.Changed):
                self._entry.remove()
        self._entry = self._trial = None

    def on_unmount(self) -> None:
        """The studio may be left in the middle of typing."""
        if self._entry is not None and self._entry.value != entry(self.chosen, self.state.value):
            self.edited.leave(self.chosen, parse_entry(self.chosen, self._entry.value))

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
            case "step":
                return self.chosen.numeric or self.chosen.kind in ("choice", "switch")
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
        self._announce(self._trial)

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
