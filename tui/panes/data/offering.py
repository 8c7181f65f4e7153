"""What is offered while a filter or a sort is typed."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.worker import get_current_worker

from tui.panes.data.listing import SORTS, fields_of, known_of

if TYPE_CHECKING:
    from textual.widget import Widget

    from engine.data.records import Records
    from tui.panes.data.shown import ShownRows
    from tui.widgets.find_line import Purpose

_GROUP = "values"
_values: "weakref.WeakKeyDictionary[Any, dict[str, tuple[str, ...]]]" = weakref.WeakKeyDictionary()
"""Values of fields that have few, for as long as their rows are there."""


class ValuesFound(Message):
    """More is known of what a filter may compare with; newer takes the place of older."""

    def can_replace(self, message: Message) -> bool:
        """Whether `message`, which came later, makes this one needless."""
        return isinstance(message, ValuesFound)


class Offering:
    """Looks through the rows for values to offer, once for each state of them. Its owner gets ValuesFound."""

    def __init__(self, owner: "Widget") -> None:
        self._owner = owner
        self._complete: weakref.WeakSet[Any] = weakref.WeakSet()

    def completer(self, purpose: "Purpose", rows: "ShownRows | None") -> "FilterCompleter | SortCompleter | None":
        """What helps to type a line of a purpose; for a filter, values are looked for from now on."""
        if rows is None:
            return None
        if purpose == "filter":
            self._begin(rows.records)
            return FilterCompleter(fields_of(rows), known_of(rows), rows.records)
        return SortCompleter((*SORTS, *fields_of(rows))) if purpose == "sort" else None

    def give_up(self) -> None:
        """The rows are others."""
        self._owner.workers.cancel_group(self._owner, _GROUP)

    def _begin(self, records: "Records") -> None:
        at_work = any(it.group == _GROUP and not it.is_finished for it in self._owner.workers if it.node is self._owner)
        if records not in self._complete and not at_work:
            self._owner.run_worker(partial(self._look, records), thread=True, exclusive=True, group=_GROUP)

    def _look(self, records: "Records") -> None:
        worker = get_current_worker()
        if look_for_values(records, lambda: worker.is_cancelled, lambda: self._owner.post_message(ValuesFound())):
            self._complete.add(records)


def look_for_values(records: "Records", cancelled: Callable[[], bool], tell: Callable[[], object]) -> bool:
    """Remember the values of fields that have few, telling each time there are more; whether that is complete."""
    from engine.data.browse.few import few_values
    from engine.errors import Cancelled, UserError

    try:
        for found in few_values(records, cancelled):
            _values[records] = found
            tell()
    except (Cancelled, UserError):
        return False
    return True


@dataclass(frozen=True)
class FilterCompleter:
    """Terms of a filter."""

    fields: dict[str, str]
    known: Any
    """What is known of rows, but for values."""
    records: "Records"

    def offers(self, line: str, cursor: int) -> list[str]:
        """What the term before the cursor may become."""
        from engine.data.browse.completing import completions

        known = replace(self.known, values=_values.get(self.records, {}))
        return completions(line, cursor, self.fields, known)

    def put(self, line: str, cursor: int, word: str) -> tuple[str, int]:
        """The line with the term in place."""
        from engine.data.browse.completing import complete

        return complete(line, cursor, word)


@dataclass(frozen=True)
class SortCompleter:
    """What rows may be sorted by."""

    names: tuple[str, ...]

    def offers(self, line: str, cursor: int) -> list[str]:
        """Names that begin with what is typed."""
        sign, typed = ("-", line[1:]) if line.startswith("-") else ("", line)
        return [sign + name for name in self.names if name.startswith(typed) and name != typed]

    def put(self, line: str, cursor: int, word: str) -> tuple[str, int]:
        """The word alone."""
        return word, len(word)
