"""What is listed: rows in some order, or the lines that are left out; and moves among them."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui.panes.data.arranging import Arranging
from tui.panes.data.listing import Arrangement
from tui.panes.data.positions import Positions, next_position
from tui.panes.data.searching import Searching
from tui.panes.data.shown import ShownRows
from tui.panes.data.sources import BadSource, RowsSource, row_columns
from tui.panes.data.view_line import ViewLine
from tui.widgets.find_line import FindLine
from tui.widgets.table import Table


class ListedRows(Vertical):
    """A table of rows, or of lines left out; a subclass says which rows, from what is typed."""

    class Changed(Message):
        """What can be done here has changed: hits, rows to look at, or which list is shown."""

    def __init__(self) -> None:
        super().__init__(id="data-list")
        self.bad: BadSource | None = None
        """The lines left out, while they are listed."""
        self.wide = False
        self._searching = Searching(self)
        self._arranging = Arranging(self)
        self._rows: ShownRows | None = None
        self._source: RowsSource | None = None
        self._positions = Positions()
        self._row_before_bad = 0

    def compose(self) -> ComposeResult:
        """Search line, what is listed, table."""
        yield FindLine()
        yield ViewLine()
        yield Table(id="data-table")

    @property
    def table(self) -> Table:
        """The table."""
        return self.query_one(Table)

    @property
    def needle(self) -> str:
        """What to mark in texts: what is searched for, where that is plain text."""
        return self._searching.needle

    @property
    def arrangement(self) -> Arrangement:
        """What is listed, or is being worked out."""
        return self._arranging.wanted

    @property
    def has_bad(self) -> bool:
        """Whether lines were left out."""
        dataset = self._rows.dataset if self._rows is not None else None
        return dataset is not None and BadSource(dataset).count > 0

    @property
    def has_odd(self) -> bool:
        """Whether there is a row that a person should look at."""
        return self._rows is not None and len(self._rows.odd) > 0

    def number(self, position: int) -> int | None:
        """The row at a position of the table; None where lines are listed, or nothing."""
        if self.bad is not None or self._source is None or not 0 <= position < self._source.count:
            return None
        return self._source.number(position)

    @property
    def chosen(self) -> int | None:
        """The number of the chosen row."""
        return self.number(self.table.cursor)

    def set_wide(self, wide: bool) -> None:
        """Choose columns for the room there is."""
        self.wide = wide
        if self._rows is not None and self.bad is None:
            self.table.set_columns(row_columns(self._rows, wide=wide))

    def go_to_odd(self) -> None:
        """The next row that a person should look at."""
        self._leave_bad()
        if self._rows is not None and self._source is not None:
            self._go_among(self._positions.of("odd", self._rows.odd))

    def go_to(self, number: int) -> None:
        """Choose a row where it is listed."""
        position = self._source.position(number) if self._source is not None else None
        if position is not None:
            self.table.move_to(position, centre=True)

    def toggle_bad(self) -> None:
        """List the lines that are left out, or the rows again."""
        dataset = self._rows.dataset if self._rows is not None else None
        if self.bad is not None or dataset is None:
            self._leave_bad()
            return
        self._row_before_bad = self.table.cursor
        self.bad = BadSource(dataset)
        self.table.show(self.bad, self.bad.columns)
        self.table.move_to(0)
        self.table.focus()
        self.post_message(self.Changed())

    def _show_rows(self) -> None:
        assert self._rows is not None
        self._source = RowsSource(self._rows, self._arranging.order_of(self._rows), self.needle)
        self._positions.show(self._source)
        self.table.show(self._source, row_columns(self._rows, wide=self.wide))
        self._say_view()
        self.post_message(self.Changed())

    def _say_view(self) -> None:
        rows, source = self._rows, self._source
        if rows is not None and source is not None:
            self.query_one(ViewLine).show(self.arrangement, source.count, rows.count, len(rows.marked))

    def _leave_bad(self) -> None:
        if self.bad is not None:
            self.bad = None
            self._show_rows()
            self.table.move_to(self._row_before_bad, centre=True)

    def _go_among(self, positions: list[int], *, back: bool = False, here: bool = False) -> None:
        found = next_position(positions, self.table.cursor, back=back, here=here)
        if found is not None:
            self.table.move_to(found, centre=True)
