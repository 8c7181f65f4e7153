"""Answers that are classes: rows of each, and how they differ in number."""

from engine.advice.case import Case
from engine.advice.curating import balanced
from engine.advice.rule import rule
from engine.advice.rules.data import LEAST_OF_CLASS, needed
from engine.advice.types import Found
from engine.data.check.of_dataset import label_field
from engine.recipe import Balance

MOST_RATIO = 5


@rule("class_small", "notes", "data.source", "guide §2: 50-100 a class at least, 100-300 a class")
def class_small(case: Case) -> Found | None:
    """A class with few rows is rarely answered, and hardly measured: add rows of it."""
    small = [(name, count) for name, count in case.classes_once if count < LEAST_OF_CLASS]
    need = needed(case)
    few = need.of_classes and need.have is not None and need.have < need.usual  # which rows_below_task says
    if not small or (few and 2 * len(small) >= len(case.classes)):
        return None
    name, count = small[-1]
    have = "has" if len(small) == 1 else "have"
    least = f"the least {_short(name)} ({count})" if len(small) > 1 else f"{_short(name)} ({count})"
    return Found(f"{len(small)} of {len(case.classes)} classes {have} under {LEAST_OF_CLASS} training rows, {least}.")


@rule("class_imbalance", "warns", "data.curate", "guide §2: No class above 5 times another")
def class_imbalance(case: Case) -> Found | None:
    """A model that sees one class far more often answers it when in doubt: repeat rows of small classes (those that
    are trained on alone), leave out rows of large ones, or add new ones."""
    classes = case.classes
    if not classes or balanced(case.recipe.data.curate, MOST_RATIO):
        return None
    (most, largest), (least, smallest) = classes[0], classes[-1]
    if largest <= MOST_RATIO * smallest:
        return None
    times = f"{largest / max(1, smallest):.0f} times as many"
    return Found(f"{_short(most)} has {largest:,} rows, {times} as {_short(least)} ({smallest:,}).", _balanced(case))


def _balanced(case: Case) -> dict[str, object] | None:
    """The step that balances; None where rows without a class would be taken for classes of their own."""
    field = label_field(case.recipe.data)
    labelled = sum(count for _, count in case.classes)
    if not field and case.rows is not None and abs(labelled - case.rows) > len(case.classes):
        return None
    before = next((step for step in case.recipe.data.curate if isinstance(step, Balance)), None)
    how = before.how if before is not None else "oversample"
    return case.with_step(step="balance", how=how, **({"field": field} if field else {}))


def _short(name: str) -> str:
    name = " ".join(name.split())
    return f"{name[:23]}…" if len(name) > 24 else name or "(empty)"
