"""The list of rows: search, filter, sort, going to a row, the rows to look at, and the lines that are left out."""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import get_current_worker

from tui.figures import plural
from tui.messages import ToldUser
from tui.panes.data.listing import Arranged, Arrangement, arrange, completer, fields_of
from tui.panes.data.shown import ShownRows
from tui.panes.data.sources import BadSource, RowsSource, row_columns
from tui.panes.data.view_line import ViewLine
from tui.widgets.find_line import FindLine, Purpose
from tui.widgets.table import Table

if TYPE_CHECKING:
    from engine.data.browse.search import Search


class HitsFound(Message):
    """Rows that have what is searched for, so far; newer takes the place of older."""

    def __init__(self, text: str, hits: Any, complete: bool, problem: str = "") -> None:
        """`hits`: int64, rising numbers of rows."""
        super().__init__()
        self.text = text
        self.hits = hits
        self.complete = complete
        self.problem = problem

    def can_replace(self, message: Message) -> bool:
        """Whether `message`, which came later, makes this one needless."""
        return isinstance(message, HitsFound)


class RowList(Vertical):
    """A table of rows, or of the lines left out, under lines to search with and to say what is listed."""

    DEFAULT_CSS = "RowList > Table { height: 1fr; }"

    class Changed(Message):
        """What can be done here has changed: hits, rows to look at, or which list is shown."""

    def __init__(self) -> None:
        super().__init__(id="data-list")
        self.needle = ""
        """What to mark in texts: what is searched for, where that is plain text."""
        self.bad: BadSource | None = None
        """The lines left out, while they are listed."""
        self.wide = False
        self.arrangement = Arrangement()
        self._searched = ""
        self._hits: Any = None
        self._rows: ShownRows | None = None
        self._source: RowsSource | None = None
        self._order: Any = None
        self._positions: dict[str, list[int]] = {}
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
    def has_bad(self) -> bool:
        """Whether lines were left out."""
        dataset = self._rows.dataset if self._rows is not None else None
        return dataset is not None and BadSource(dataset).count > 0

    @property
    def has_hits(self) -> bool:
        """Whether there is a hit to go to."""
        return self.bad is None and self._hits is not None and len(self._hits) > 0

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
            self._searched, self.needle, self._hits, self.bad, self._order = "", "", None, None, None
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
        self.line.ask(purpose, text, completer(purpose, self._rows) if self._rows is not None else None)

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
            self._go_among(self._kept_positions("odd", self._rows.odd))

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

    # What is listed

    def _show_rows(self) -> None:
        assert self._rows is not None
        order = self._order if self._order is None or not len(self._order) or self._fits(self._order) else None
        self._source = RowsSource(self._rows, order, self.needle)
        self._positions.clear()
        self.table.show(self._source, row_columns(self._rows, wide=self.wide))
        self._say_view()
        self.post_message(self.Changed())

    def _fits(self, order: Any) -> bool:
        """Whether an order is of these rows: another source may come while it was worked out."""
        return self._rows is not None and int(order.max()) < self._rows.count

    def _say_view(self) -> None:
        rows, source = self._rows, self._source
        if rows is not None and source is not None:
            self.query_one(ViewLine).show(self.arrangement, source.count, rows.count, len(rows.marked))

    def _arrange(self, wanted: Arrangement) -> None:
        self.workers.cancel_group(self, "arrange")
        self.arrangement = wanted
        if wanted.plain:
            self._take_order(None)
        elif self._rows is not None:
            self.query_one(ViewLine).say_working(wanted)
            self._work_out(self._rows, wanted)

    @work(thread=True, exclusive=True, group="arrange")
    def _work_out(self, rows: ShownRows, wanted: Arrangement) -> None:
        worker = get_current_worker()
        found = arrange(rows, wanted, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(found)

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
        self.arrangement = Arrangement()
        self._take_order(None)
        purpose: Purpose = "filter" if message.arrangement.filter else "sort"
        text = message.arrangement.filter or message.arrangement.sort
        self.line.ask(purpose, text, completer(purpose, self._rows) if self._rows is not None else None)
        self.query_one(ViewLine).say_problem(message.problem.removeprefix(f"{text}: "))

    def _take_order(self, order: Any) -> None:
        chosen = self.chosen
        self._order = order
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
        self._searched, self._hits = message.text, None
        self.workers.cancel_group(self, "search")
        if message.text and self._rows is not None:
            self._search(self._rows, message.text)
        else:
            self.needle = ""
            self.line.say("")
            self._show_rows()

    @work(thread=True, exclusive=True, group="search")
    def _search(self, rows: ShownRows, text: str) -> None:
        from engine.data.browse.search import parse_search, search
        from engine.errors import Cancelled, UserError

        worker = get_current_worker()
        try:
            wanted: Search = parse_search(text, fields_of(rows))
            for hits in search(rows.records, wanted, lambda: worker.is_cancelled):
                if not worker.is_cancelled:
                    self.post_message(HitsFound(text, hits.rows, hits.complete))
        except Cancelled:
            return
        except (UserError, ValueError) as error:
            if not worker.is_cancelled:
                self.post_message(HitsFound(text, None, True, str(error)))

    @on(HitsFound)
    def _show_hits(self, message: HitsFound) -> None:
        message.stop()
        if message.text != self._searched or self._rows is None:
            return
        if message.problem:
            self.query_one(ViewLine).say_problem(message.problem.removeprefix(f"{message.text}: "))
            return
        first, self._hits = self._hits is None or not len(self._hits), message.hits
        self._positions.pop("hits", None)
        self.needle = _plain(self._searched)
        if (first or message.complete) and self.bad is None:
            self._show_rows()
        if first:
            self._go_among(self._hit_positions(), here=True)
        self.say_hits(searching=not message.complete)

    def say_hits(self, *, searching: bool = False) -> None:
        """How many rows have what is searched for, and which of them the chosen one is."""
        if not self._searched or self._hits is None:
            return
        positions = self._hit_positions()
        place = bisect_left(positions, self.table.cursor)
        on_hit = place < len(positions) and positions[place] == self.table.cursor
        words = f"{place + 1:,} of {plural(len(positions), 'row')}" if on_hit else plural(len(positions), "row")
        hidden = len(self._hits) - len(positions)
        words += f", {hidden:,} more not listed" if hidden else ""
        self.line.say(f"{words} so far" if searching else words if len(self._hits) else self._no_hit())

    def _no_hit(self) -> str:
        """Nothing was found; what stands before a colon may have been meant as a field."""
        name, colon, _ = self._searched.partition(":")
        unknown = colon and self._rows is not None and " " not in name and name not in fields_of(self._rows)
        return f"in no row; {name} is no field" if unknown else "in no row"

    def _hit_positions(self) -> list[int]:
        return [] if self._hits is None else self._kept_positions("hits", self._hits)

    def _kept_positions(self, name: str, numbers: Any) -> list[int]:
        """Positions of rows; worked out once for what is listed."""
        if name not in self._positions:
            self._positions[name] = [] if self._source is None else self._source.positions(numbers).tolist()
        return self._positions[name]

    # Lines and moves

    @on(FindLine.Sent)
    def _sent(self, message: FindLine.Sent) -> None:
        message.stop()
        text = message.text.strip()
        if message.purpose == "search":
            if not self._searched:
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
        self.workers.cancel_group(self, "search")
        self._searched, self.needle, self._hits = "", "", None
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
        digits = text.replace(",", "")
        if self._rows is None or self._source is None or not digits:
            return
        if not digits.isdecimal():
            self.post_message(ToldUser(f"{text}: not a row's number"))
            return
        number = self._rows.named(int(digits))
        if number is None or self._source.position(number) is None:
            last = self._rows.store.count
            why = f"the last is {last:,}" if int(digits) > last else "it is not listed"
            self.post_message(ToldUser(f"row {digits} is not among the rows: {why}"))
            self.table.move_to(self._source.count - 1 if int(digits) > last else self.table.cursor)
        else:
            self.go_to(number)


def next_position(positions: list[int], cursor: int, *, back: bool = False, here: bool = False) -> int | None:
    """The position after `cursor` (before it with `back`; `here`: or `cursor` itself), around the end; None of none."""
    if not positions:
        return None
    if back:
        return positions[bisect_left(positions, cursor) - 1]
    place = bisect_left(positions, cursor) if here else bisect_right(positions, cursor)
    return positions[place % len(positions)]


def _plain(searched: str) -> str:
    """What of a search can be marked in texts: nothing where it is a regular expression."""
    if searched.startswith("/"):
        return ""
    return searched
