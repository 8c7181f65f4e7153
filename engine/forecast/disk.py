"""What a run leaves on disk at its fullest."""

from engine.forecast.rows import Plan
from engine.forecast.shape import ModelShape
from engine.forecast.trained import Trained
from engine.recipe import Recipe
from engine.steps import save_interval


def disk_bytes(recipe: Recipe, shape: ModelShape, trained: Trained, plan: Plan | None) -> int:
    """Checkpoints (what is trained with its optimiser states) and what is saved at the end.

    One more is there than is kept, since the oldest goes when the newest is whole.
    """
    training = recipe.training
    weights = round(trained.parameters * trained.weight_bytes)
    each = weights + trained.state_bytes(training.optimiser)
    kept = training.keep_checkpoints + 1
    if plan is not None:
        kept = min(kept, max(1, plan.rows.steps // save_interval(plan.rows.steps, training)))
    return kept * each + weights
