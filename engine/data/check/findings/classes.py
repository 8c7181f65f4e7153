"""Check 6: no class is far larger than another, and each has rows enough; and how many rows there are in all."""

from collections.abc import Sequence

import numpy as np

from engine.data.check.columns import Columns
from engine.data.check.findings import Findings, counted, listing
from engine.data.check.report import Finding

MOST_RATIO = 5
"""How many times larger than the smallest a class may be (field guide)."""
LEAST_OF_CLASS = 50
"""Rows that a class needs at least (field guide: 50-100 for a simple classification, 100-300 are usual)."""
LEAST_ROWS = 200
"""Good examples below which a prompt with some of them often does as well (field guide)."""
_LABELLED = 0.95
"""Share of rows that must have a label for labels to be classes."""
_REPEATS = 2
"""Rows that a class has on average at least; free answers that happen to be short have fewer."""
_MANY_NUMBERS = 20
"""Different answers that are numbers beyond this are results of sums, not classes."""


def balance(columns: Columns) -> Findings:
    """class_balance and small_classes."""
    labels = columns.labels
    if not columns.has_classes or not _are_classes(columns):
        return
    counts = np.bincount(labels[labels >= 0], minlength=len(columns.classes))
    largest, smallest = int(np.argmax(counts)), int(np.argmin(counts))
    told = (
        f"{columns.classes[largest]} has {counted(int(counts[largest]), 'row')} and "
        f"{columns.classes[smallest]} {int(counts[smallest]):,}"
    )
    if counts[largest] > MOST_RATIO * counts[smallest]:
        small = counts * MOST_RATIO < counts[largest]
        rows = (labels >= 0) & small[labels]
        yield Finding(
            code="class_balance", severity="warn", count=int(rows.sum()),
            text=(
                f"the largest of {len(counts):,} classes is {counts[largest] / counts[smallest]:.1f} times the "
                f"smallest (up to {MOST_RATIO} is fine): {told}; "
                f"{counted(int(small.sum()), 'class is', 'classes are')} too small"
            ),
            mend="add rows of the small classes, or the step balance to data.curate",
        ), columns.numbers[rows]  # fmt: skip
    few = counts < LEAST_OF_CLASS
    if few.any():
        rows = (labels >= 0) & few[labels]
        names = [columns.classes[place] for place in np.argsort(counts, kind="stable")[: min(3, int(few.sum()))]]
        yield Finding(
            code="small_classes", severity="note", count=int(rows.sum()),
            text=(
                f"{counted(int(few.sum()), 'class has', 'classes have')} under {LEAST_OF_CLASS} rows, such as "
                f"{listing([f'{name} ({counts[columns.classes.index(name)]:,})' for name in names])}"
            ),
            mend="100 to 300 rows a class are usual; add rows of these",
        ), columns.numbers[rows]  # fmt: skip


def size(columns: Columns) -> Findings:
    """few_rows."""
    count = len(columns.numbers)
    if count < LEAST_ROWS:
        yield Finding(
            code="few_rows", severity="note", count=0,
            text=f"{counted(count, 'usable row')}: under {LEAST_ROWS}, a prompt with a few of them often does as well",
            mend="add examples, and measure such a prompt before training",
        ), np.empty(0, np.int64)  # fmt: skip


def are_classes(names: Sequence[str], labelled: int, rows: int) -> bool:
    """Whether labels name classes, and are not answers that happen to be short.

    `names`: the different labels. `labelled`: rows that have one, of how many `rows`.
    """
    classes = len(names)
    if classes < 2 or labelled < _LABELLED * rows or classes * _REPEATS > labelled:
        return False
    numbers = sum(_is_number(name) for name in names)
    return numbers <= _MANY_NUMBERS or numbers < classes / 2


def _are_classes(columns: Columns) -> bool:
    return are_classes(columns.classes, int((columns.labels >= 0).sum()), len(columns.labels))


def _is_number(text: str) -> bool:
    return text.strip("$€£%").replace(",", "").replace(".", "").lstrip("-").isdigit()
