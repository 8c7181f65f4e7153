"""Checks 7, 8 and 10: what is measured on must not be trained on; and whether enough is measured on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.check.benchmarks import Benchmarks
from engine.data.check.columns import Columns
from engine.data.check.findings import Findings, counted, listing, share
from engine.data.check.report import Finding

LEAST_HELD_OUT = 100
"""Rows that the comparison of base and tuned should have (field guide: 100-500)."""
_HALF_WIDTH = 0.98
"""Of the 95% interval of a share of one half, times the root of the rows: 1.96 x 0.5 (normal approximation)."""


@dataclass(frozen=True)
class Sides:
    """The numbers in the records of the rows of each side; int64."""

    train: Any
    validation: Any
    held_out: Any
    notes: tuple[str, ...] = ()
    """What a person should know of how the split came out."""


@dataclass(frozen=True)
class Measured:
    """What is measured on, beside the rows that are trained on. Places are in the columns."""

    train: Any
    """Places of training rows."""
    validation: Any
    held_out: Any
    """Of a split; the rows of a held-out file have no place."""
    file_keys: Any
    """uint64: prompt keys of a held-out file's rows; empty without one."""

    @property
    def learned(self) -> Any:
        """Places of training rows, and then of validation rows, by which the best checkpoint is chosen."""
        return np.concatenate((self.train, self.validation))

    @property
    def is_trained(self) -> Any:
        """bool (learned,): whether it is a training row."""
        return np.arange(len(self.train) + len(self.validation)) < len(self.train)

    @property
    def held_out_rows(self) -> int:
        """Rows that the comparison uses."""
        return len(self.held_out) + len(self.file_keys)


def leakage(columns: Columns, measured: Measured) -> Findings:
    """leakage: training rows that ask what validation or held-out rows do; validation rows, what held-out rows do."""
    in_validation, in_held_out = _asked_too(columns, measured)
    yield from _leak(
        columns, measured, in_validation, in_held_out, "leakage", "error",
        "ask what they are measured on",
        "split by prompt (data.split.by = \"random\" keeps equal prompts together), or leave them out with drop_rows",
    )  # fmt: skip


def near_leakage(columns: Columns, measured: Measured, alike: Any) -> Findings:
    """near_leakage: the same for near duplicates of whole rows.

    `alike`: for each row, and then each of the held-out file, the first that it is a near duplicate of.
    """
    groups = alike[measured.learned]
    rows = len(columns.numbers)
    in_validation = np.isin(groups, alike[measured.validation]) & measured.is_trained
    in_held_out = np.isin(groups, np.concatenate((alike[measured.held_out], alike[rows:])))
    exactly = np.logical_or(*_asked_too(columns, measured))
    yield from _leak(
        columns, measured, in_validation & ~exactly, in_held_out & ~exactly, "near_leakage", "warn",
        "are nearly what they are measured on",
        "leave them out with drop_rows; within one source the step drop_near_duplicates of data.curate does it",
    )  # fmt: skip


def _asked_too(columns: Columns, measured: Measured) -> tuple[Any, Any]:
    """bool (learned,), twice: whether it is trained and asks what validation does; whether it asks what held-out do."""
    has_prompt = columns.rows["prompt_characters"] > 0
    keys = np.where(has_prompt, columns.rows["prompt_key"], columns.rows["row_key"])
    learned = keys[measured.learned]
    return (
        np.isin(learned, keys[measured.validation]) & measured.is_trained,
        np.isin(learned, np.concatenate((keys[measured.held_out], measured.file_keys))),
    )


def _leak(
    columns: Columns,
    measured: Measured,
    in_validation: Any,
    in_held_out: Any,
    code: str,
    severity: str,
    what: str,
    mend: str,
) -> Findings:
    concerned = in_validation | in_held_out
    count = int(concerned.sum())
    if count:
        parts = [
            f"{int(part.sum()):,} {name}"
            for part, name in ((in_validation, "validation"), (in_held_out, "held-out"))
            if part.any()
        ]
        yield Finding(
            code=code, severity=severity, count=count,  # type: ignore[arg-type]
            text=f"{counted(count, 'row')} of training and validation ({share(count, len(concerned))}) {what} "
            f"({listing(parts)}): what is measured on them is memory",
            mend=mend,
        ), np.sort(columns.numbers[measured.learned[concerned]])  # fmt: skip


def benchmarks(columns: Columns, known: Benchmarks) -> Findings:
    """benchmarks: rows that hold questions of public benchmarks."""
    bits = columns.rows["benchmarks"]
    holds = bits > 0
    count = int(holds.sum())
    if count:
        told = listing(
            [
                f"{int((bits >> bit & 1).sum()):,} of {name}"
                for bit, name in enumerate(known.names)
                if (bits >> bit & 1).any()
            ]
        )
        yield Finding(
            code="benchmarks", severity="warn", count=count,
            text=f"{counted(count, 'row holds', 'rows hold')} questions of public benchmarks ({told}): "
            "scores on these would be memory",
            mend="leave them out with drop_rows, or do not report these benchmarks",
        ), columns.numbers[holds]  # fmt: skip


def split_sizes(measured: Measured, notes: Sequence[str] = ()) -> Findings:
    """split: a side that is missing, and what the splitting has to say; few_held_out: too few to tell."""
    nothing = np.empty(0, np.int64)
    missing = []
    if not len(measured.validation):
        missing.append("no validation rows: overfitting will not be seen (data.split.validation)")
    if not measured.held_out_rows:
        missing.append("no held-out rows: base and tuned cannot be compared (data.split.held_out)")
    if missing or notes:
        yield Finding(
            code="split", severity="warn" if missing else "note", count=0, text="; ".join((*missing, *notes)),
            mend="90/5/5 from 1,000 rows, 80/10/10 below: leave both shares empty to have that",
        ), nothing  # fmt: skip
    if 0 < measured.held_out_rows < LEAST_HELD_OUT:
        unsure = 100 * _HALF_WIDTH / math.sqrt(measured.held_out_rows)
        yield Finding(
            code="few_held_out", severity="note", count=0,
            text=f"{counted(measured.held_out_rows, 'held-out row')}: a score of 50% on them is known to "
            f"within {unsure:.0f} points",
            mend="100 to 500 rows are usual: raise data.split.held_out, or name a file in data.held_out",
        ), nothing  # fmt: skip
