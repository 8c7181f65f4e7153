"""Whether what would be trained is what the recipe asks for; where it is not, training does not start by itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.data.audit_flags import Flag
from engine.data.example import Example, Kind
from engine.errors import DataError
from engine.jobs.masking import TokenisedBatch
from engine.recipe import Recipe

TRAINED_KINDS: frozenset[Kind] = frozenset({"conversation", "text", "segments"})
"""Kinds of rows that sft imitates as they are."""

_TRAINED = ", ".join(sorted(TRAINED_KINDS))

LOST_SHARE = 0.05
"""From this share of training rows without any of their answer on, training does not start by itself."""


@dataclass
class Objective:
    """What the training rows would teach, counted as they are tokenised."""

    rows: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    masked_rows: int = 0
    failed_rows: int = 0
    lost_rows: int = 0
    """Rows with nothing left of their last answer."""
    open_rows: int = 0
    """Rows whose last trained token ends no answer."""
    own_mask_rows: int = 0
    """Segments some of which are not trained."""
    bad_rows: int = 0
    """Rows whose answer is judged bad; they are left out."""
    problem: str = ""
    """What the template said of the first row that it refused."""

    @property
    def why_nothing(self) -> str:
        """Why no row has a trained token, with the mend."""
        if self.problem:
            return self.problem
        if self.kinds["question"] == self.rows > 0:
            return f"they have a solution for a reward to score and no answer: sft trains {_TRAINED} rows"
        if self.bad_rows and not self.rows:
            return "every answer is judged bad"
        return "every answer is cut off: raise training.max_length"

    def good(self, examples: Iterable[Example]) -> Iterator[Example]:
        """The examples that may be imitated: all but those whose answer is judged bad."""
        for example in examples:
            if example.label is False:
                self.bad_rows += 1
            else:
                yield example

    def add(self, batch: TokenisedBatch) -> None:
        """Count training rows."""
        self.rows += len(batch)
        self.kinds.update(batch.kinds)
        self.masked_rows += _count(batch, Flag.MASKED)
        self.failed_rows += _count(batch, Flag.FAILED)
        self.lost_rows += _count(batch, Flag.ANSWER_LOST)
        self.open_rows += _count(batch, Flag.NO_END)
        segments = np.array([kind == "segments" for kind in batch.kinds], dtype=np.bool_)
        self.own_mask_rows += int((segments & (batch.trained_tokens < batch.tokens)).sum())
        self.problem = self.problem or next((problem for problem in batch.problems if problem), "")


def _count(batch: TokenisedBatch, flag: Flag) -> int:
    return int(((batch.flags & np.uint16(flag)) > 0).sum())


def differences(objective: Objective, recipe: Recipe) -> dict[str, str]:
    """Each way in which the training would differ from the recipe, by the name that allows it: a line with the mend."""
    imitates = f"{recipe.method.kind} would imitate the"
    found = {
        "own_mask": _own_mask(objective, recipe),
        "chosen_only": _of_kind(objective, "preference", f"compare two answers: {imitates} chosen one alone"),
        "judged_answers": _of_kind(objective, "unpaired", f"judge an answer: {imitates} good ones alone"),
        "answers_lost": _answers_lost(objective, recipe),
    }
    return {name: line for name, line in found.items() if line}


def check_objective(objective: Objective, recipe: Recipe, source: str) -> None:
    """Raise DataError, a line for each difference, unless the recipe allows it."""
    lines = [
        f'{source}: {line}, or allow it with method.allow = ["{name}"]'
        for name, line in differences(objective, recipe).items()
        if name not in recipe.method.allow
    ]
    if lines:
        raise DataError("\n".join(lines))


def _own_mask(objective: Objective, recipe: Recipe) -> str:
    """Rows that carry their own mask, where that is not what method.answers_only says."""
    data, texts = recipe.data, objective.kinds["text"]
    said = data.format in ("text", "segments") or data.mapping.text
    if recipe.method.answers_only and texts and not said:
        return (
            f"{texts:,} of {objective.rows:,} rows are plain text, every token of which is trained, and "
            'method.answers_only asks for answers alone: set data.format = "text" or method.answers_only = false'
        )
    if not recipe.method.answers_only and objective.own_mask_rows and data.format != "segments":
        return (
            f"{objective.own_mask_rows:,} of {objective.rows:,} rows say themselves which pieces are trained, and "
            'method.answers_only = false asks for all: set data.format = "segments" or method.answers_only = true'
        )
    return ""


def _of_kind(objective: Objective, kind: Kind, words: str) -> str:
    count = objective.kinds[kind] + (objective.bad_rows if kind == "unpaired" else 0)
    return (
        f"{count:,} of {objective.rows + objective.bad_rows:,} rows {words}: give it {_TRAINED} rows" if count else ""
    )


def _answers_lost(objective: Objective, recipe: Recipe) -> str:
    share = objective.lost_rows / max(1, objective.rows)
    if share < LOST_SHARE:
        return ""
    return (
        f"{objective.lost_rows:,} of {objective.rows:,} rows ({share:.0%}) lose their whole answer at "
        f"training.max_length = {recipe.training.max_length}: raise it"
    )
