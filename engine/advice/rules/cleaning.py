"""What the newest check of the data found and the recipe does nothing about."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found

MANY_NEAR = 0.1
_TOLD = {
    "template": "refused by the chat template", "nothing_trained": "without a trained token",
    "answer_cut": "with a cut answer", "no_end": "without an end token", "too_short": "too short",
    "odd_characters": "with odd characters", "language": "in another language",
}  # fmt: skip
"""Findings that have no rule of their own, in words."""


@rule("rows_unusable", "warns", "data.source", "guide §2, check 1: one malformed line can fail silently")
def rows_unusable(case: Case) -> Found | None:
    """Lines that do not parse and rows that lack a field are left out of training, and nobody misses them."""
    found = case.found(("bad_lines", "unfit", "empty", "held_out_unfit"))
    count = sum(found.values())
    return Found(f"{_rows(count)} cannot be read or lack a field: see what the check lists.") if count else None


@rule("duplicates", "warns", "data.curate", "guide §2, check 2")
def duplicates(case: Case) -> Found | None:
    """A row that stands there twice is learned twice as hard, and one of the two may be what is measured on."""
    count = case.found(("duplicates",)).get("duplicates", 0)
    if not count or case.curated("drop_duplicates"):
        return None
    return Found(f"{_rows(count)} repeat an earlier one.", case.with_step(step="drop_duplicates"))


@rule("near_duplicates", "notes", "data.curate", "guide §2, check 2: web data loses 10-30%", may_warn=True)
def near_duplicates(case: Case) -> Found | None:
    """Rows that are nearly the same teach little more than one of them, and crowd out the others."""
    count = case.found(("near_duplicates",)).get("near_duplicates", 0)
    if not count or case.curated("drop_near_duplicates"):
        return None
    many = case.rows is not None and count >= MANY_NEAR * case.rows
    return Found(
        f"{_rows(count)} are nearly an earlier one.",
        case.with_step(step="drop_near_duplicates"),
        severity="warns" if many else "notes",
    )


@rule("contradictions", "warns", "data.curate", "guide §2, check 3")
def contradictions(case: Case) -> Found | None:
    """Rows that ask the same and answer differently teach to guess: decide which is right, or map in the field that
    makes the difference."""
    count = case.found(("contradictions",)).get("contradictions", 0)
    return Found(f"{_rows(count)} ask the same and answer differently.") if count else None


@rule("personal_data", "warns", "data.curate", "guide §2, check 4")
def personal_data(case: Case) -> Found | None:
    """What a model was trained on it can say to anybody: names, numbers and keys are learned by heart first."""
    found = case.found(("personal_data", "secrets"))
    if not any(found.values()) or case.curated("personal_data"):
        return None
    parts = [f"{_rows(count)} hold {code.replace('_', ' ')}" for code, count in found.items() if count]
    return Found(f"{' and '.join(parts)}.", case.with_step(step="personal_data"))


@rule("leakage", "warns", "data.split.by", "guide §2, check 7: no test or validation example in training")
def leakage(case: Case) -> Found | None:
    """Rows that are trained on and measured on make every figure too good: what is measured is memory."""
    found = case.found(("leakage", "near_leakage"))
    count = sum(found.values())
    if not count:
        return None
    how = "ask" if "leakage" in found else "nearly ask"
    return Found(f"{_rows(count)} {how} what they are measured on: leave them out of one side.")


@rule("contamination", "warns", "data.source", "guide §2, check 8: MMLU, HumanEval, GSM8K")
def contamination(case: Case) -> Found | None:
    """Rows of a public benchmark in training make that benchmark's score worthless afterwards."""
    count = case.found(("benchmarks",)).get("benchmarks", 0)
    return Found(f"{_rows(count)} are of public benchmarks: do not evaluate by those.") if count else None


@rule("rows_odd", "notes", "data.curate", "guide §2, checks 5 and 9")
def rows_odd(case: Case) -> Found | None:
    """Rows that are too short, in another language, or lose their end teach what nobody meant to teach."""
    found = {code: count for code, count in case.found(_TOLD).items() if count}
    if not found:
        return None
    told = [f"{count:,} {_TOLD[code]}" for code, count in found.items()]
    return Found(f"The check found rows that look wrong: {', '.join(told)}.")


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
