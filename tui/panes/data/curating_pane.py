"""What a person changes in the data from the Data pane: marks, drops, edits, steps and the mapping."""

from dataclasses import replace

from textual import on, work
from textual.worker import get_current_worker

from engine.project import Project
from tui.messages import RecipeChanged, ToldUser
from tui.panes.data import editing, loading
from tui.panes.data.reading_pane import ReadingPane
from tui.panes.data.row_list import RowList
from tui.panes.data.shown import ShownRows


class CuratingPane(ReadingPane):
    """Keys that change what is used of the source; each change is a step of the recipe and can be taken back."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._undo = editing.Undo()

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one(RowList)

    def action_mark(self) -> None:
        """Mark the chosen row, or take the mark away, and go on to the next."""
        number = self.rows.chosen
        if self.shown is not None and number is not None:
            self.shown = replace(self.shown, marked=self.shown.marked ^ {number})
            self.rows.show(self.shown)
            self.rows.table.action_move(1)

    def action_copy(self) -> None:
        """Copy the chosen row, as JSON."""
        number = self.rows.chosen
        if self.shown is not None and number is not None:
            self.app.copy_to_clipboard(editing.as_json(self.shown.row(number)))
            self.post_message(ToldUser(f"row {self.shown.name(number):,} is copied as JSON"))

    def action_drop(self) -> None:
        """Leave the marked rows out of the data, or the chosen one where none is marked."""
        number = self.rows.chosen
        if self.shown is None or number is None:
            return
        chosen = self.shown.marked or {number}
        self._change(editing.drop(self.project, self.shown, chosen))

    def action_edit_row(self) -> None:
        """Change the chosen row's record."""
        from tui.panes.data.edit_screen import EditScreen

        rows, number = self.shown, self.rows.chosen
        if rows is None or number is None:
            return
        if rows.mixed_in(number):
            self.post_message(ToldUser("a row of a second source cannot be edited here: edit it there"))
            return

        def edited(record: str | None) -> None:
            if record is not None:
                self._change(editing.edit(self.project, rows.name(number), record))

        self.app.push_screen(EditScreen(rows.name(number), editing.as_json(rows.row(number))), edited)

    def action_undo(self) -> None:
        """Take back the last drop, edit or step."""
        change = self._undo.back(self.project)
        if not change.problem:
            self.post_message(ToldUser("taken back"))
        self._change(change)

    def action_steps(self) -> None:
        """Show the steps from the source's rows to those used; add one, take one out."""
        from tui.panes.data.steps_screen import StepsScreen

        if self.data is not None:
            self.app.push_screen(StepsScreen(self.project, self.data), self._change_if)

    def action_map(self) -> None:
        """Say by hand how a row becomes an example."""
        if self.shown is not None:
            self._open_mapping(self.shown)
        else:
            self._find_rows_to_map()

    @work(thread=True, exclusive=True, group="map")
    def _find_rows_to_map(self) -> None:
        worker = get_current_worker()
        loading.find_rows_to_map(self.project, lambda message: worker.is_cancelled or self.post_message(message))

    @on(loading.RowsFound)
    def _map_found(self, message: loading.RowsFound) -> None:
        message.stop()
        if message.store is None:
            self.post_message(ToldUser(message.problem))
        else:
            self._open_mapping(ShownRows(message.store))

    def _open_mapping(self, rows: ShownRows) -> None:
        from tui.panes.data.mapping_screen import MappingScreen

        self.app.push_screen(MappingScreen(self.project, rows), self._change_if)

    def _change_if(self, change: "editing.Change | None") -> None:
        if change is not None:
            self._change(change)

    def _change(self, change: editing.Change) -> None:
        """Take over a change of the recipe, or say why there is none."""
        if change.problem:
            self.post_message(ToldUser(change.problem))
            return
        self._undo.remember(change)
        if change.words:
            self.post_message(ToldUser(change.words))
        self.post_message(RecipeChanged())
        self.read()
