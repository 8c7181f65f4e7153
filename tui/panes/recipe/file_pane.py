"""The recipe's file in the Recipe pane: looked at for changes from outside, shown as it is, opened in an editor."""

import subprocess

from textual.app import SuspendNotSupported

from engine.recipe.lines import line_of
from tui.messages import RecipeChanged, ToldUser
from tui.panes.recipe.changing_pane import ChangingPane
from tui.panes.recipe.editor import editor_command, editor_name
from tui.panes.recipe.words import marked_place, toml_lines
from tui.widgets.reading import Reading


class FilePane(ChangingPane):
    """A pane that shows the file that it changes."""

    @property
    def text(self) -> Reading:
        """The file as it is."""
        return self.query_one("#recipe-text", Reading)

    def look(self) -> None:
        """Take up what was changed from outside."""
        if self.is_on_screen and not self.form.editing:
            self.look_again()
        if self.is_on_screen and self.draft.changed_outside() and not self.form.editing:
            self.draft.reload()
            self.refresh_all()
            self.post_message(RecipeChanged())

    def show_text(self) -> None:
        """Show the file as it is, with the line of the chosen setting."""
        draft, line = self.draft, line_of(self.draft.text, self.form.chosen.key)
        text, fault, notes = draft.text, "" if draft.readable else draft.fault, draft.notes
        if self.has_class("-text") or not draft.readable:
            self.text.show(lambda width: toml_lines(text, fault, width, notes, line), keep_place=True)

    def action_text(self) -> None:
        """The file as it is, on the chosen setting's line, or the form again."""
        if self.has_class("-text") and not self.draft.readable:
            return
        self.toggle_class("-text")
        (self.text if self.has_class("-text") else self.form).focus()
        self.show_text()
        self.call_after_refresh(self._go_to_line)
        self.refresh_bindings()

    def _go_to_line(self) -> None:
        line = line_of(self.draft.text, self.form.chosen.key)
        width = self.text.scrollable_content_region.width
        place = marked_place(toml_lines(self.draft.text, "", width, self.draft.notes, line))
        if place is not None:
            self.text.scroll_to(y=max(0, place - self.text.size.height // 2), animate=False, force=True)

    def action_editor(self) -> None:
        """Open the file in the editor that the environment names; the studio waits for it."""
        line = line_of(self.draft.text, self.form.chosen.key)
        try:
            with self.app.suspend():
                subprocess.run(editor_command(self.draft.path, line), check=False)
        except SuspendNotSupported:
            self.post_message(ToldUser("an editor cannot be opened from this terminal", error=True))
        except (OSError, ValueError) as error:
            words = f"{editor_name()}: cannot be started: {error}: set EDITOR to your editor"
            self.post_message(ToldUser(words, error=True))
        self.look()
