"""The list of rows: search, filter, sort, going to a row, the rows to look at, and the lines that are left out."""

from typing import Any

from textual import on

from tui.messages import ToldUser
from tui.panes.data.listed_rows import ListedRows
from tui.panes.data.listing import Arranged, Arrangement, fields_of
from tui.panes.data.offering import Offering, ValuesFound
from tui.panes.data.positions import position_of_name
from tui.panes.data.searching import HitsFound
from tui.panes.data.shown import ShownRows
from tui.panes.data.view_line import ViewLine
from tui.widgets.find_line import FindLine, Purpose


class RowList(ListedRows):
    """A table of rows, or of the lines left out, under lines to search with and to say what is listed."""

    DEFAULT_CSS = "RowList > Table { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._offering = Offering(self)

    @property
    def line(self) -> FindLine:
        """The line to type into."""
        return self.query_one(FindLine)

    @property
    def has_hits(self) -> bool:
        """Whether there is a hit to go to."""
        return self.bad is None and self._searching.found_any

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

    def _go_to_name(self, text: str) -> None:
        """Choose the row of a number in the source."""
        if self._rows is None or self._source is None:
            return
        position, problem = position_of_name(self._rows, self._source, text)
        if problem:
            self.post_message(ToldUser(problem))
        if position is not None:
            self.table.move_to(position, centre=not problem)
