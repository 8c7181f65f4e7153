"""A search in the listed rows: at work in a thread, told by messages, with what it has found so far."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.worker import get_current_worker

from tui.figures import plural
from tui.panes.data.listing import fields_of

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui.panes.data.shown import ShownRows

_GROUP = "search"


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


class Searching:
    """What a list of rows is searched for. Its owner gets HitsFound and hands those to `take`."""

    def __init__(self, owner: "Widget") -> None:
        self._owner = owner
        self.text = ""
        """What was typed; "" while nothing is searched for."""
        self.hits: Any = None
        """int64, rising numbers of rows found so far; None before the first word of it."""
        self.needle = ""
        """What to mark in texts: what is searched for, where that is plain text."""

    @property
    def found_any(self) -> bool:
        """Whether there is a hit to go to."""
        return self.hits is not None and len(self.hits) > 0

    def begin(self, rows: "ShownRows | None", text: str) -> bool:
        """Search for another text; False where there is nothing to look for, or in."""
        self.text, self.hits = text, None
        self._owner.workers.cancel_group(self._owner, _GROUP)
        if not text or rows is None:
            self.needle = ""
            return False
        self._owner.run_worker(partial(self._look, rows, text), thread=True, exclusive=True, group=_GROUP)
        return True

    def end(self) -> None:
        """Search for nothing."""
        self._owner.workers.cancel_group(self._owner, _GROUP)
        self.forget()

    def forget(self) -> None:
        """The rows are others: what was found is not in them."""
        self.text, self.needle, self.hits = "", "", None

    def take(self, message: HitsFound) -> bool:
        """Keep what was found; whether these are the first hits."""
        first = not self.found_any
        self.hits = message.hits
        self.needle = "" if self.text.startswith("/") else self.text
        return first

    def words(self, positions: Sequence[int], cursor: int, fields: Mapping[str, str], *, complete: bool) -> str:
        """How many rows have it, and which of them the chosen one is. `positions`: where hits are listed."""
        if not self.text or self.hits is None:
            return ""
        place = bisect_left(positions, cursor)
        on_hit = place < len(positions) and positions[place] == cursor
        told = f"{place + 1:,} of {plural(len(positions), 'row')}" if on_hit else plural(len(positions), "row")
        hidden = len(self.hits) - len(positions)
        told += f", {hidden:,} more not listed" if hidden else ""
        if not complete:
            return f"{told} so far"
        return told if len(self.hits) else self._no_hit(fields)

    def _no_hit(self, fields: Mapping[str, str]) -> str:
        """Nothing was found; what stands before a colon may have been meant as a field."""
        from engine.data.browse.near import near_names
        from engine.data.browse.paths import is_path, without_places

        name, colon, _ = self.text.partition(":")
        if not colon or " " in name or is_path(name, fields):
            return "in no row"
        near = near_names(without_places(name, fields), fields)
        return f"in no row; {name} is no field" + (f": did you mean {near[0]}?" if near else "")

    def _look(self, rows: "ShownRows", text: str) -> None:
        from engine.data.browse.search import parse_search, search
        from engine.errors import Cancelled, UserError

        worker = get_current_worker()
        try:
            wanted = parse_search(text, fields_of(rows))
            for hits in search(rows.records, wanted, lambda: worker.is_cancelled):
                if not worker.is_cancelled:
                    self._owner.post_message(HitsFound(text, hits.rows, hits.complete))
        except Cancelled:
            return
        except (UserError, ValueError) as error:
            if not worker.is_cancelled:
                self._owner.post_message(HitsFound(text, None, True, str(error)))
