"""Check 1: every line parses, and every row has the fields of its format, not empty."""

from collections.abc import Mapping, Sequence

import numpy as np

from engine.data.check.columns import Columns
from engine.data.check.findings import Findings, Found, counted, share
from engine.data.check.report import Finding
from engine.data.records import BadRow

_REASONS_SHOWN = 4


def fit(columns: Columns, rows: int, bad: Sequence[BadRow]) -> Findings:
    """bad_lines, unfit, empty."""
    if bad:
        yield _bad_lines(bad), np.empty(0, np.int64)
    empty = {reason: numbers for reason, numbers in columns.unfit.items() if "empty" in reason}
    unfit = {reason: numbers for reason, numbers in columns.unfit.items() if reason not in empty}
    if unfit:
        yield _grouped(
            "unfit", unfit, rows, "do not fit the format and are not used",
            "correct them (data.curate: edit_row), map their fields (data.mapping), or leave them out (drop_rows)",
        )  # fmt: skip
    if empty:
        yield _grouped(
            "empty", empty, rows, "have an empty field and are not used",
            "fill it in (data.curate: edit_row), or leave them out (drop_rows)",
        )  # fmt: skip


def fit_of_held_out(file: Columns) -> Findings:
    """held_out_unfit: rows of a held-out file that cannot be compared on."""
    count = sum(map(len, file.unfit.values()))
    if count:
        reason = max(file.unfit, key=lambda it: len(file.unfit[it]))
        yield Finding(
            code="held_out_unfit", severity="warn", count=count,
            text=f"{counted(count, 'row')} of the held-out file cannot be used (mostly: {reason})",
            mend="correct them in data.held_out",
        ), np.empty(0, np.int64)  # fmt: skip


def _bad_lines(bad: Sequence[BadRow]) -> Finding:
    first = f"{bad[0].file}: line" if bad[0].file else "line"
    return Finding(
        code="bad_lines", severity="error", count=len(bad),
        text=f"{counted(len(bad), 'line')} cannot be read (first: {first} {bad[0].line}, {bad[0].reason})",
        mend="correct them in the source; until then they are left out",
        examples=tuple(f"line {it.line}, byte {it.offset}: {it.reason}" for it in bad[:_REASONS_SHOWN]),
    )  # fmt: skip


def _grouped(code: str, reasons: Mapping[str, Sequence[int]], rows: int, what: str, mend: str) -> Found:
    """One finding for all reasons, the most frequent named first."""
    ordered = sorted(reasons.items(), key=lambda it: -len(it[1]))
    count = sum(map(len, reasons.values()))
    told = "; ".join(f"{len(numbers):,} {reason}" for reason, numbers in ordered[:_REASONS_SHOWN])
    more = f"; {len(ordered) - _REASONS_SHOWN} other reasons" if len(ordered) > _REASONS_SHOWN else ""
    finding = Finding(
        code=code, severity="error", count=count,
        text=f"{counted(count, 'row')} of {rows:,} ({share(count, rows)}) {what}: {told}{more}", mend=mend,
    )  # fmt: skip
    return finding, np.sort(np.concatenate([np.array(numbers, np.int64) for numbers in reasons.values()]))
