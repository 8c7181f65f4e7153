"""Which format the rows of a source have: the one to which most of all its rows belong."""

from collections.abc import Callable, Sequence
from typing import get_args

from engine.data.example import Example
from engine.data.formats.guess import guess_of
from engine.data.formats.known import FORMATS, KNOWN, Format
from engine.data.formats.layout import Layout
from engine.data.formats.mapped import mapped
from engine.data.formats.sample import SAMPLE_ROWS, as_records, sample
from engine.data.formats.tally import Candidate, IsCancelled, Progress, Tally, count_rows
from engine.data.formats.values import Unfit
from engine.data.records import Records, Row
from engine.errors import DataError
from engine.recipe import Mapping

_LOOKED_AT = 10_000
"""Rows among which one is sought to say what is wrong with."""


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
    tally = count_rows(records.rows(), records.count, candidates, progress, cancelled)
    layout = _layout(tally, candidates, mapped_as, guessed)
    return layout if layout.fits else _by_guess(records, candidates, tally, name)


def likely(records: Records | Sequence[Row], wanted: str = "auto", mapping: Mapping | None = None) -> Layout:
    """The layout of a sample; its figures are the sample's. Nothing may fit."""
    records = as_records(records)
    candidates, mapped_as, guessed = _candidates(records, wanted, mapping)
    return _layout(count_rows(sample(records), SAMPLE_ROWS, candidates), candidates, mapped_as, guessed)


def as_format(name: str) -> Format:
    """A format by its name. Raises DataError."""
    for known in get_args(Format):
        if known == name:
            return known  # type: ignore[no-any-return]
    raise DataError(f"data.format: {name} is none of {', '.join(get_args(Format))}")


def _candidates(records: Records, wanted: str, mapping: Mapping | None) -> tuple[list[Candidate], Mapping, bool]:
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


def _of_format(name: Format, *, sole: bool = False) -> Candidate:
    if name == "mapping":
        raise DataError("data.format: mapping needs data.mapping: set data.mapping.prompt and data.mapping.answer")
    known = KNOWN[name]
    return Candidate(name, known.claims, known.surely, known.example, sole)


def _of_mapping(mapping: Mapping, claims: Callable[[Row], bool], *, sole: bool = False) -> Candidate:
    made = mapped(mapping)
    return Candidate("mapping", claims, made.surely, made.example, sole)


def _always(row: Row) -> bool:
    return True


def _layout(tally: Tally, candidates: Sequence[Candidate], mapping: Mapping, guessed: bool) -> Layout:
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


def _by_guess(records: Records, candidates: Sequence[Candidate], tally: Tally, name: str) -> Layout:
    """The layout of rows that fit none of the candidates, by the names of their fields. Raises DataError."""
    guess = None if candidates[0].sole else guess_of(sample(records))
    if guess is not None:
        mapping = [_of_mapping(guess.mapping, guess.claims)]
        layout = _layout(count_rows(records.rows(), records.count, mapping), mapping, guess.mapping, guessed=True)
        if layout.fits:
            return layout
    raise DataError(_no_rows(records, candidates, tally, name))


def _no_rows(records: Records, candidates: Sequence[Candidate], tally: Tally, name: str) -> str:
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
    for number, row in enumerate(records.rows(0, _LOOKED_AT), start=1):
        try:
            example(row)
        except Unfit as error:
            return number, str(error)
    return 1, "it has none of the format's fields"
