"""How many optimiser steps a recipe takes: the same arithmetic for the forecast, the form and the trainer."""

from math import ceil

from engine.recipe import Training


def steps_per_epoch(rows: int, training: Training) -> int:
    """Optimiser steps to see `rows` once; the last ones of an epoch may hold fewer rows."""
    micro_batches = ceil(rows / training.micro_batch)
    return max(1, ceil(micro_batches / training.accumulation))


def planned_steps(rows: int, training: Training) -> int:
    """Optimiser steps of the whole run."""
    by_epochs = ceil(training.epochs * steps_per_epoch(rows, training))
    return by_epochs if training.max_steps is None else training.max_steps


def warmup_steps(steps: int, training: Training) -> int:
    """Optimiser steps over which the rate rises."""
    return round(training.warmup * steps) if training.warmup < 1 else min(steps, round(training.warmup))


def evaluation_interval(steps: int, training: Training) -> int:
    """Optimiser steps between evaluations, at least 1 and at most the whole run."""
    every = training.evaluate_every
    return max(1, min(steps, round(every * steps) if every < 1 else round(every)))
