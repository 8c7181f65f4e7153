"""The recipe's file in the Recipe pane: looked at for changes from outside, shown as it is, opened in an editor."""

import subprocess

from textual.app import SuspendNotSupported

from engine.recipe.lines import line_of
from tui.messages import RecipeChanged, ToldUser
from tui.panes.recipe.changing_pane import ChangingPane
from tui.panes.recipe.editor import editor_command, editor_name
from tui.panes.recipe.file_text import FileText
from tui.panes.recipe.words import fault_line, marked_place, toml_lines


class FilePane(ChangingPane):
    """A pane that shows the file that it changes."""

    @property
    def text(self) -> FileText:
        """The file as it is."""
        return self.query_one("#recipe-text", FileText)

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
        draft, line = self.draft, self._line
        text, fault, notes = (
            draft.text,
            "" if draft.readable else draft.fault.removeprefix(f"{draft.path}: "),
            draft.notes,
        )
        if self.has_class("-text") or not draft.readable:
            self.text.show(lambda width: toml_lines(text, fault, width, notes, line), keep_place=True)

    def action_text(self) -> None:
        """The file as it is, on the chosen setting's line, or the form again."""
        if self.has_class("-text") and not self.draft.readable:
            return
        self.toggle_class("-text")
        (self.text if self.has_class("-text") else self.form).focus()
        self.show_text()
        self.call_after_refresh(self.go_to_line)
        self.refresh_bindings()

    @property
    def _line(self) -> int | None:
        """The line, from 0, that is pointed at: the chosen setting's, or the one that makes the file no TOML."""
        draft = self.draft
        return line_of(draft.text, self.form.chosen.key) if draft.readable else fault_line(draft.fault, draft.text)

    def go_to_line(self) -> None:
        """Bring the line that is pointed at into view; what will be renamed stands above all lines, and comes first."""
        text, notes, line = self.draft.text, self.draft.notes, self._line
        self.text.go_to(lambda width: 0 if notes else marked_place(toml_lines(text, "", width, (), line)))

    def action_editor(self) -> None:
        """Open the file in the editor that the environment names; the studio waits for it."""
        line = self._line
        try:
            with self.app.suspend():
                subprocess.run(editor_command(self.draft.path, line), check=False)
        except SuspendNotSupported:
            self.post_message(ToldUser("an editor cannot be opened from this terminal", error=True))
        except (OSError, ValueError) as error:
            words = f"{editor_name()}: cannot be started: {error}: set EDITOR to your editor"
            self.post_message(ToldUser(words, error=True))
        self.look()
