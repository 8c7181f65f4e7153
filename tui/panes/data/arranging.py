"""Which rows of a list are listed, and in which order: worked out in a thread, told by a message."""

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker import get_current_worker

from tui.panes.data.listing import Arrangement, arrange

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui.panes.data.shown import ShownRows

_GROUP = "arrange"


class Arranging:
    """A filter and a sort. Its owner gets an Arranged message and keeps its `order` here."""

    def __init__(self, owner: "Widget") -> None:
        self._owner = owner
        self.wanted = Arrangement()
        """What was asked for; it may still be worked out."""
        self.order: Any = None
        """int64, numbers of the rows in order; None for all as they come."""

    def begin(self, rows: "ShownRows | None", wanted: Arrangement) -> bool:
        """Ask for other rows; whether a thread works them out. All rows as they come are there at once."""
        self._owner.workers.cancel_group(self._owner, _GROUP)
        self.wanted = wanted
        if wanted.plain or rows is None:
            return False
        self._owner.run_worker(partial(self._work_out, rows, wanted), thread=True, exclusive=True, group=_GROUP)
        return True

    def order_of(self, rows: "ShownRows") -> Any:
        """The order, where it is of these rows: another source may come while it was worked out."""
        order = self.order
        return order if order is None or not len(order) or int(order.max()) < rows.count else None

    def _work_out(self, rows: "ShownRows", wanted: Arrangement) -> None:
        worker = get_current_worker()
        found = arrange(rows, wanted, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self._owner.post_message(found)
