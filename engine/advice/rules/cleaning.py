"""What checks and audits of the rows have found and the recipe does nothing about."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.rules.length import answers_lost
from engine.advice.types import Found
from engine.forecast.given import PAIRED

MANY_NEAR = 0.1
MANY_ALIKE = 0.01
"""Share of pairs of the same answer twice that are worth a look."""
MANY_ENDLESS = 0.05
"""Share of rows without an end from which a model learns it."""
_UNTRAINED = {"template": "refused by the chat template", "nothing_trained": "without a trained token"}
_TOLD = {
    "double_bos": "beginning with two BOS tokens", "turn_lost": "losing a turn in the chat template",
    "too_short": "too short", "odd_characters": "with odd characters", "language": "in another language",
}  # fmt: skip
"""Findings that have no rule of their own, in words."""


@rule("rows_unusable", "warns", "data.source", "guide §2, check 1: one bad line can fail unseen")
def rows_unusable(case: Case) -> Found | None:
    """Lines that do not parse and rows that lack a field are left out of training, and nobody misses them."""
    found = case.found(("bad_lines", "unfit", "empty", "held_out_unfit"))
    count = sum(found.values())
    told = _rows(count, "cannot be read or lacks a field", "cannot be read or lack a field")
    return Found(f"{told}: see what the check lists.") if count else None


@rule("rows_untrained", "warns", "data.source", "guide §2, check 9: no row trains nothing")
def rows_untrained(case: Case) -> Found | None:
    """The audit has put every row through the chat template: one that it refuses, or of which no token is trained, is
    left out of training."""
    counted_at = case.data.counted_at
    longer = counted_at is not None and case.recipe.training.max_length > counted_at
    cut = longer or answers_lost(case) is not None  # which says of the second what mends it
    found = case.found(("template",) if cut else ("template", "nothing_trained"))
    count = sum(found.values())
    if not count or case.method == "grpo":
        return None
    parts = [f"{rows:,} {_UNTRAINED[code]}" for code, rows in found.items() if rows]
    whole = case.rows is not None and count >= case.all_rows
    told = "No row teaches anything" if whole else _rows(count, "teaches nothing", "teach nothing")
    return Found(f"{told}: {' and '.join(parts)}.", severity="blocks" if whole else None)


@rule("pairs_alike", "warns", "data.source", "ttune's own: of the same answer twice there is nothing to prefer")
def pairs_alike(case: Case) -> Found | None:
    """A pair whose better and worse answer are the same, perhaps once they are cut, is left out of training; where all
    are, training stops before its first step."""
    alike = case.data.alike
    if case.method not in PAIRED or alike is None or not (count := int(alike.sum())):
        return None
    if count == len(alike):
        return Found("Every pair holds the same answer twice.", severity="blocks")
    return (
        Found(f"{_rows(count, 'holds', 'hold')} the same answer twice.") if count >= MANY_ALIKE * len(alike) else None
    )


@rule("rows_endless", "warns", "data.source", "guide §2, check 9: rows end with the end token")
def rows_endless(case: Case) -> Found | None:
    """A model that sees answers without an end token does not learn where to stop: see to the chat template of the
    base, or take a base whose template has one."""
    count = case.found(("no_end",)).get("no_end", 0)
    if not count or case.method in ("cpt", "grpo") or count <= MANY_ENDLESS * case.all_rows:
        return None
    return Found(f"{_rows(count, 'does', 'do')} not end with an end token, though not cut.")


@rule("duplicates", "warns", "data.curate", "guide §2, check 2: Rows that repeat")
def duplicates(case: Case) -> Found | None:
    """A row that stands there twice is learned twice as hard."""
    count = case.found(("duplicates",)).get("duplicates", 0)
    if not count or case.mended("drop_duplicates"):
        return None
    return Found(f"{_rows(count, 'repeats', 'repeat')} an earlier one.", case.with_step(step="drop_duplicates"))


@rule("near_duplicates", "notes", "data.curate", "guide §2, check 2: web data lose 10-30% of theirs", may_warn=True)
def near_duplicates(case: Case) -> Found | None:
    """Rows that are nearly the same teach little more than one of them, and crowd out the others."""
    count = case.found(("near_duplicates",)).get("near_duplicates", 0)
    if not count or case.mended("drop_near_duplicates"):
        return None
    many = case.rows is not None and count >= MANY_NEAR * case.rows
    return Found(
        f"{_rows(count, 'is', 'are')} nearly an earlier one.",
        case.with_step(step="drop_near_duplicates"),
        severity="warns" if many else "notes",
    )


@rule("contradictions", "warns", "data.curate", "guide §2, check 3: One prompt with different answers")
def contradictions(case: Case) -> Found | None:
    """Rows that ask the same and answer differently teach to guess: decide which is right, or map in the field that
    makes the difference."""
    count = case.found(("contradictions",)).get("contradictions", 0)
    return Found(f"{_rows(count, 'asks', 'ask')} the same and answer differently.") if count else None


@rule("personal_data", "warns", "data.curate", "guide §2, check 4: Personal data and secrets")
def personal_data(case: Case) -> Found | None:
    """What a model was trained on it can say to anybody: names, numbers and keys are learned by heart first."""
    found = case.found(("personal_data", "secrets"))
    if not any(found.values()) or case.mended("personal_data"):
        return None
    parts = [f"{_rows(count, 'holds', 'hold')} {code.replace('_', ' ')}" for code, count in found.items() if count]
    return Found(f"{' and '.join(parts)}.", case.with_step(step="personal_data"))


@rule(
    "leakage",
    "warns",
    "data.split.by",
    "guide §2, check 7: No validation or held-out row, or near copy of one, among the training rows",
)
def leakage(case: Case) -> Found | None:
    """Rows that are trained on and measured on make every figure too good: what is measured is memory."""
    found = case.found(("leakage", "near_leakage"))
    same, nearly = found.get("leakage", 0), found.get("near_leakage", 0)
    if not same + nearly or case.data.held_out_is_source:
        return None
    parts = [_rows(same, "asks what it is measured on", "ask what they are measured on")] if same else []
    if nearly:
        parts.append(_rows(nearly, "nearly asks what it is measured on", "nearly ask what they are measured on"))
    key = "data.held_out" if case.recipe.data.held_out else None
    return Found(f"{', and '.join(parts)}: leave them out of one side.", key=key)


@rule("contamination", "warns", "data.source", "guide §2, check 8: public benchmarks (MMLU, HumanEval, GSM8K)")
def contamination(case: Case) -> Found | None:
    """Rows of a public benchmark in training make that benchmark's score worthless afterwards."""
    count = case.found(("benchmarks",)).get("benchmarks", 0)
    told = _rows(count, "holds a question", "hold questions")
    return Found(f"{told} of public benchmarks: do not evaluate by those.") if count else None


@rule("rows_odd", "notes", "data.curate", "guide §2, check 5: Rows too short")
def rows_odd(case: Case) -> Found | None:
    """Rows that are too short, in another language, or whose form the template changes teach what nobody meant to
    teach."""
    found = {code: count for code, count in case.found(_TOLD).items() if count}
    if not found:
        return None
    told = [f"{count:,} {_TOLD[code]}" for code, count in found.items()]
    return Found(f"Some rows look wrong: {', '.join(told)}.")


def _rows(count: int, one: str, many: str) -> str:
    """`1 row repeats`, `1,200 rows repeat`."""
    return f"{count:,} row {one}" if count == 1 else f"{count:,} rows {many}"
