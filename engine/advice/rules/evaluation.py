"""How base and tuned are compared."""

import math

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found

FEW, USUAL, MANY = 100, 200, 500
"""Rows that are answered (guide §5: 100-500)."""
_USUAL_GAIN = 5.0


@rule("threshold_none", "notes", "evaluation.threshold", "guide §1: a metric with a threshold above the base model")
def threshold_none(case: Case) -> Found | None:
    """A gain that nobody asked for before the run proves nothing after it: say how many points make it worth it."""
    if case.recipe.evaluation.threshold is not None or case.method == "cpt":
        return None
    return Found("It is not said how much better the tuned model must be.", {"evaluation.threshold": _USUAL_GAIN})


@rule("threshold_in_noise", "notes", "evaluation.threshold", "guide §5: Bootstrap intervals and a paired test")
def threshold_in_noise(case: Case) -> Found | None:
    """A threshold that is far smaller than what so few rows can tell is met or missed by chance."""
    threshold, rows = case.recipe.evaluation.threshold, min(case.recipe.evaluation.rows, case.data.held_out)
    if threshold is None or case.data.held_out < FEW:  # of fewer held-out rows another rule tells
        return None
    noise = 98 / math.sqrt(rows)
    if threshold >= noise / 2:
        return None
    return Found(
        f"{threshold:g} points are asked for, and {rows} rows tell a share to {noise:.0f}.",
        {"evaluation.threshold": float(math.ceil(noise / 2))},
    )


@rule("evaluation_few", "notes", "evaluation.rows", "guide §5: 100-500 held-out rows")
def evaluation_few(case: Case) -> Found | None:
    """The fewer rows are answered, the larger a gain must be before it can be told from chance."""
    rows = case.recipe.evaluation.rows
    if rows >= FEW:
        return None
    return Found(f"{rows} rows are answered; {FEW}-{MANY} are needed to tell.", {"evaluation.rows": USUAL})


@rule("evaluation_many", "notes", "evaluation.rows", "guide §5: 100-500 held-out rows")
def evaluation_many(case: Case) -> Found | None:
    """Each row is answered twice, by base and tuned; past 500 the interval hardly shrinks and the wait grows."""
    rows = case.recipe.evaluation.rows
    if rows <= MANY or (case.data.held_out and case.data.held_out <= MANY):
        return None
    return Found(f"{rows:,} rows are answered twice; {FEW}-{MANY} are enough to tell.", {"evaluation.rows": MANY})


@rule("metric_too_strict", "notes", "evaluation.metric", "guide §5: preference for open answers")
def metric_too_strict(case: Case) -> Found | None:
    """The same words are asked for by exact match, but free answers are right in many wordings."""
    if case.recipe.evaluation.metric != "exact_match" or case.task not in ("generation", "dialogue", "style"):
        return None
    return Found(f"Exact match calls nearly every answer of {case.task} wrong.", {"evaluation.metric": "token_f1"})


@rule("metric_of_extraction", "notes", "evaluation.metric", "guide §5: field-level F1 and exact match for extraction")
def metric_of_extraction(case: Case) -> Found | None:
    """By exact match one space or the order of keys decides; by fields it counts what is extracted."""
    if case.recipe.evaluation.metric != "exact_match" or case.task != "extraction":
        return None
    return Found(
        "Exact match counts an extraction with one wrong field as wrong.", {"evaluation.metric": "json_fields"}
    )


@rule(
    "evaluation_cut",
    "notes",
    "evaluation.max_new_tokens",
    "guide §2, check 5: too long for the context (their answers cut off)",
)
def evaluation_cut(case: Case) -> Found | None:
    """An answer that is cut off is wrong by every metric, however good it was."""
    limit, trained = case.recipe.evaluation.max_new_tokens, case.trained
    if trained is None or case.kind not in ("conversation", "preference") or trained.above(limit) < 0.01 * trained.rows:
        return None
    enough = 2 ** math.ceil(math.log2(trained.percentile(99.5) + 1))
    return Found(
        f"{trained.above(limit):,} of {trained.rows:,} answers are longer than {limit} tokens.",
        {"evaluation.max_new_tokens": enough},
    )
