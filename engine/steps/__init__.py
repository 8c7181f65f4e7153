"""How many optimiser steps a recipe takes: the same arithmetic for the forecast, the form and the trainer."""

from math import ceil, isfinite

from engine.recipe import Training


def steps_per_epoch(rows: int, training: Training) -> int:
    """Optimiser steps to see `rows` once; the last ones of an epoch may hold fewer rows.

    `rows`: what the trainer's loader gives out; with training.packing the packed sequences (`engine.steps.plan`).
    """
    micro_batches = ceil(rows / training.micro_batch)
    return max(1, ceil(micro_batches / training.accumulation))


def planned_steps(rows: int, training: Training) -> int:
    """Optimiser steps of the whole run; `rows` as above."""
    by_epochs = ceil(training.epochs * steps_per_epoch(rows, training))
    return by_epochs if training.max_steps is None else training.max_steps


def warmup_steps(steps: int, training: Training) -> int:
    """Optimiser steps over which the rate rises."""
    return round(training.warmup * steps) if training.warmup < 1 else min(steps, round(training.warmup))


def evaluation_interval(steps: int, training: Training) -> int:
    """Optimiser steps between evaluations, at least 1 and at most the whole run."""
    return _interval(training.evaluate_every, steps)


def save_interval(steps: int, training: Training) -> int:
    """Optimiser steps between checkpoints: as many as between evaluations, or a multiple of it (`saves_miss`)."""
    every, saved = training.evaluate_every, training.save_every
    if saved is None:
        return evaluation_interval(steps, training)
    if (every < 1) == (saved < 1):  # by their ratio: two rounded shares need not divide
        return evaluation_interval(steps, training) * max(1, round(min(saved / every, steps)))
    return _interval(saved, steps)


def saves_miss(training: Training, steps: int | None = None) -> str:
    """Why save_every is no multiple of evaluate_every, in one line with the mend; "" when it is.

    `steps`: of the whole run; None before they are known, when a share cannot be told from a number of steps.
    """
    every, saved = training.evaluate_every, training.save_every
    if saved is None:
        return ""
    if (every < 1) == (saved < 1):
        ratio = saved / every  # infinite for the smallest of shares
        fits = isfinite(ratio) and ratio >= 1 and abs(ratio - round(ratio)) < 1e-6
    elif steps is None:
        return ""
    else:
        fits = _interval(saved, steps) % evaluation_interval(steps, training) == 0
    if fits:
        return ""
    return (
        f"training.save_every: {saved:g} is no multiple of training.evaluate_every = {every:g}, and the best "
        f"checkpoint is chosen by evaluations: set it to {2 * every:g}, or leave it empty"
    )


def _interval(every: float, steps: int) -> int:
    return max(1, min(steps, round(every * steps) if every < 1 else round(every)))
