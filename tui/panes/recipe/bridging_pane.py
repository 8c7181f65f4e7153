"""The Recipe pane's ways to elsewhere: after the newer edition of its template, and into files of other tools."""

from textual import on

from engine.home import Home, home_path
from tui.panes.recipe.file_pane import FilePane
from tui.panes.recipe.newer_line import NewerLine


class BridgingPane(FilePane):
    """A pane whose recipe follows a template, and is written for other tools."""

    @property
    def newer(self) -> NewerLine:
        """The line that offers a newer edition."""
        return self.query_one(NewerLine)

    @on(NewerLine.Pressed)
    def action_update(self) -> None:
        """What the newer edition of its template changes."""
        from tui.screens.update_project import UpdateScreen

        self.app.push_screen(UpdateScreen(Home(home_path()), self.project), self._updated)

    def _updated(self, written: bool | None) -> None:
        if written:
            self.recipe_changed()

    def action_export(self) -> None:
        """Write the recipe for another tool."""
        from tui.screens.export_recipe import ExportRecipeForm

        self.app.push_screen(ExportRecipeForm(self.project))
