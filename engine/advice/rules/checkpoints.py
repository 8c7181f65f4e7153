"""How often a run is measured and saved, and when it stops early."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.steps import evaluation_interval, saves_miss

PATIENCE = 3
FEW, MANY = PATIENCE + 1, 50
"""Evaluations of a run: the first of those that can rise three times in a row, and ttune's own upper end."""
_USUAL = {"training.evaluate_every": None, "training.save_every": None}
"""Settings by which a run is measured ten times."""


@rule(
    "saves_off",
    "blocks",
    "training.save_every",
    "ttune's own: the best checkpoint is chosen by evaluations, so trl asks it too",
)
def saves_off(case: Case) -> Found | None:
    """The best checkpoint is the one with the best evaluation, so checkpoints are saved when it is measured."""
    training = case.recipe.training
    if not saves_miss(training, case.exact_steps):
        return None
    return Found(
        f"Saving every {training.save_every:g} is no multiple of evaluating every {training.evaluate_every:g}.",
        {"training.save_every": None},
    )


@rule("patience_blind", "blocks", "training.patience", "guide §3: early stopping 3 evaluations")
def patience_blind(case: Case) -> Found | None:
    """Early stopping waits for a better validation loss: without validation rows there is none."""
    training, split = case.recipe.training, case.recipe.data.split
    if not training.patience or (split.validation != 0 and (case.rows is None or case.data.validation)):
        return None
    return Found("There are no validation rows to stop by.", {"training.patience": None})


@rule("patience_none", "notes", "training.patience", "guide §3: early stopping 3 evaluations")
def patience_none(case: Case) -> Found | None:
    """A long run that overfits goes on costing money: three evaluations without a better one are enough to stop."""
    measured = case.recipe.data.split.validation != 0 and (case.rows is None or case.data.validation)
    if case.recipe.training.patience or case.passes <= 3 or not measured or case.method == "grpo":
        return None
    enough = _for_patience(case)
    if enough is None:
        return None
    return Found(f"{case.epochs.capitalize()} without early stopping.", {"training.patience": PATIENCE, **enough})


@rule("patience_endless", "notes", "training.patience", "guide §3: early stopping 3 evaluations")
def patience_endless(case: Case) -> Found | None:
    """When the run has no more evaluations than patience waits for, it never stops early."""
    patience, count = case.recipe.training.patience, _evaluations(case)
    if not patience or count is None or patience < count:
        return None
    enough = _for_patience(case)
    if enough is None:  # a run of so few steps that stopping early is no matter
        return None
    return Found(
        f"Patience waits for {patience} evaluations, and the run has {count}.",
        {"training.patience": PATIENCE, **enough},
    )


@rule("evaluations_few", "notes", "training.evaluate_every", "guide §4: validation loss up 3 evaluations in a row")
def evaluations_few(case: Case) -> Found | None:
    """Overfitting shows as a validation loss that rises three times in a row: with fewer than four evaluations nobody
    sees it, and the best checkpoint is one of very few."""
    count = _evaluations(case)
    if count is None or count >= FEW or not case.steps or case.steps < 2 * FEW:
        return None
    return Found(f"The run is measured {'once' if count == 1 else f'{count} times'}.", dict(_USUAL))


@rule(
    "evaluations_many",
    "notes",
    "training.evaluate_every",
    "guide §4: validation loss up 3 evaluations in a row; ttune's own end, 50",
)
def evaluations_many(case: Case) -> Found | None:
    """Each evaluation goes through all validation rows and saves a checkpoint: dozens cost more than they tell."""
    count = _evaluations(case)
    if count is None or count <= MANY:
        return None
    return Found(f"The run is measured {count:,} times.", dict(_USUAL))


def _for_patience(case: Case) -> dict[str, None] | None:
    """Settings by which a run has more evaluations than patience waits for; None where it has too few steps."""
    count = _evaluations(case)
    if count is None or count > PATIENCE:
        return {}
    steps, usual = case.steps, case.recipe.training.model_copy(update={"evaluate_every": 0.1, "save_every": None})
    return dict(_USUAL) if steps and steps // evaluation_interval(steps, usual) > PATIENCE else None


def _evaluations(case: Case) -> int | None:
    """Evaluations of the run; None where that is not known."""
    training = case.recipe.training
    if case.recipe.data.split.validation == 0:
        return None
    if case.steps:
        return case.steps // evaluation_interval(case.steps, training)
    return int(1 / max(training.evaluate_every, 1e-6)) if training.evaluate_every < 1 else None
