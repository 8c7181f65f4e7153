"""Check 9: what the audit has found in the rendered rows, as findings beside the others."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.audit import AuditTable
from engine.data.audit_flags import Flag
from engine.data.check.findings import Findings, counted, share
from engine.data.check.report import MOST_LISTED, Finding, Report, Severity


@dataclass(frozen=True, slots=True)
class _Told:
    flag: Flag
    code: str
    severity: Severity
    one: str
    many: str
    mend: str


_TOLD = (
    _Told(
        Flag.FAILED, "template", "error",
        "row is refused by the chat template", "rows are refused by the chat template",
        "correct their turns (data.curate: edit_row or drop_rows), or choose a base model whose template takes them",
    ),
    _Told(
        Flag.MASKED, "nothing_trained", "error",
        "row has no token that is trained", "rows have no token that is trained",
        "raise training.max_length, or leave them out with drop_rows",
    ),
    _Told(
        Flag.ANSWER_CUT | Flag.ANSWER_LOST, "answer_cut", "warn",
        "row's answer loses its end", "rows' answers lose their end",
        "raise training.max_length, or add the step length (most = …) to data.curate",
    ),
    _Told(
        Flag.NO_END, "no_end", "warn",
        "row does not end with an end token", "rows do not end with an end token",
        "a model trained on many will not know where to stop: see to the chat template, or raise training.max_length",
    ),
    _Told(
        Flag.DOUBLE_BOS, "double_bos", "warn",
        "row begins with two BOS tokens", "rows begin with two BOS tokens",
        "take the BOS token out of the chat template or of the texts",
    ),
    _Told(
        Flag.TURN_LOST, "turn_lost", "warn",
        "row loses a turn in the chat template", "rows lose a turn in the chat template",
        "choose a base model whose template takes such turns, or take them out of the rows",
    ),
)  # fmt: skip
_ESTIMATE = "too_long"
"""What the check estimates and the audit counts."""


def with_audit(report: Report, table: AuditTable, usable: Any) -> Report:
    """The report with what an audit of the same data has found; the estimate of long rows gives way to its count.

    `usable`: number in the records of each audited row.
    """
    made = list(_findings(table, np.asarray(usable, np.int64)))
    lists = {finding.code: rows[:MOST_LISTED] for finding, rows in made}
    return report.merged([finding for finding, _ in made], lists, without=[_ESTIMATE])


def flag_counts(flags: Any, *, same_length: bool) -> dict[str, int]:
    """Rows of each finding, by its code, from the flags of an audit; those that length alone makes are no findings.

    `flags`: uint16, one a row. `same_length`: whether rows were cut at the recipe's length; else what depends on that
    is left out.
    """
    counts = {it.code: _with(flags, it.flag, same_length) for it in _TOLD}
    return {code: count for code, count in counts.items() if count}


def _with(flags: Any, flag: Flag, same_length: bool) -> int:
    has = (flags & np.uint16(flag)) > 0
    if flag & (Flag.FAILED | Flag.DOUBLE_BOS | Flag.TURN_LOST):
        return int(has.sum())
    if flag is Flag.NO_END:  # a row that was cut has lost it by its length
        has &= (flags & np.uint16(Flag.CUT)) == 0
    elif not same_length:
        return 0
    return int(has.sum())


def _findings(table: AuditTable, usable: Any) -> Findings:
    for it in _TOLD:
        rows = table.rows_with(it.flag)
        if len(rows):
            yield Finding(
                code=it.code, severity=it.severity, count=len(rows), mend=it.mend,
                text=f"{counted(len(rows), it.one, it.many)} ({share(len(rows), table.count)}), as the audit counted",
            ), usable[rows]  # fmt: skip
