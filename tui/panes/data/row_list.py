"""The list of rows: search, going to a row, the rows to look at, and the lines that are left out."""

from bisect import bisect_left
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import get_current_worker

from tui.messages import ToldUser
from tui.panes.data.search import next_hit, search
from tui.panes.data.sources import BadSource, RowsSource, row_columns
from tui.widgets.find_line import FindLine, Purpose
from tui.widgets.table import Table

if TYPE_CHECKING:
    from engine.data.audit import AuditTable
    from engine.data.dataset import Dataset


class HitsFound(Message):
    """Rows that have what is searched for, so far; newer takes the place of older."""

    def __init__(self, needle: str, hits: list[int], complete: bool) -> None:
        super().__init__()
        self.needle = needle
        self.hits = hits
        self.complete = complete

    def can_replace(self, message: Message) -> bool:
        """Whether `message`, which came later, makes this one needless."""
        return isinstance(message, HitsFound)


class RowList(Vertical):
    """A table of the usable rows, or of the lines left out, under a line to search with."""

    DEFAULT_CSS = "RowList > Table { height: 1fr; }"

    class Changed(Message):
        """What can be done here has changed: hits, rows to look at, or which list is shown."""

    def __init__(self) -> None:
        super().__init__(id="data-list")
        self.needle = ""
        """What is searched for."""
        self.hits: list[int] = []
        self.odd: list[int] = []
        """Rows that a person should look at."""
        self.bad: BadSource | None = None
        """The lines left out, while they are listed."""
        self.wide = False
        self._dataset: Dataset | None = None
        self._audit: AuditTable | None = None
        self._row_before_bad = 0

    def compose(self) -> ComposeResult:
        """Search line, table."""
        yield FindLine()
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
        return self._dataset is not None and BadSource(self._dataset).count > 0

    def show(self, dataset: "Dataset", audit: "AuditTable | None", odd: list[int]) -> None:
        """Show a dataset's rows; another one than before ends search and list of bad lines."""
        if dataset is not self._dataset:
            self.needle, self.hits, self.bad = "", [], None
            self.line.close()
        self._dataset, self._audit, self.odd = dataset, audit, odd
        if self.bad is None:
            self._show_rows()

    def set_wide(self, wide: bool) -> None:
        """Choose columns for the room there is."""
        self.wide = wide
        if self._dataset is not None and self.bad is None:
            self.table.set_columns(row_columns(self._dataset, tokens=self._audit is not None, wide=wide))

    def ask(self, purpose: Purpose) -> None:
        """Open the line to type into."""
        self._leave_bad()
        self.line.ask(purpose)

    def go_to_hit(self, direction: int) -> None:
        """The next row that has what is searched for, or the one before."""
        self._go(next_hit(self.hits, self.table.cursor, back=direction < 0))

    def go_to_odd(self) -> None:
        """The next row that a person should look at."""
        self._leave_bad()
        self._go(next_hit(self.odd, self.table.cursor))

    def toggle_bad(self) -> None:
        """List the lines that are left out, or the rows again."""
        if self.bad is not None or self._dataset is None:
            self._leave_bad()
            return
        self._row_before_bad = self.table.cursor
        self.bad = BadSource(self._dataset)
        self.table.show(self.bad, self.bad.columns)
        self.table.move_to(0)
        self.table.focus()
        self.post_message(self.Changed())

    def back(self) -> bool:
        """Leave the bad lines, or the search; False when there was nothing to leave."""
        if self.bad is not None:
            self._leave_bad()
        elif self.line.is_open:
            self._end_search()
        else:
            return False
        return True

    def say_hits(self, *, searching: bool = False) -> None:
        """How many rows have what is searched for, and which of them the chosen one is."""
        if not self.needle:
            return
        place = bisect_left(self.hits, self.table.cursor)
        on_hit = place < len(self.hits) and self.hits[place] == self.table.cursor
        words = f"{place + 1:,} of {len(self.hits):,} rows" if on_hit else f"{len(self.hits):,} rows"
        self.line.say(f"{words} so far" if searching else words if self.hits else "in no row")

    def _show_rows(self) -> None:
        assert self._dataset is not None
        columns = row_columns(self._dataset, tokens=self._audit is not None, wide=self.wide)
        self.table.show(RowsSource(self._dataset, self._audit, self.needle), columns)
        self.post_message(self.Changed())

    def _leave_bad(self) -> None:
        if self.bad is not None:
            self.bad = None
            self._show_rows()
            self._go(self._row_before_bad)

    def _go(self, row: int | None) -> None:
        if row is not None:
            self.table.move_to(row, centre=True)

    @on(FindLine.Typed)
    def _search_for(self, message: FindLine.Typed) -> None:
        message.stop()
        self.needle, self.hits = message.text, []
        self.workers.cancel_group(self, "search")
        if message.text:
            self._search(message.text)
        else:
            self.line.say("")
            self._show_rows()

    @work(thread=True, exclusive=True, group="search")
    def _search(self, needle: str) -> None:
        worker, dataset = get_current_worker(), self._dataset
        if dataset is None:
            return
        for hits, complete in search(dataset.conversations, needle, lambda: worker.is_cancelled):
            if not worker.is_cancelled:
                self.post_message(HitsFound(needle, hits, complete))

    @on(HitsFound)
    def _show_hits(self, message: HitsFound) -> None:
        message.stop()
        if message.needle != self.needle or self._dataset is None:
            return
        first, self.hits = not self.hits, message.hits
        if (first or message.complete) and self.bad is None:
            self._show_rows()
        if first:
            self._go(next_hit(self.hits, self.table.cursor, here=True))
        self.say_hits(searching=not message.complete)

    @on(FindLine.Sent)
    def _sent(self, message: FindLine.Sent) -> None:
        message.stop()
        if message.purpose == "row":
            self.line.close()
            self._go_to_number(message.text)
        elif not self.needle:
            self.line.close()
        self.table.focus()

    @on(FindLine.GivenUp)
    def _given_up(self, message: FindLine.GivenUp) -> None:
        message.stop()
        self._end_search()

    def _end_search(self) -> None:
        self.workers.cancel_group(self, "search")
        self.needle, self.hits = "", []
        self.line.close()
        self._show_rows()
        self.table.focus()

    def _go_to_number(self, text: str) -> None:
        """Choose the row of a number in the file, or the next usable one."""
        digits = text.replace(",", "").strip()
        if self._dataset is None or not digits:
            return
        if not digits.isdecimal():
            self.post_message(ToldUser(f"{text}: not a row's number"))
            return
        usable = self._dataset.usable
        row = min(bisect_left(usable, int(digits) - 1), len(usable) - 1)
        if usable[row] != int(digits) - 1:
            self.post_message(ToldUser(f"row {digits} is not among the usable rows: this is {usable[row] + 1:,}"))
        self._go(row)
