"""Which rows are listed and in which order: a filter and a sort, worked out in a thread, told by a message."""

import re
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.message import Message

from engine.errors import DataError

if TYPE_CHECKING:
    from tui.panes.data.shown import ShownRows


SORTS = ("tokens", "trained", "chars", "turns", "number")
"""What rows may be sorted by besides their fields."""
_COUNTED = re.compile(r"\b(chars|turns)\b")
_paths: "weakref.WeakKeyDictionary[Any, dict[str, str]]" = weakref.WeakKeyDictionary()
_measured: "weakref.WeakKeyDictionary[Any, Any]" = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What the user asked for."""

    filter: str = ""
    """A line of terms; "" lists all rows."""
    sort: str = ""
    """A field, or `tokens` and the like; "-" before it puts the largest first; "" keeps the source's order."""

    @property
    def plain(self) -> bool:
        """Whether all rows are listed as they come."""
        return not self.filter and not self.sort


class Arranged(Message):
    """Rows to list; newer takes the place of older."""

    def __init__(self, arrangement: Arrangement, order: Any, problem: str = "") -> None:
        """`order`: int64, numbers of the rows in order; None for all as they come."""
        super().__init__()
        self.arrangement = arrangement
        self.order = order
        self.problem = problem

    def can_replace(self, message: Message) -> bool:
        """Whether `message`, which came later, makes this one needless."""
        return isinstance(message, Arranged)


def arrange(rows: "ShownRows", wanted: Arrangement, cancelled: Callable[[], bool]) -> Arranged:
    """Filter and sort. What cannot be asked, or is not known yet, is told as a problem."""
    from engine.data.browse.filters import filter_rows, parse_filter
    from engine.data.browse.order import sort_rows
    from engine.errors import Cancelled, UserError

    try:
        order: Any = None
        known = known_of(rows)
        if _COUNTED.search(f"{wanted.filter} {wanted.sort}"):
            known = _with_measures(rows, known, cancelled)
        if wanted.filter:
            order = filter_rows(rows.records, known, parse_filter(wanted.filter, fields_of(rows)), cancelled)
        if wanted.sort:
            by = wanted.sort.removeprefix("-")
            _check_sort(by, fields_of(rows))
            order = sort_rows(rows.records, known, by, wanted.sort.startswith("-"), order, cancelled)
    except Cancelled:
        return Arranged(wanted, None, "given up")
    except (UserError, ValueError) as error:
        return Arranged(wanted, None, str(error))
    return Arranged(wanted, order)


def _check_sort(by: str, fields: dict[str, str]) -> None:
    """Raise DataError where there is nothing of that name to sort by."""
    from engine.data.browse.near import did_you_mean
    from engine.data.browse.paths import is_path, without_places

    name = by.removeprefix("field:")
    if name not in SORTS and not is_path(name, fields):
        raise DataError(f"no field is called {name}: {did_you_mean(without_places(name, fields), [*SORTS, *fields])}")


def fields_of(rows: "ShownRows") -> dict[str, str]:
    """The names that a filter or a sort may use, each with its kind."""
    from engine.data.browse.paths import paths_of

    found = _paths.get(rows.records)
    if found is None:
        found = _paths[rows.records] = dict(paths_of(rows.records))
    return found


def known_of(rows: "ShownRows") -> Any:
    """What is known of each row besides its record."""
    import numpy as np

    from engine.data.audit_flags import Flag, code_of
    from engine.data.browse.known import Known

    tokens = trained = None
    flags: dict[str, Any] | None = None
    if rows.audit is not None:
        tokens, trained = (_spread(rows, column) for column in (rows.audit.tokens(), rows.audit.trained_tokens()))
        flags = {code_of(flag): rows.numbers(rows.audit.rows_with(flag)) for flag in Flag if flag}
    report = rows.report
    findings = (
        {} if report is None else {found.code: np.asarray(report.rows_of(found.code)) for found in report.findings}
    )
    unfit = rows.dataset.survey.unfit_rows if rows.dataset is not None else None
    return Known(
        tokens=tokens,
        trained=trained,
        side=rows.sides if rows.dataset is not None else None,
        findings=findings,
        marked=rows.marked,
        unfit=unfit,
        flags=flags,
        edited=rows.edited,
    )


def _with_measures(rows: "ShownRows", known: Any, cancelled: Callable[[], bool]) -> Any:
    """What is known, with characters and turns, which one pass counts; they are remembered for as long as the rows."""
    from engine.data.browse.measures import measure, turns_of

    found = _measured.get(rows.records)
    if found is None:
        found = _measured[rows.records] = measure(rows.records, turns_of(rows.records, rows.layout), cancelled)
    return replace(known, chars=found.chars, turns=found.turns)


def _spread(rows: "ShownRows", column: Any) -> Any:
    """A column of the examples as one of all rows; -1 where a row is none."""
    import numpy as np

    if rows.dataset is None or len(column) == rows.count:
        return column
    spread = np.full(rows.count, -1, column.dtype)
    spread[rows.numbers(np.arange(len(column)))] = column
    return spread
