"""The list of rows: search, filter, sort, going to a row, the rows to look at, and the lines that are left out."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui.messages import ToldUser
from tui.panes.data.arranging import Arranging
from tui.panes.data.listing import Arranged, Arrangement, fields_of
from tui.panes.data.offering import Offering, ValuesFound
from tui.panes.data.positions import Positions, next_position, position_of_name
from tui.panes.data.searching import HitsFound, Searching
from tui.panes.data.shown import ShownRows
from tui.panes.data.sources import BadSource, RowsSource, row_columns
from tui.panes.data.view_line import ViewLine
from tui.widgets.find_line import FindLine, Purpose
from tui.widgets.table import Table


class RowList(Vertical):
    """A table of rows, or of the lines left out, under lines to search with and to say what is listed."""

    DEFAULT_CSS = "RowList > Table { height: 1fr; }"

    class Changed(Message):
        """What can be done here has changed: hits, rows to look at, or which list is shown."""

    def __init__(self) -> None:
        super().__init__(id="data-list")
        self.bad: BadSource | None = None
        """The lines left out, while they are listed."""
        self.wide = False
        self._searching = Searching(self)
        self._arranging = Arranging(self)
        self._offering = Offering(self)
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
    def line(self) -> FindLine:
        """The line to type into."""
        return self.query_one(FindLine)

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
    def has_hits(self) -> bool:
        """Whether there is a hit to go to."""
        return self.bad is None and self._searching.found_any

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

    def show(self, rows: ShownRows) -> None:
        """Show rows; those of another source than before end search and list of bad lines."""
        before, chosen, self._rows = self._rows, self.chosen, rows
        name = before.name(chosen) if before is not None and chosen is not None else None
        if before is None or before.records is not rows.records:
            self._searching.forget()
            self._offering.give_up()
            self._arranging.order = self.bad = None
            self.line.close()
            if not self.arrangement.plain:
                self._arrange(self.arrangement)
        if self.bad is None:
            self._show_rows()
            number = rows.named(name) if name is not None else None
            if number is not None:
                self.go_to(number)

    def set_wide(self, wide: bool) -> None:
        """Choose columns for the room there is."""
        self.wide = wide
        if self._rows is not None and self.bad is None:
            self.table.set_columns(row_columns(self._rows, wide=wide))

    def ask(self, purpose: Purpose) -> None:
        """Open the line to type into."""
        self._leave_bad()
        text = {"filter": self.arrangement.filter, "sort": self.arrangement.sort}.get(purpose, "")
        self.line.ask(purpose, text, self._offering.completer(purpose, self._rows))

    def list_only(self, wanted: Arrangement) -> None:
        """List other rows, or in another order."""
        self._leave_bad()
        self._arrange(wanted)

    def go_to_hit(self, direction: int) -> None:
        """The next row that has what is searched for, or the one before."""
        self._go_among(self._hit_positions(), back=direction < 0)

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

    def back(self) -> bool:
        """Leave the bad lines, the search, or the filter; False when there was nothing to leave."""
        if self.bad is not None:
            self._leave_bad()
        elif self.line.is_open:
            self._end_search()
        elif not self.arrangement.plain:
            self._arrange(Arrangement())
        else:
            return False
        return True

    @property
    def can_go_back(self) -> bool:
        """Whether there is something to leave."""
        return self.bad is not None or self.line.is_open or not self.arrangement.plain

    @on(ValuesFound)
    def _offer_values(self, message: ValuesFound) -> None:
        message.stop()
        self.line.offer_again()

    # What is listed

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

    def _arrange(self, wanted: Arrangement) -> None:
        if self._arranging.begin(self._rows, wanted):
            self.query_one(ViewLine).say_working(wanted)
        elif wanted.plain:
            self._take_order(None)

    @on(Arranged)
    def _show_arranged(self, message: Arranged) -> None:
        message.stop()
        if message.arrangement != self.arrangement or self._rows is None:
            return
        if message.problem:
            self._ask_again(message)
        else:
            self._take_order(message.order)

    def _ask_again(self, message: Arranged) -> None:
        """What was typed cannot be done: it stands in the line again, with the reason."""
        self._arrange(Arrangement())
        purpose: Purpose = "filter" if message.arrangement.filter else "sort"
        text = message.arrangement.filter or message.arrangement.sort
        self.line.ask(purpose, text, self._offering.completer(purpose, self._rows))
        self.query_one(ViewLine).say_problem(message.problem.removeprefix(f"{text}: "))

    def _take_order(self, order: Any) -> None:
        chosen = self.chosen
        self._arranging.order = order
        if self._rows is not None and self.bad is None:
            self._show_rows()
            if order is not None:
                self.table.move_to(0)
            elif chosen is not None:
                self.go_to(chosen)

    # Search

    @on(FindLine.Typed)
    def _search_for(self, message: FindLine.Typed) -> None:
        message.stop()
        if not self._searching.begin(self._rows, message.text):
            self.line.say("")
            self._show_rows()

    @on(HitsFound)
    def _show_hits(self, message: HitsFound) -> None:
        message.stop()
        if message.text != self._searching.text or self._rows is None:
            return
        if message.problem:
            self.query_one(ViewLine).say_problem(message.problem.removeprefix(f"{message.text}: "))
            return
        first = self._searching.take(message)
        self._positions.forget("hits")
        if (first or message.complete) and self.bad is None:
            self._show_rows()
        if first:
            self._go_among(self._hit_positions(), here=True)
        self.say_hits(searching=not message.complete)

    def say_hits(self, *, searching: bool = False) -> None:
        """How many rows have what is searched for, and which of them the chosen one is."""
        if self._rows is not None and self._searching.text:
            fields = fields_of(self._rows)
            words = self._searching.words(self._hit_positions(), self.table.cursor, fields, complete=not searching)
            if words:
                self.line.say(words)

    def _hit_positions(self) -> list[int]:
        return self._positions.of("hits", self._searching.hits)

    # Lines and moves

    @on(FindLine.Sent)
    def _sent(self, message: FindLine.Sent) -> None:
        message.stop()
        text = message.text.strip()
        if message.purpose == "search":
            if not self._searching.text:
                self.line.close()
        else:
            self.line.close()
            match message.purpose:
                case "row":
                    self._go_to_name(text)
                case "filter":
                    self._arrange(Arrangement(text, self.arrangement.sort))
                case "sort":
                    self._arrange(Arrangement(self.arrangement.filter, text))
        self.table.focus()

    @on(FindLine.GivenUp)
    def _given_up(self, message: FindLine.GivenUp) -> None:
        message.stop()
        self._end_search()

    def _end_search(self) -> None:
        self._searching.end()
        self.line.close()
        if self._rows is not None:
            self._show_rows()
        self.table.focus()

    def _leave_bad(self) -> None:
        if self.bad is not None:
            self.bad = None
            self._show_rows()
            self.table.move_to(self._row_before_bad, centre=True)

    def _go_among(self, positions: list[int], *, back: bool = False, here: bool = False) -> None:
        found = next_position(positions, self.table.cursor, back=back, here=here)
        if found is not None:
            self.table.move_to(found, centre=True)

    def _go_to_name(self, text: str) -> None:
        """Choose the row of a number in the source."""
        if self._rows is None or self._source is None:
            return
        position, problem = position_of_name(self._rows, self._source, text)
        if problem:
            self.post_message(ToldUser(problem))
        if position is not None:
            self.table.move_to(position, centre=not problem)
