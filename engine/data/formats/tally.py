"""Rows counted by the formats that they have the fields of, and by those that they fit.

A row is told first by its shape, which is looked up: the names and types of its fields, and which lists are of turns.
Only what may differ between rows of one shape (empty texts, roles, labels) is looked at row by row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from engine.data.example import Example
from engine.data.formats.conversational import speaker_key, unnamed_lists
from engine.data.formats.known import FORMATS, Format
from engine.data.formats.values import Unfit
from engine.data.records import Row
from engine.errors import Cancelled

Progress = Callable[[int, int], None]
"""Is told rows done and rows in all."""

IsCancelled = Callable[[], bool]
"""Is asked now and then whether to stop."""

_TOLD_ROWS = 10_000
_MOST_SHAPES = 10_000
"""Shapes kept; a source whose rows all differ must not fill the memory."""


class Candidate(NamedTuple):
    """A format that the rows may have."""

    format: Format
    claims: Callable[[Row], bool]
    surely: Callable[[Row], bool]
    example: Callable[[Row], Example]
    sole: bool = False
    """Whether it was asked for, so that rows without its fields are measured by it too."""


Names = tuple[Format, ...]

_Shape = tuple[Names, list[tuple[Format, Callable[[Row], bool], Callable[[Row], Example]]]]
"""Formats that claim rows of a shape, and for each how to tell whether such a row fits."""


class Tally(NamedTuple):
    """Rows counted by what claims them and what they fit, each a tuple of formats with the most particular first."""

    counts: Counter[tuple[Names, Names]]
    rows: int

    def fits(self, name: Format) -> int:
        """Rows that fit a format."""
        return sum(count for (_, fitting), count in self.counts.items() if name in fitting)

    def best(self) -> Format | None:
        """The format to which most rows belong; a row that fits several belongs to the most particular."""
        owned: Counter[Format] = Counter(dict.fromkeys(FORMATS, 0))  # of equals the first is the most common
        for (_, fitting), count in self.counts.items():
            if fitting:
                owned[fitting[0]] += count
        best, count = owned.most_common(1)[0]
        return best if count else None

    def parts(self, best: Format) -> tuple[tuple[Format, int], ...]:
        """The best format and those of rows that do not even have its fields; () where there are none."""
        others: Counter[Format] = Counter()
        for (claimed, fitting), count in self.counts.items():
            if fitting and best not in claimed:
                others[fitting[0]] += count
        return ((best, self.fits(best)), *others.most_common()) if others else ()


def count_rows(
    rows: Iterable[Row],
    total: int,
    candidates: Sequence[Candidate],
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Tally:
    """One pass over the rows."""
    shapes: dict[tuple[object, ...], tuple[Sequence[str], dict[tuple[str, ...], _Shape]]] = {}
    counts: Counter[tuple[Names, Names]] = Counter()
    done = 0
    for done, row in enumerate(rows, start=1):
        key = (*row, *map(type, row.values()))
        if key not in shapes:
            shapes[key] = (unnamed_lists(row), {})
        lists, told = shapes[key]
        speakers = tuple([speaker_key(row[name]) for name in lists]) if lists else ()
        shape = told.get(speakers)
        if shape is None:
            shape = told[speakers] = _shape(row, candidates)
        claimed, tests = shape
        fitting = tuple([name for name, surely, example in tests if surely(row) or _fits(example, row)])
        counts[claimed, fitting] += 1
        if done % _TOLD_ROWS == 0:
            _tell(done, total, progress, cancelled)
            if len(shapes) > _MOST_SHAPES:
                shapes.clear()
    _tell(done, total, progress, cancelled)
    return Tally(counts, done)


def _tell(done: int, total: int, progress: Progress | None, cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled
    if progress is not None:
        progress(done, total)


def _shape(row: Row, candidates: Sequence[Candidate]) -> _Shape:
    """What to try on rows of this row's shape."""
    claimed = {it.format for it in candidates if it.claims(row)}
    tests = [
        (it.format, it.surely if it.format in claimed else _never, it.example)
        for it in candidates
        if it.sole or it.format in claimed
    ]
    return tuple(name for name, _, _ in tests), tests


def _fits(example: Callable[[Row], Example], row: Row) -> bool:
    try:
        example(row)
    except Unfit:
        return False
    return True


def _never(row: Row) -> bool:
    return False
