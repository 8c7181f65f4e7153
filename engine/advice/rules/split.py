"""What is kept out of training, and whether it is enough to tell anything."""

import math

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found

FEW_VALIDATION = 20
"""Rows whose mean loss is mostly noise."""
LEAST_HELD_OUT = 100
MOST_HELD_OUT_SHARE = 0.3
LEAST_OF_CLASS = 5
"""Rows of a class on the held-out side, below which it may have none by chance."""


@rule("validation_none", "warns", "data.split.validation", "guide §2: 90/5/5, under 1,000 examples 80/10/10")
def validation_none(case: Case) -> Found | None:
    """Without validation rows nobody sees overfitting, and the last checkpoint is kept instead of the best."""
    if case.method == "grpo":
        return None
    if case.recipe.data.split.validation == 0:
        return Found("No rows are kept for validation.", {"data.split.validation": None})
    if case.recipe.data.split.validation and case.rows and not case.data.validation:
        return Found(f"None of {case.rows:,} rows is kept for validation.", {"data.split.validation": None})
    return None


@rule("validation_few", "notes", "data.split.validation", "guide §2: 90/5/5, under 1,000 examples 80/10/10")
def validation_few(case: Case) -> Found | None:
    """The loss of a handful of rows jumps about, and the best checkpoint is chosen by it."""
    count = case.data.validation
    if case.rows is None or not 0 < count < FEW_VALIDATION:
        return None
    return Found(f"{count} validation rows: their mean loss says little below {FEW_VALIDATION}.")


@rule("held_out_none", "warns", "data.split.held_out", "guide §5: 100-500 examples never seen in training")
def held_out_none(case: Case) -> Found | None:
    """Without held-out rows base and tuned cannot be compared, and feel alone misleads."""
    if case.method == "cpt" or case.recipe.data.held_out or case.data.held_out:
        return None
    if case.recipe.data.split.held_out == 0:
        return Found("No rows are kept to compare base and tuned.", {"data.split.held_out": None})
    if case.recipe.data.split.held_out and case.rows:
        return Found(f"None of {case.rows:,} rows is held out.", {"data.split.held_out": None})
    return None


@rule("held_out_few", "notes", "data.split.held_out", "guide §5: 100-500 examples never seen in training")
def held_out_few(case: Case) -> Found | None:
    """With few held-out rows even a real gain looks like chance: 50 rows tell a share to 14 points, 200 to 7."""
    count, total = case.data.held_out, case.data.train + case.data.validation + case.data.held_out
    asked = case.recipe.data.split.held_out
    kept = max(count, math.floor((asked or 0) * total)) if not case.recipe.data.held_out else count
    if case.rows is None or not 0 < kept < LEAST_HELD_OUT or case.method == "cpt":
        return None
    if case.recipe.data.held_out:
        return Found(f"{kept} held-out rows tell a share to {_points(kept)} points.", key="data.held_out")
    share = math.ceil(100 * (LEAST_HELD_OUT + 1) / total) / 100
    fix = {"data.split.held_out": share} if share <= MOST_HELD_OUT_SHARE else None
    return Found(f"{kept} held-out rows tell a share to {_points(kept)} points; {LEAST_HELD_OUT} to 10.", fix)


@rule("split_unstratified", "notes", "data.split.by", "guide §2, check 10: stratified by class")
def split_unstratified(case: Case) -> Found | None:
    """At random a small class may end up on one side alone; stratified, each keeps its share everywhere."""
    labels, split = case.data.labels, case.recipe.data.split
    total = case.data.train + case.data.validation + case.data.held_out
    if split.by != "random" or len(labels) < 2 or not case.data.held_out or case.recipe.data.held_out or not total:
        return None
    count = labels[-1][1]
    expected = count * case.data.held_out / total
    if expected >= LEAST_OF_CLASS:
        return None
    return Found(
        f"The smallest class has {count} rows, so about {expected:.0f} would be held out, or none.",
        {"data.split.by": "stratified"},
    )


@rule("split_field_missing", "blocks", "data.split.field", "guide §2, check 10: by time for time series")
def split_field_missing(case: Case) -> Found | None:
    """A split by group or by time has to know which field names the group or the time."""
    split = case.recipe.data.split
    if split.by not in ("group", "time") or split.field:
        return None
    return Found(f"The split by {split.by} does not name its field.", {"data.split.by": "random"})


@rule("split_seed", "notes", "data.split.seed", "guide §3: seed 3407, recorded with every run")
def split_seed(case: Case) -> Found | None:
    """Another seed gives another split: rows that one run was measured on are trained on by the next, so their figures
    cannot be compared, nor may the adapter of one be trained further by the other."""
    if case.recipe.data.split.seed == 3407:
        return None
    return Found(
        f"With seed {case.recipe.data.split.seed} other rows are held out than with 3407.", {"data.split.seed": None}
    )


def _points(rows: int) -> str:
    """Half the 95% interval of a share of one half, in points: 98 / sqrt(rows)."""
    return f"{98 / math.sqrt(rows):.0f}"
