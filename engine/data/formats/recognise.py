"""Which format the rows of a source have: how many of all its rows fit each.

A row is told first by its shape, the names and types of its fields, which is looked up; only what may differ between
rows of one shape (empty texts, roles, labels) is looked at row by row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, get_args

from engine.data.example import Example
from engine.data.formats.guess import guess_of
from engine.data.formats.known import FORMATS, KNOWN, Format
from engine.data.formats.layout import Layout
from engine.data.formats.mapped import mapped
from engine.data.formats.sample import SAMPLE_ROWS, as_records, sample
from engine.data.formats.values import Unfit
from engine.data.records import Records, Row
from engine.errors import Cancelled, DataError
from engine.recipe import Mapping

Progress = Callable[[int, int], None]
"""Is told rows done and rows in all."""

IsCancelled = Callable[[], bool]
"""Is asked now and then whether to stop."""

_TOLD_ROWS = 10_000
_MOST_SHAPES = 10_000
"""Shapes kept; a source whose rows all differ must not fill the memory."""


class _Candidate(NamedTuple):
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


class _Tally(NamedTuple):
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


def recognise(
    records: Records | Sequence[Row],
    wanted: str = "auto",
    mapping: Mapping | None = None,
    name: str = "data",
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Layout:
    """The layout of all rows: the recipe's mapping, the format it names, or the one to which most rows belong.

    Raises DataError, naming the fields there are, when no row fits, and Cancelled once `cancelled` says so.
    """
    records = as_records(records)
    candidates, mapped_as, guessed = _candidates(records, wanted, mapping)
    tally = _count(records.rows(), records.count, candidates, progress, cancelled)
    layout = _layout(tally, candidates, mapped_as, guessed)
    return layout if layout.fits else _by_guess(records, candidates, tally, name)


def likely(records: Records | Sequence[Row], wanted: str = "auto", mapping: Mapping | None = None) -> Layout:
    """The layout of a sample; its figures are the sample's. Nothing may fit."""
    records = as_records(records)
    candidates, mapped_as, guessed = _candidates(records, wanted, mapping)
    return _layout(_count(sample(records), SAMPLE_ROWS, candidates), candidates, mapped_as, guessed)


def as_format(name: str) -> Format:
    """A format by its name. Raises DataError."""
    for known in get_args(Format):
        if known == name:
            return known  # type: ignore[no-any-return]
    raise DataError(f"data.format: {name} is none of {', '.join(get_args(Format))}")


def _candidates(records: Records, wanted: str, mapping: Mapping | None) -> tuple[list[_Candidate], Mapping, bool]:
    """What the rows may be, the most particular first; with the mapping among it, and whether that is a guess."""
    if mapping is not None and mapping.given:
        return [_of_mapping(mapping, _always, sole=True)], mapping, False
    if wanted != "auto":
        return [_of_format(as_format(wanted), sole=True)], Mapping(), False
    found = {known: _of_format(known) for known in KNOWN}
    guess = guess_of(row for row in sample(records) if not _is_particular(row))
    if guess is not None:
        found["mapping"] = _of_mapping(guess.mapping, lambda row: not _is_particular(row) and guess.claims(row))
    return [found[known] for known in FORMATS if known in found], guess.mapping if guess else Mapping(), bool(guess)


def _is_particular(row: Row) -> bool:
    """Whether a row has the fields of a known format; a text alone is too little to go by."""
    return any(known.claims(row) for name, known in KNOWN.items() if name != "text")


def _of_format(name: Format, *, sole: bool = False) -> _Candidate:
    if name == "mapping":
        raise DataError("data.format: mapping needs data.mapping: set data.mapping.prompt and data.mapping.answer")
    known = KNOWN[name]
    return _Candidate(name, known.claims, known.surely, known.example, sole)


def _of_mapping(mapping: Mapping, claims: Callable[[Row], bool], *, sole: bool = False) -> _Candidate:
    made = mapped(mapping)
    return _Candidate("mapping", claims, made.surely, made.example, sole)


def _count(
    rows: Iterable[Row],
    total: int,
    candidates: Sequence[_Candidate],
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> _Tally:
    """One pass over the rows."""
    shapes: dict[tuple[object, ...], _Shape] = {}
    counts: Counter[tuple[Names, Names]] = Counter()
    done = 0
    for done, row in enumerate(rows, start=1):
        key = (*row, *map(type, row.values()))
        shape = shapes.get(key)
        if shape is None:
            shape = shapes[key] = _shape(row, candidates)
        claimed, tests = shape
        fitting = tuple([name for name, surely, example in tests if surely(row) or _fits(example, row)])
        counts[claimed, fitting] += 1
        if done % _TOLD_ROWS == 0:
            _tell(done, total, progress, cancelled)
            if len(shapes) > _MOST_SHAPES:
                shapes.clear()
    _tell(done, total, progress, cancelled)
    return _Tally(counts, done)


def _tell(done: int, total: int, progress: Progress | None, cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled
    if progress is not None:
        progress(done, total)


def _shape(row: Row, candidates: Sequence[_Candidate]) -> _Shape:
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


def _always(row: Row) -> bool:
    return True


def _never(row: Row) -> bool:
    return False


def _layout(tally: _Tally, candidates: Sequence[_Candidate], mapping: Mapping, guessed: bool) -> Layout:
    best = tally.best() or candidates[0].format
    fits = {it.format: count for it in candidates if (count := tally.fits(it.format))}
    is_mapping = best == "mapping"
    return Layout(
        best,
        mapping if is_mapping else Mapping(),
        fits.get(best, 0),
        tally.rows,
        guessed and is_mapping,
        {name: count / tally.rows for name, count in fits.items()},
        tally.parts(best),
    )


def _by_guess(records: Records, candidates: Sequence[_Candidate], tally: _Tally, name: str) -> Layout:
    """The layout of rows that fit none of the candidates, by the names of their fields. Raises DataError."""
    guess = None if candidates[0].sole else guess_of(sample(records))
    if guess is not None:
        mapping = [_of_mapping(guess.mapping, guess.claims)]
        layout = _layout(_count(records.rows(), records.count, mapping), mapping, guess.mapping, guessed=True)
        if layout.fits:
            return layout
    raise DataError(_no_rows(records, candidates, tally, name))


def _no_rows(records: Records, candidates: Sequence[_Candidate], tally: _Tally, name: str) -> str:
    """That no row fits, with the closest format, what is wrong with its first row, and the mend."""
    first = next(iter(records.rows(0, 1)), {})
    fields = ", ".join(list(first)[:12])[:200] or "none"
    closest = next((claimed[0] for (claimed, _), _ in tally.counts.most_common() if claimed), None)
    mend = "set data.mapping.prompt and data.mapping.answer to the fields that hold them"
    if closest is None:
        return f"{name}: no usable rows: their fields ({fields}) are no known format: {mend}"
    example = next(it.example for it in candidates if it.format == closest)
    number, reason = _first_reason(records, example)
    asked = "data.mapping" if closest == "mapping" else f"the {closest} format"
    return f"{name}: no usable rows: their fields ({fields}) do not fit {asked} (row {number}: {reason}): {mend}"


def _first_reason(records: Records, example: Callable[[Row], Example]) -> tuple[int, str]:
    for number, row in enumerate(records.rows(0, _TOLD_ROWS), start=1):
        try:
            example(row)
        except Unfit as error:
            return number, str(error)
    return 1, "it has none of the format's fields"
