"""What is kept out of training, and whether it is enough to tell anything."""

import math
import posixpath

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.data.check.of_dataset import label_field
from engine.data.split import shares

FEW_VALIDATION = 20
"""Rows whose mean loss is mostly noise."""
LEAST_HELD_OUT = 100
MOST_VALIDATION_SHARE, MOST_HELD_OUT_SHARE = 0.2, 0.3
MOST_KEPT_OUT = 0.5
"""Share of all rows that mends keep out of training at the most."""
LEAST_OF_CLASS = 5
"""Rows of a class on the held-out side, below which it may have none by chance."""


@rule("validation_none", "warns", "data.split.validation", "guide §2: Split 90/5/5, below 1,000 rows 80/10/10")
def validation_none(case: Case) -> Found | None:
    """Without validation rows nobody sees overfitting, and the last checkpoint is kept instead of the best."""
    if case.method == "grpo":
        return None
    if case.recipe.data.split.validation == 0:
        return Found("No rows are kept for validation.", _some(case, "validation"))
    if _nobody(case, "validation", case.data.validation):
        return Found(f"None of {case.all_rows:,} rows is kept for validation.", _some(case, "validation"))
    return None


@rule(
    "validation_few",
    "notes",
    "data.split.validation",
    "guide §2: Split 90/5/5, below 1,000 rows 80/10/10; ttune's own end, 20 rows",
)
def validation_few(case: Case) -> Found | None:
    """The loss of a handful of rows jumps about, and the best checkpoint is chosen by it."""
    count = case.data.validation
    if case.rows is None or not 0 < count < FEW_VALIDATION:
        return None
    told = "1 validation row: its loss" if count == 1 else f"{count} validation rows: their mean loss"
    return Found(f"{told} says little below {FEW_VALIDATION}.")


@rule("held_out_none", "warns", "data.split.held_out", "guide §5: 100-500 held-out rows")
def held_out_none(case: Case) -> Found | None:
    """Without held-out rows base and tuned cannot be compared, and feel alone misleads."""
    if case.method == "cpt" or case.recipe.data.held_out:
        return None
    if case.recipe.data.split.held_out == 0:
        return Found("No rows are kept to compare base and tuned.", _some(case, "held_out"))
    if _nobody(case, "held_out", case.data.held_out):
        return Found(f"None of {case.all_rows:,} rows is held out.", _some(case, "held_out"))
    return None


@rule("held_out_few", "notes", "data.split.held_out", "guide §5: 100-500 held-out rows")
def held_out_few(case: Case) -> Found | None:
    """With few held-out rows even a real gain looks like chance: 50 rows tell a share to 14 points, 200 to 7."""
    count, total = case.data.held_out, case.all_rows
    asked = case.recipe.data.split.held_out
    kept = max(count, math.floor((asked or 0) * total)) if not case.recipe.data.held_out else count
    if case.rows is None or not 0 < kept < LEAST_HELD_OUT or case.method == "cpt":
        return None
    rows = "1 held-out row tells" if kept == 1 else f"{kept} held-out rows tell"
    if case.recipe.data.held_out:
        return Found(f"{rows} a share to {_points(kept)} points.", key="data.held_out")
    share = math.ceil(100 * (LEAST_HELD_OUT + 1) / max(1, total)) / 100
    fits = share <= MOST_HELD_OUT_SHARE and _leaves_some(case, "held_out", share)
    fix = {"data.split.held_out": share} if fits else None
    return Found(f"{rows} a share to {_points(kept)} points; {LEAST_HELD_OUT} to 10.", fix)


@rule("held_out_is_source", "warns", "data.held_out", "guide §5: Never on training rows")
def held_out_is_source(case: Case) -> Found | None:
    """On rows that were trained on the comparison measures memory, and any run looks like a success."""
    data, counted = case.recipe.data, case.data.of
    if not data.held_out or not data.source:
        return None
    same = posixpath.normpath(data.held_out) == posixpath.normpath(data.source)
    copied = case.data.held_out_is_source and counted is not None and counted.held_out == data.held_out
    return Found("The held-out file holds the training rows.", {"data.held_out": None}) if same or copied else None


