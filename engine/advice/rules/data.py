"""How many rows there are, against what the task needs."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found

FEW, LEAST = 100, 200
"""Rows under which examples do better in a prompt; good examples that fine-tuning needs (guide §1)."""
LEAST_OF_TASK = {
    "classification": 100, "extraction": 200, "style": 200, "code": 1000, "dialogue": 1000, "reasoning": 1000,
    "generation": 1000, "multi_task": 1000,
}  # fmt: skip
"""Rows that a task needs at least (guide §2); of several tasks twice the 500 that each needs."""
LEAST_OF_CLASS = 50
MOST_RATIO = 5


@rule("rows_very_few", "warns", "data.source", "guide §1: under 50-100 it is few-shot prompting in disguise")
def rows_very_few(case: Case) -> Found | None:
    """So few rows are learned by heart; a prompt with some of them in it often does as well, and is ready today."""
    if case.rows is None or case.rows >= FEW:
        return None
    return Found(f"{case.rows} training rows: under {FEW}, put the best 5-10 into a prompt and measure that first.")


@rule("rows_few", "warns", "data.source", "guide §1: at least 200 good examples")
def rows_few(case: Case) -> Found | None:
    """With fewer than 200 good examples expect overfitting; 500-1,000 clearly beat the base on narrow tasks."""
    if case.rows is None or not FEW <= case.rows < LEAST:
        return None
    return Found(f"{case.rows} training rows: at least {LEAST} good ones are needed, 500-1,000 are better.")


@rule("rows_below_task", "warns", "data.source", "guide §2: sizes by task")
def rows_below_task(case: Case) -> Found | None:
    """Tasks need different numbers of rows: a simple classification 100-300 a class, extraction and style 200-1,000,
    code, dialogue and reasoning 1,000-5,000, free generation 1,000-10,000, several tasks 500 each."""
    least = LEAST_OF_TASK.get(case.task, 0)
    if case.rows is None or case.rows < LEAST or case.rows >= least:
        return None
    return Found(f"{case.rows:,} training rows: {case.task.replace('_', ' ')} needs {least:,} at least.")


@rule("class_small", "notes", "data.source", "guide §2: 100-300 rows a class, 50-100 at least")
def class_small(case: Case) -> Found | None:
    """A class with few rows is rarely answered, and hardly measured: add rows of it."""
    small = [(name, count) for name, count in case.data.labels if count < LEAST_OF_CLASS]
    if len(case.data.labels) < 2 or not small:
        return None
    name, count = small[-1]
    classes = f"{len(small)} of {len(case.data.labels)} classes"
    return Found(f"{classes} have under {LEAST_OF_CLASS} rows, the least {_short(name)} ({count}).")


@rule("class_imbalance", "warns", "data.curate", "guide §2: no class more than 5x another")
def class_imbalance(case: Case) -> Found | None:
    """A model that sees one class far more often answers it when in doubt: repeat rows of small classes, leave out
    rows of large ones, or add new ones."""
    labels = case.data.labels
    if len(labels) < 2 or case.curated("balance"):
        return None
    (most, largest), (least, smallest) = labels[0], labels[-1]
    if largest <= MOST_RATIO * smallest:
        return None
    times = f"{largest / max(1, smallest):.0f} times as many"
    message = f"{_short(most)} has {largest:,} rows, {times} as {_short(least)} ({smallest:,})."
    return Found(message, case.with_step(step="balance", how="oversample"))


def _short(name: str) -> str:
    name = " ".join(name.split())
    return f"{name[:23]}…" if len(name) > 24 else name or "(empty)"
