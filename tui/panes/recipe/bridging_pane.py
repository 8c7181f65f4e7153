"""The Recipe pane's ways to elsewhere: after the newer edition of its template, and into files of other tools."""

from typing import TYPE_CHECKING

from textual import on

from engine.home import Home, home_path
from engine.project import RECIPE_NAME
from tui.panes.recipe.changes import Beside
from tui.panes.recipe.file_pane import FilePane
from tui.panes.recipe.newer_line import NewerLine

if TYPE_CHECKING:
    from engine.templates.pins import Update


class BridgingPane(FilePane):
    """A pane whose recipe follows a template, and is written for other tools."""

    _reference = ""
    """The edition that the recipe was from when it was looked at last."""

    @property
    def newer(self) -> NewerLine:
        """The line that offers a newer edition."""
        return self.query_one(NewerLine)

    @on(NewerLine.Pressed)
    def action_update(self) -> None:
        """What the newer edition of its template changes."""
        from tui.screens.update_project import UpdateScreen

        self.app.push_screen(UpdateScreen(Home(home_path()), self.project), self._updated)

    def _updated(self, update: "Update | None") -> None:
        """Show it; the form takes it back like any change, with the other files that it wrote."""
        from engine.templates import COPY_NAME

        if update is None:
            return
        folder, was = self.project.path, dict(update.was)
        before = was.pop(RECIPE_NAME)
        now = {COPY_NAME: update.to.text(), **update.files}
        self.draft.took_over(before or "", [Beside(folder / name, text, now[name]) for name, text in was.items()])
        self._changed_now(written=True)

    def _changed_now(self, written: bool) -> None:
        super()._changed_now(written)
        reference = self.draft.recipe.template if self.draft.recipe is not None else self._reference
        if reference != self._reference:
            self._reference = reference
            self.newer.read()
            self.newer.post_message(NewerLine.Followed())

    def action_export(self) -> None:
        """Write the recipe for another tool."""
        from tui.screens.export_recipe import ExportRecipeForm

        self.app.push_screen(ExportRecipeForm(self.project))
