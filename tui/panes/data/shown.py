"""What the Data pane knows of the rows it shows: read from the data, the audit and the check, put together once.

Rows have numbers in the records (from 0); an example's place counts only rows that training can use. A row is called by
its number in the source, from 1: it stays the same whatever curation leaves out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.data.places import Places, Rest

if TYPE_CHECKING:
    from engine.data.audit import AuditedRow, AuditTable, RowCounts
    from engine.data.check.report import Report
    from engine.data.conversations import Layout
    from engine.data.dataset import Dataset
    from engine.data.example import Example
    from engine.data.records import Records, Row
    from engine.data.store import RowStore

SIDES = ("", "train", "validation", "held_out")
"""The sides of the split by their codes."""


@dataclass(frozen=True, eq=False)
class ShownRows:
    """The rows, and what is known of them so far."""

    store: "RowStore"
    dataset: "Dataset | None" = None
    """None until the rows are sorted."""
    audit: "AuditTable | None" = None
    report: "Report | None" = None
    marked: frozenset[int] = field(default_factory=frozenset)
    """Numbers of the rows that the user has marked."""

    @property
    def records(self) -> "Records":
        """The rows."""
        return self.store if self.dataset is None else self.dataset.records

    @property
    def layout(self) -> "Layout | None":
        """How they become examples; None until that is known."""
        return None if self.dataset is None else self.dataset.layout

    @property
    def count(self) -> int:
        """Rows there are."""
        return self.records.count

    def row(self, number: int) -> "Row":
        """The record."""
        return self.records.row(number)

    def example(self, number: int) -> "tuple[Row, Example | None, str]":
        """The record, what it teaches, and why it teaches nothing ("" where that is not so, or not known)."""
        from engine.data.conversations import Unfit

        record = self.row(number)
        if self.layout is None:
            return record, None, ""
        try:
            return record, self.layout.example(record), ""
        except Unfit as error:
            return record, None, str(error)

    def place(self, number: int) -> int | None:
        """A row's place among the examples; None where it is none."""
        usable = self._usable
        if usable is None:
            return number if self.dataset is not None else None
        found = int(usable.searchsorted(number))
        return found if found < len(usable) and int(usable[found]) == number else None

    def counts(self, number: int) -> "RowCounts | None":
        """A row's tokens; None until they are counted, and for rows without any."""
        place = self.place(number) if self.audit is not None else None
        return None if place is None or self.audit is None else self.audit.counts(place)

    def audited(self, number: int) -> "AuditedRow | None":
        """A row as the model will see it."""
        place = self.place(number) if self.audit is not None else None
        return None if place is None or self.audit is None else self.audit.row(place)

    def numbers(self, places: Any) -> Any:
        """Numbers of the rows at these places among the examples, both int64 arrays."""
        return places if self._usable is None else self._usable[places]

    @cached_property
    def sides(self) -> Any:
        """uint8 of each row: place in SIDES."""
        import numpy as np

        codes = np.zeros(self.count, np.uint8)
        if self.dataset is not None:
            split = self.dataset.split
            if isinstance(split.train, Rest):  # all others; naming ten million of them takes 80 MB
                codes[:] = 1
                codes[self.dataset.survey.unfit_rows] = 0
            else:
                codes[self.numbers(split.train.array)] = 1
            for code, side in enumerate((split.validation, split.held_out), start=2):
                codes[self.numbers(side.array)] = code
        return codes

    @cached_property
    def odd(self) -> Any:
        """int64: rows that a person should look at: of no use, cut off, nothing trained, refused by the template."""
        import numpy as np

        unfit = self.dataset.survey.unfit_rows if self.dataset is not None else np.empty(0, np.int64)
        if self.audit is None:
            return unfit
        return np.union1d(unfit, self.numbers(np.asarray(self.audit.odd_rows(), np.int64)))

    @cached_property
    def edited(self) -> frozenset[int]:
        """Numbers of the rows that a step of the recipe has changed by hand."""
        changes = getattr(self.records, "changes", ())
        names = {row for change in changes for row in getattr(change, "records", {})}
        found = (self.named(name + 1) for name in names)
        return frozenset(number for number in found if number is not None)

    @cached_property
    def _origins(self) -> "tuple[Any, Any] | None":
        """(number in its source, source) of each row where the rows are curated."""
        origins = getattr(self.records, "origins", None)
        return None if origins is None else (origins, self.records.sources)  # type: ignore[attr-defined]

    def name(self, number: int) -> int:
        """A row's number in its source, from 1."""
        return (number if self._origins is None else int(self._origins[0][number])) + 1

    def mixed_in(self, number: int) -> bool:
        """Whether a row is of a second source."""
        return self._origins is not None and bool(self._origins[1][number])

    def named(self, name: int) -> int | None:
        """The row of a number in the source; None where it is left out or there is none."""
        import numpy as np

        if self._origins is None:
            return name - 1 if 0 < name <= self.count else None
        origins, sources = self._origins
        found = np.flatnonzero((origins == name - 1) & (sources == 0))
        return int(found[0]) if len(found) else None

    @cached_property
    def _usable(self) -> Any:
        """int64: numbers of the rows that are examples; None where all are."""
        usable: Sequence[int] = self.dataset.usable if self.dataset is not None else range(0)
        return usable.array if isinstance(usable, Places) else None
