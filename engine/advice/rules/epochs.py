"""How often rows are seen, and how many steps that makes."""

from engine.advice.case import SMALL_ROWS, Case
from engine.advice.rule import rule
from engine.advice.types import Found

MOST = 3
MOST_OF_SMALL = 2
LARGE_ROWS = 10_000
FEW_STEPS, HARDLY_ANY = 30, 10


@rule("epochs_small_set", "warns", "training.epochs", "guide §3: under 500 examples 1-2 epochs")
def epochs_small_set(case: Case) -> Found | None:
    """A small set is learned by heart when it is seen often; fewer epochs are the first remedy for overfitting."""
    if case.prefers or case.rows is None or case.rows >= SMALL_ROWS or case.passes <= MOST_OF_SMALL:
        return None
    return Found(f"{_seen(case)} under {SMALL_ROWS}, 1-2 are enough.", case.fewer_passes(MOST_OF_SMALL))


@rule("epochs_large_set", "warns", "training.epochs", "guide §3: more than 3 on 10k+ rarely helps")
def epochs_large_set(case: Case) -> Found | None:
    """On many rows the third look at each already teaches little, and every further one costs as much."""
    if case.prefers or case.rows is None or case.rows < LARGE_ROWS or case.passes <= MOST:
        return None
    return Found(f"{_seen(case)} more than {MOST} rarely help.", case.fewer_passes(MOST))


@rule("epochs_many", "notes", "training.epochs", "guide §3: 1-3 epochs")
def epochs_many(case: Case) -> Found | None:
    """After three looks at each row most runs overfit: watch the validation loss, and stop by it."""
    known = case.rows is not None and not SMALL_ROWS <= case.rows < LARGE_ROWS
    if case.prefers or known or case.passes <= MOST:
        return None
    return Found(f"{case.passes:g} epochs: 1-{MOST} are usual.", case.fewer_passes(MOST))


@rule("epochs_preference", "warns", "training.epochs", "guide §3: DPO 1 epoch")
def epochs_preference(case: Case) -> Found | None:
    """Pairs are learned at first sight; after one epoch preference training drifts from what the model could do."""
    if case.method not in ("dpo", "kto") or case.passes <= 1:
        return None
    return Found(f"{case.passes:g} epochs of {case.method.upper()}: 1 is enough.", case.fewer_passes(1))


@rule("steps_few", "notes", "training.accumulation", "guide §3: warm-up of 5-10 steps", may_warn=True)
def steps_few(case: Case) -> Found | None:
    """Warm-up and the falling rate take some tens of steps to make sense. With fewer, take smaller batches or more
    rows."""
    if case.steps is None or case.steps >= FEW_STEPS or case.packed_away:
        return None
    severity = "warns" if case.steps < HARDLY_ANY and case.recipe.training.max_steps is None else "notes"
    message = f"The whole run is {case.steps} optimiser {'step' if case.steps == 1 else 'steps'}."
    return Found(message, severity=severity)  # type: ignore[arg-type]


def _seen(case: Case) -> str:
    return f"{case.rows:,} rows are seen {case.passes:.3g} times:"
