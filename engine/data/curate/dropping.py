"""Steps that leave rows out or write them anew: duplicates, lengths, languages, personal data, rows by number."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from engine.data.check.texts import body
from engine.data.curate.changes import Edits, Redaction, texts_in
from engine.data.curate.context import Context, counted, rows_words
from engine.data.curate.curated import Curated
from engine.data.curate.reading import rows_of
from engine.data.example import Example
from engine.data.records import Row
from engine.recipe import (
    DropDuplicates,
    DropNearDuplicates,
    DropRows,
    EditRow,
    Languages,
    LengthBounds,
    PersonalData,
)  # fmt: skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.curate.changes import Marks

_BETWEEN = " \0 "
"""Stands between a row's texts as a word of its own: `a b`, `c` and `a`, `b c` differ; `a `, `b` and `a`, `b` do not
differ."""


def drop_duplicates(state: Curated, step: DropDuplicates, context: Context) -> Curated:
    """Keep the first of rows whose texts, and label where they have one, are the same but for case and spaces."""
    key = context.tools().text_key
    keys = np.fromiter(
        (key(_identity(row, example)) for row, example in context.examples(state)), np.uint64, state.count
    )
    keep = np.zeros(state.count, dtype=np.bool_)
    keep[np.unique(keys, return_index=True)[1]] = True
    return state.kept(keep, step.step, _said(keep, "the same as an earlier one"))


def drop_near_duplicates(state: Curated, step: DropNearDuplicates, context: Context) -> Curated:
    """Keep the first of rows whose texts are nearly the same."""
    first = context.tools().near_duplicates(
        context.bodies(state), step.threshold, cancelled=context.cancelled, progress=lambda done: None
    )
    keep: NDArray[np.bool_] = np.asarray(first) == np.arange(state.count)
    return state.kept(keep, step.step, _said(keep, "nearly the same as an earlier one"))


def length(state: Curated, step: LengthBounds, context: Context) -> Curated:
    """Leave out rows shorter or longer than asked; a row without the prompt or answer to measure stays."""
    keep = np.ones(state.count, dtype=np.bool_)
    short = long = 0
    for number, (row, example) in enumerate(context.examples(state)):
        measured = _measured(step, row, example)
        if measured is None:
            continue
        short += measured < step.least
        long += step.most is not None and measured > step.most
        keep[number] = step.least <= measured and (step.most is None or measured <= step.most)
    of = "" if step.of == "row" else f" in the {step.of}"
    parts = [f"{short:,} below {step.least:,}"] * bool(step.least) + [f"{long:,} above {step.most or 0:,}"] * bool(
        step.most
    )
    return state.kept(keep, step.step, f"{' and '.join(parts) or 'no bounds: none'} {step.unit}{of}")


def language(state: Curated, step: Languages, context: Context) -> Curated:
    """Leave out rows whose answer, or where that is too short to tell whose texts, are in another language.

    A row too short to tell stays.
    """
    detect = context.tools().language
    keep = np.ones(state.count, dtype=np.bool_)
    dropped: Counter[str] = Counter()
    for number, (row, example) in enumerate(context.examples(state)):
        found = detect("\n".join(texts_in(row))) if example is None else detect(example.answer) or detect(body(example))
        if found and found not in step.keep:
            keep[number] = False
            dropped[found] += 1
    return state.kept(keep, step.step, counted(dropped) or "none in another language")


def personal_data(state: Curated, step: PersonalData, context: Context) -> Curated:
    """Redact texts, in every field and however deep, or leave out the rows that hold something."""
    tools = context.tools()
    unknown = [kind for kind in step.kinds if kind not in tools.kinds]
    if unknown:
        raise context.refuse(f"kinds: {unknown[0]} is none of {', '.join(tools.kinds)}")
    holds = np.zeros(state.count, dtype=np.bool_)
    kinds: Counter[str] = Counter()
    for number, row in enumerate(rows_of(state, context.progress, context.cancelled)):
        found = {piece.kind for text in texts_in(row) for piece in tools.find(text, step.kinds)}
        holds[number] = bool(found)
        kinds.update(found)
    what = f"{rows_words(int(holds.sum()))} with {counted(kinds)}" if kinds else "no row holds any"
    if step.action == "drop":
        return state.kept(~holds, step.step, what)
    marks = tuple(np.zeros(source.count, dtype=np.bool_) for source in state.opened)
    for source, marked in enumerate(marks):
        marked[state.origins[holds & (state.sources == source)]] = True
    return state.with_change(redaction(step, marks, context), step.step, what)


def redaction(step: PersonalData, marks: "Marks", context: Context) -> Redaction:
    """What a redacting step does to rows when they are read. `marks`: the rows that hold something."""
    return Redaction(lambda text: context.tools().redact(text, step.kinds), marks)


def drop_rows(state: Curated, step: DropRows, context: Context) -> Curated:
    """Leave out rows by their number in the source, and what was repeated of them."""
    total = state.opened[0].count
    beyond = next((row for row in step.rows if not 1 <= row <= total), None)
    if beyond is not None:
        raise context.refuse(f"there is no row {beyond:,}: the source has {total:,}: take it out of `rows`")
    wanted = np.array(sorted(set(step.rows)), dtype=np.int64) - 1
    keep = ~(np.isin(state.origins, wanted) & (state.sources == 0))
    return state.kept(keep, step.step, f"{rows_words(int((~keep).sum()))} by number")


def edit_row(state: Curated, step: EditRow, context: Context) -> Curated:
    """Put another record in the place of a row of the source."""
    total = state.opened[0].count
    if step.row > total:
        raise context.refuse(f"there is no row {step.row:,}: the source has {total:,}: take the step out")
    here = state.has(step.row - 1)
    words = f"row {step.row:,}" if here else f"row {step.row:,} was left out before"
    edited = edits(step, context)
    if state.changes and isinstance(last := state.changes[-1], Edits):
        merged = Edits(last.records | edited.records)
        before = Curated(state.opened, state.origins, state.sources, state.changes[:-1], state.log, state.key)
        return before.with_change(merged, step.step, words)
    return state.with_change(edited, step.step, words)


def edits(step: EditRow, context: Context) -> Edits:
    """The record of a step. Raises DataError when it is none."""
    try:
        record: Any = msgspec.json.decode(step.record)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise context.refuse(f"record: not valid JSON: {error}") from error
    if not isinstance(record, dict):
        raise context.refuse("record: is no object with fields")
    return Edits({step.row - 1: record})


def _identity(row: Row, example: Example | None) -> str:
    if example is None:
        return _BETWEEN.join(("unfit", *texts_in(row)))
    label = () if example.label is None else (str(example.label),)
    return _BETWEEN.join((*example.texts, *label))


def _measured(step: LengthBounds, row: Row, example: Example | None) -> int | None:
    """Characters or words; None where there is no prompt or answer to measure."""
    if step.of == "row":
        texts = tuple(texts_in(row)) if example is None else example.texts
    elif example is None:
        return None
    else:
        texts = (example.prompt if step.of == "prompt" else example.answer,)
    return sum(len(text) if step.unit == "characters" else len(text.split()) for text in texts)


def _said(keep: "NDArray[np.bool_]", what: str) -> str:
    return f"{rows_words(int((~keep).sum()))} {what}"
