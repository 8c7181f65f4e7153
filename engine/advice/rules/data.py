"""Whether there are rows, and how many against what the task needs."""

import re
from dataclasses import dataclass

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.recipe_form import owner_of

FEW, LEAST = 100, 200
"""Rows under which examples do better in a prompt; good examples that fine-tuning needs (guide §1)."""
LEAST_OF_CLASS, USUAL_OF_CLASS = 50, 100
FEW_TOKENS = 1_000_000
"""Of all texts together, below which continued pre-training has little to go on from."""

_OF_TASK = {
    "extraction": (200, 500), "style": (200, 500), "code": (1000, 1000), "dialogue": (1000, 1000),
    "reasoning": (1000, 1000), "generation": (1000, 1000), "multi_task": (1000, 1000),
}  # fmt: skip
"""Rows that a task needs at least, by the sources that ask for fewest and for most (guide §2); of several tasks twice
the 500 that each needs."""
_NAMED = {"generation": "free generation", "multi_task": "several tasks", "style": "a style"}
_KEY = re.compile(r"\bdata\.[a-z_.]*[a-z]")
_LONGEST = 110
"""Characters of a problem that are told; the command that opens the rows says all of it."""


@dataclass(frozen=True, slots=True)
class Needed:
    """How many rows a recipe needs."""

    least: int
    usual: int
    """What the sources that ask for more want."""
    have: int | None
    """Rows that count; None where they are not known."""
    what: str
    """What needs them, such as `code` or `77 classes`; "" where the task is not said."""

    of_classes: bool = False

    @property
    def words(self) -> str:
        """Such as `code needs 1,000 at least`."""
        verb = "need" if self.what.endswith(("classes", "tasks")) else "needs"
        return f"{self.what} {verb} {self.least:,} at least" if self.what else f"{self.least:,} at least"


def needed(case: Case) -> Needed:
    """Rows that the recipe's task needs, and that there are: of classes by their number, of each task the guide's."""
    if case.classes and case.task in ("", "classification"):
        count = len(case.classes)
        have = None if case.rows is None else case.all_rows
        return Needed(LEAST_OF_CLASS * count, USUAL_OF_CLASS * count, have, f"{count} classes", of_classes=True)
    least, usual = (LEAST, LEAST) if case.method == "grpo" else _OF_TASK.get(case.task, (LEAST, LEAST))
    return Needed(least, usual, case.rows, _NAMED.get(case.task, case.task.replace("_", " ")))


@rule("data_unusable", "blocks", "data.source", "ttune's own: what opening the rows says")
def data_unusable(case: Case) -> Found | None:
    """Without rows that can be read there is nothing to train on: training stops with the same words."""
    problem = case.data.problem
    if not case.data.unusable or not problem:
        return None
    named = _KEY.search(problem)
    key = named[0] if named is not None and owner_of(named[0]) is not None else None
    told = problem.partition(": ")[2] if problem.startswith("/") and named is not None else problem  # without its path
    short = f"{told[:_LONGEST]}…" if len(told) > _LONGEST else told.rstrip(".")
    return Found(f"The rows cannot be used: {short}.", key=key)


@rule("rows_very_few", "warns", "data.source", "guide §1: below 50-100 it is few-shot prompting in disguise")
def rows_very_few(case: Case) -> Found | None:
    """So few rows are learned by heart; a prompt with some of them in it often does as well, and is ready today."""
    if case.examples is None or case.examples >= FEW:
        return None
    counted = "1 training row" if case.examples == 1 else f"{case.examples} training rows"
    return Found(f"{counted}: under {FEW}, put the best 5-10 into a prompt and measure that first.")


@rule("rows_few", "warns", "data.source", "guide §1: at least 200 good examples")
def rows_few(case: Case) -> Found | None:
    """With fewer than 200 good examples expect overfitting; 500-1,000 clearly beat the base on narrow tasks."""
    if case.examples is None or not FEW <= case.examples < LEAST:
        return None
    return Found(f"{case.examples} training rows: at least {LEAST} good ones are needed, 500-1,000 are better.")


@rule(
    "rows_below_task",
    "warns",
    "data.source",
    "guide §2: classification, simple 50-100 a class at least, 100-300 a class; the table has every task",
)
def rows_below_task(case: Case) -> Found | None:
    """Tasks need different numbers of rows: classes 100-300 each and 50 at least, extraction and style 200-500 at
    least, code, dialogue, reasoning and free generation 1,000, several tasks 500 each."""
    need = needed(case)
    if case.examples is None or case.examples < LEAST or need.have is None or need.have >= need.usual:
        return None
    if need.have < need.least:
        return Found(f"{need.have:,} rows: {need.words}.")
    return Found(f"{need.have:,} rows: {need.words}, and {need.usual:,} by most sources.", severity="notes")


@rule("tokens_few", "warns", "data.source", "guide §2: advice speaks below a million tokens")
def tokens_few(case: Case) -> Found | None:
    """Words and style of a field are picked up from millions of tokens; from fewer the model learns those texts by
    heart, and forgets other things for it."""
    if case.method != "cpt" or case.rows is None or case.lengths is None or case.lengths.total >= FEW_TOKENS:
        return None
    total = f"{case.about}{case.lengths.total:,} tokens".capitalize()
    return Found(f"{total} to learn from: continued pre-training takes millions.")
