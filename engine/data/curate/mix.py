"""Rows of a second source among those of the first, such as general instruction data against forgetting.

A row that the layout of the first source understands comes as it is. Another is recognised by its own format and
written in the first source's: turns as turns, into the fields that the recipe's mapping names where there is one.
What that format cannot hold, such as earlier rounds of a conversation in plain text, is not mixed in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.conversations import Layout, Unfit, likely
from engine.data.curate.context import Context, rows_words
from engine.data.curate.curated import Curated, StepLog, uncurated
from engine.data.example import Example
from engine.data.export.shapes import as_row, known_shape
from engine.data.records import Records, Row
from engine.data.splitting.order import mixed
from engine.recipe import Mapping, Mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_SAMPLE_ROWS = 500
_AS_IT_IS = 0.5
"""From this share of a sample that the first source's layout understands, the second is laid out like it."""
_MAPPED: dict[str, str] = {
    "prompt": "prompt", "answer": "completion", "text": "text", "chosen": "chosen", "rejected": "rejected",
    "label": "label", "solution": "solution",
}  # fmt: skip
"""The field that holds a role in the format with the same roles."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Rows of a second source as the first one's layout has them. It is a `Records`."""

    records: Records
    theirs: Layout
    ours: Layout

    @property
    def count(self) -> int:
        """Rows there are."""
        return self.records.count

    def row(self, number: int) -> Row:
        """One row. Raises Unfit where it cannot be written so."""
        return self._converted(self.records.row(number))

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows in order; one that cannot be written so comes as it is."""
        for row in self.records.rows(start, stop):
            try:
                yield self._converted(row)
            except Unfit:
                yield row

    def _converted(self, row: Row) -> Row:
        example = self.theirs.example(row)
        if self.ours.format == "mapping":
            return _as_mapped(example, self.ours.mapping)
        return as_row(example, known_shape(self.ours.format, "data.format"))


def mix(state: Curated, step: Mix, context: Context) -> Curated:
    """Add rows of a second source after all others, those that the seed chooses, in their order."""
    opened = opened_mix(step, context)
    wanted = round(state.count * step.share / (1 - step.share))
    chosen = _choose(opened, wanted, step.seed, context)
    number = len(state.opened)
    if number > 255:
        raise context.refuse("more than 255 sources: write some of them into one file")
    after = state.count + len(chosen)
    words = f"{rows_words(len(chosen))} of {PurePath(step.source).name}, {len(chosen) / max(1, after):.1%} of all"
    if len(chosen) < wanted:
        words += f": {wanted:,} were wanted, and no more can be used"
    return replace(
        state,
        opened=(*state.opened, opened),
        origins=np.concatenate((state.origins, chosen)),
        sources=np.concatenate((state.sources, np.full(len(chosen), number, dtype=np.uint8))),
        log=(*state.log, StepLog(step.step, state.count, after, words)),
    )


def opened_mix(step: Mix, context: Context) -> Records:
    """The second source's rows as the first one's layout has them. Raises DataError when none can be."""
    records = context.open_source(step.source)
    ours = context.layout
    sample = _sample(records)
    if sum(_fits(ours, row) for row in sample) >= _AS_IT_IS * max(1, len(sample)):
        return records
    _refuse_templates(ours, context)
    theirs = likely(records)
    converted = Converted(records, theirs, ours)
    why = _why_none(converted, sample)
    if why:
        raise context.refuse(f"{step.source}: no row can be mixed in: {why}")
    return converted


def _why_none(converted: Converted, sample: Sequence[Row]) -> str:
    """Why no row of a sample can be written as the first source's; "" where one can."""
    why = "it has no rows"
    for row in sample:
        try:
            converted.ours.example(converted._converted(row))
        except Unfit as error:
            why = str(error)
        else:
            return ""
    return why


def _choose(records: Records, wanted: int, seed: int, context: Context) -> "Numbers":
    """Numbers of rows that the layout understands, ascending; which ones, the seed decides."""
    order = np.argsort(mixed(np.arange(records.count, dtype=np.uint64), seed), kind="stable").astype(np.int64)
    chosen: list[Numbers] = []
    missing, tried = wanted, 0
    while missing and tried < len(order):
        candidates = order[tried : tried + missing + missing // 8 + 64]
        tried += len(candidates)
        rising = np.argsort(candidates)
        view = replace(uncurated(records), origins=candidates[rising], sources=np.zeros(len(rising), dtype=np.uint8))
        fits = np.empty(len(rising), dtype=np.bool_)
        fits[rising] = np.fromiter(
            (example is not None for _, example in context.examples(view)), np.bool_, len(rising)
        )
        chosen.append(candidates[fits][:missing])
        missing -= len(chosen[-1])
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.int64)


def _sample(records: Records) -> list[Row]:
    """Rows from all over a source."""
    step = max(1, records.count // _SAMPLE_ROWS)
    return [records.row(number) for number in range(0, records.count, step)][:_SAMPLE_ROWS]


def _fits(layout: Layout, row: Row) -> bool:
    try:
        layout.example(row)
    except Unfit:
        return False
    return True


def _refuse_templates(layout: Layout, context: Context) -> None:
    if layout.format != "mapping":
        return
    for role in sorted(layout.mapping.roles):
        pattern = getattr(layout.mapping, role)
        if "{" in pattern:
            raise context.refuse(
                f"data.mapping.{role} is a template, and rows of another format cannot be put into it: export the "
                "source as messages first, or bring the second source into the same fields"
            )


def _as_mapped(example: Example, mapping: Mapping) -> Row:
    """A row whose mapped fields hold what the example has. Raises Unfit."""
    roles = mapping.roles
    shape = next(
        (shape for role, shape in _BY_ROLE.items() if role in roles),
        "prompt_completion",
    )
    if mapping.system:
        turns = tuple(message for message in example.conversation if message.role != "system")
        example = replace(example, conversation=turns)
    plain = as_row(example, known_shape(shape))
    row: Row = {}
    for role in sorted(roles):
        _put(row, getattr(mapping, role), plain[_MAPPED[role]])
    return row


_BY_ROLE = {"text": "text", "chosen": "preference", "label": "unpaired", "solution": "prompt_answer"}


def _put(row: Row, path: str, value: Any) -> None:
    """Set a field, `a.b` as a field in a field."""
    *parents, last = path.split(".")
    for name in parents:
        row = row.setdefault(name, {})
    row[last] = value
