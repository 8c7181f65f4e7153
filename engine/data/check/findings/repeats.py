"""Checks 2 and 3: rows that are the same or nearly so, and rows that contradict each other."""

from typing import Any

import numpy as np

from engine.data.check.columns import Columns
from engine.data.check.findings import Findings, counted, share
from engine.data.check.report import Finding

MANY_NEAR = 0.1
"""Share of near duplicates from which it is more than web text usually loses (field guide: 10-30% is much)."""


def duplicates(columns: Columns, copied: Any = None) -> Findings:
    """duplicates: each row whose texts an earlier row has.

    `copied`: bool (rows,), whether a row was repeated on purpose, to balance classes; None: none was.
    """
    again = repeated(columns.rows["row_key"])
    again = again if copied is None else again & ~copied
    count = int(again.sum())
    if count:
        kept = len(again) - count
        text = (
            f"{counted(count, 'row repeats', 'rows repeat')} an earlier one but for case and spaces "
            f"({share(count, len(again))}; {kept:,} differ)"
        )
        yield (
            Finding(
                code="duplicates",
                severity="warn",
                count=count,
                text=text,
                mend="add the step drop_duplicates to data.curate",
            ),
            columns.numbers[again],
        )


def near_duplicates(columns: Columns, alike: Any, threshold: float) -> Findings:
    """near_duplicates: each row that is nearly an earlier one, exact repeats not counted.

    `alike`: for each row the place of the first that it is a near duplicate of.
    """
    places = np.arange(len(alike))
    near = (alike != places) & ~repeated(columns.rows["row_key"])
    count = int(near.sum())
    if not count:
        return
    groups, sizes = np.unique(alike[near], return_counts=True)
    largest = int(np.argmax(sizes))
    text = (
        f"{counted(count, 'row is', 'rows are')} nearly an earlier one ({share(count, len(alike))}): at least "
        f"{threshold:.0%} of their word 5-grams are the same; {counted(len(groups), 'group')}, the largest is like row "
        f"{columns.numbers[groups[largest]] + 1:,} ({int(sizes[largest]) + 1:,} rows)"
    )
    severity = "warn" if count >= MANY_NEAR * len(alike) else "note"
    yield Finding(
        code="near_duplicates", severity=severity, count=count, text=text,  # type: ignore[arg-type]
        mend="add the step drop_near_duplicates to data.curate",
    ), columns.numbers[near]  # fmt: skip


def contradictions(columns: Columns) -> Findings:
    """contradictions: rows that are asked the same and answer differently, all of them listed."""
    keys, answers = columns.rows["input_key"], columns.rows["output_key"]
    applies = columns.rows["prompt_characters"] > 0
    order = np.lexsort((answers, keys))
    order = order[applies[order]]
    same_input = keys[order][1:] == keys[order][:-1]
    differs = same_input & (answers[order][1:] != answers[order][:-1])
    if not differs.any():
        return
    groups = np.cumsum(np.concatenate(([True], ~same_input)))
    at_odds = np.unique(groups[1:][differs])
    concerned = np.sort(order[np.isin(groups, at_odds)])
    first = columns.numbers[concerned[0]] + 1
    partner = columns.numbers[_partner(columns, concerned)] + 1
    yield Finding(
        code="contradictions", severity="warn", count=len(concerned),
        text=(
            f"{counted(len(concerned), 'row')} ({share(len(concerned), len(keys))}) ask the same and answer "
            f"differently: {counted(len(at_odds), 'question')} in all, such as rows {first:,} and {partner:,}"
        ),
        mend="decide which answer is right (data.curate: edit_row, drop_rows); where a field that decides is not in "
        "the prompt, map it in (data.mapping.prompt)",
    ), columns.numbers[concerned]  # fmt: skip


def repeated(keys: Any) -> Any:
    """bool (rows,): whether an earlier row has the same key."""
    _, first = np.unique(keys, return_index=True)
    again = np.ones(len(keys), bool)
    again[first] = False
    return again


def _partner(columns: Columns, concerned: Any) -> int:
    """The first row that contradicts the first one concerned."""
    rows = columns.rows[concerned]
    other = (rows["input_key"] == rows["input_key"][0]) & (rows["output_key"] != rows["output_key"][0])
    return int(concerned[np.argmax(other)])
