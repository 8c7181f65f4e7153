"""How often rows are seen, and how many steps that makes."""

from engine.advice.batches import FEW_STEPS, all_in_one, divided, steps_by_epochs
from engine.advice.case import SMALL_ROWS, Case
from engine.advice.rule import rule
from engine.advice.types import Found

MOST = 3
MOST_OF_SMALL = 2
LARGE_ROWS = 10_000
_COMPARED = ("dpo", "kto")
"""Methods that only compare answers; orpo imitates the better one as well, and takes the epochs of sft."""


@rule("epochs_small_set", "warns", "training.epochs", "guide §3: under 500 rows 1-2")
def epochs_small_set(case: Case) -> Found | None:
    """A small set is learned by heart when it is seen often; fewer epochs are the first remedy for overfitting."""
    if case.method in _COMPARED or case.examples is None or case.examples >= SMALL_ROWS:
        return None
    if case.passes <= MOST_OF_SMALL:
        return None
    return Found(f"{_seen(case)} under {SMALL_ROWS}, 1-2 are enough.", case.fewer_passes(MOST_OF_SMALL))


@rule("epochs_large_set", "warns", "training.epochs", "guide §3: more than 3 on 10,000 rows rarely helps")
def epochs_large_set(case: Case) -> Found | None:
    """On many rows the third look at each already teaches little, and every further one costs as much."""
    if case.method in _COMPARED or case.examples is None or case.examples < LARGE_ROWS or case.passes <= MOST:
        return None
    return Found(f"{_seen(case)} more than {MOST} rarely help.", case.fewer_passes(MOST))


@rule("epochs_many", "notes", "training.epochs", "guide §3: 1-3; under 500 rows 1-2")
def epochs_many(case: Case) -> Found | None:
    """After three looks at each row most runs overfit: watch the validation loss, and stop by it."""
    told = case.examples is not None and not SMALL_ROWS <= case.examples < LARGE_ROWS
    if case.method in _COMPARED or told or case.passes <= MOST:
        return None
    return Found(f"{_epochs(case)}: 1-{MOST} are usual.", case.fewer_passes(MOST))


@rule("epochs_preference", "warns", "training.epochs", "guide §3: DPO 1; ttune's own for KTO, which compares too")
def epochs_preference(case: Case) -> Found | None:
    """Pairs are learned at first sight; after one epoch preference training drifts from what the model could do."""
    if case.method not in _COMPARED or case.passes <= 1:
        return None
    return Found(f"{_epochs(case)} of {case.method.upper()}: 1 is enough.", case.fewer_passes(1))


@rule("steps_few", "warns", "training.accumulation", "guide §3: 10% of the steps, or 5-10 steps")
def steps_few(case: Case) -> Found | None:
    """Warm-up alone takes 5-10 steps, and the rate has to fall after it. Smaller steps make more of the same rows;
    more rows or another epoch do where a step is small already."""
    steps, most = case.steps, case.recipe.training.max_steps
    if steps is None or steps >= FEW_STEPS or all_in_one(case) or case.packed_away:
        return None
    told = f"The whole run is {steps} optimiser {'step' if steps == 1 else 'steps'}, and warm-up alone takes 5-10."
    if most is not None:  # as somebody tries something out
        enough = (steps_by_epochs(case) or 0) >= FEW_STEPS
        return Found(told, {"training.max_steps": None} if enough else None, "notes", "training.max_steps")
    rows = int((case.given_out or 0) * case.recipe.training.epochs / FEW_STEPS)
    return Found(told, divided(case, rows))


def _seen(case: Case) -> str:
    return f"{case.examples:,} rows are seen {case.times}:"


def _epochs(case: Case) -> str:
    """Such as `4 epochs`, or `300 steps are 75 epochs` where the steps decide."""
    most = case.recipe.training.max_steps
    return case.epochs.capitalize() if most is None else f"{most:,} steps are {case.epochs}"