@rule(
    "split_large",
    "warns",
    "data.split.validation",
    "guide §2: above a validation share of 0.2, a held-out share of 0.3",
)
def split_large(case: Case) -> Found | None:
    """Rows that are kept out teach nothing, and past some hundreds they measure no more surely."""
    split, own_file = case.recipe.data.split, case.recipe.data.held_out
    large = {
        f"data.split.{side}": (share, told)
        for side, share, most, told in (
            ("validation", split.validation, MOST_VALIDATION_SHARE, "for validation"),
            ("held_out", None if own_file else split.held_out, MOST_HELD_OUT_SHARE, "held out"),
        )
        if share is not None and share > most
    }
    if not large:
        return None
    told = " and ".join(f"{share:.0%} {words}" for share, words in large.values())
    key = next(iter(large))
    return Found(f"Of all rows {told}: 5-10% are usual.", dict.fromkeys(large), key=key)


@rule("split_unstratified", "notes", "data.split.by", "guide §2, check 10: by class or by time where that matters")
def split_unstratified(case: Case) -> Found | None:
    """At random a small class may end up on one side alone; stratified, each keeps its share everywhere."""
    classes, split, total = case.classes_once, case.recipe.data.split, case.all_rows
    if split.by != "random" or not classes or not case.data.held_out or case.recipe.data.held_out or not total:
        return None
    count = classes[-1][1]
    expected = count * case.data.held_out / max(1, case.data.train - case.data.copies)
    if expected >= LEAST_OF_CLASS:
        return None
    field = label_field(case.recipe.data)
    rows = "1 training row" if count == 1 else f"{count} training rows"
    return Found(
        f"The smallest class has {rows}, so about {expected:.0f} would be held out, or none.",
        {"data.split.by": "stratified"} | ({"data.split.field": field} if field else {}),
    )


@rule("split_field_missing", "blocks", "data.split.field", "guide §2, check 10: by class or by time where that matters")
def split_field_missing(case: Case) -> Found | None:
    """A split by group or by time has to know which field names the group or the time."""
    split = case.recipe.data.split
    if split.by not in ("group", "time") or split.field:
        return None
    return Found(f"The split by {split.by} does not name its field.", {"data.split.by": "random"})


@rule("split_seed", "notes", "data.split.seed", "guide §3: seed 3407 recorded with every run")
def split_seed(case: Case) -> Found | None:
    """Another seed gives another split: rows that one run was measured on are trained on by the next, so their figures
    cannot be compared, nor may the adapter of one be trained further by the other."""
    if case.recipe.data.split.seed == 3407:
        return None
    return Found(
        f"With seed {case.recipe.data.split.seed} other rows are held out than with 3407.", {"data.split.seed": None}
    )


def _nobody(case: Case, side: str, counted: int) -> bool:
    """Whether a side gets no row: it was counted so, or its share of all rows rounds to none."""
    if case.rows is None:
        return False
    return not _expected(case, side) or (not counted and case.split_as_counted)


def _expected(case: Case, side: str, share: float | None = None) -> int:
    """Rows that a side is to have, by a share or the recipe's own."""
    by_recipe = shares(case.recipe.data.split, case.all_rows)[side == "held_out"]
    return round((by_recipe if share is None else share) * case.all_rows)


def _some(case: Case, side: str) -> dict[str, float | None] | None:
    """Settings by which a side gets rows: its default share, or where that rounds to none the smallest that does not;
    None where it is empty because prompts stay together."""
    key, split = f"data.split.{side}", case.recipe.data.split
    usual = shares(split.model_copy(update={side: None}), case.all_rows)[side == "held_out"]
    if getattr(split, side) != 0 and _expected(case, side):
        return None
    if case.rows is None or _expected(case, side, usual):
        return {key: None}
    smallest = next((share / 100 for share in range(1, 21) if _expected(case, side, share / 100)), None)
    return {key: smallest} if smallest is not None and _leaves_some(case, side, smallest) else None


def _leaves_some(case: Case, side: str, share: float) -> bool:
    """Whether both sides together leave at least half of the rows to train on."""
    return share + shares(case.recipe.data.split, case.all_rows)[side != "held_out"] <= MOST_KEPT_OUT


def _points(rows: int) -> str:
    """Half the 95% interval of a share of one half, in points: 98 / sqrt(rows)."""
    return f"{98 / math.sqrt(rows):.0f}"
