"""All rules, a file a theme. Importing this fills the registry."""

from engine.advice.rules import (
    accepting,
    adapter,
    backend,
    batch,
    checkpoints,
    classes,
    cleaning,
    data,
    epochs,
    evaluation,
    grpo,
    length,
    memory,
    method,
    model,
    money,
    optimiser,
    preference,
    purpose,
    rate,
    split,
    trackers,
)

__all__ = [
    "accepting", "adapter", "backend", "batch", "checkpoints", "classes", "cleaning", "data", "epochs", "evaluation",
    "grpo", "length", "memory", "method", "model", "money", "optimiser", "preference", "purpose", "rate", "split",
    "trackers",
]  # fmt: skip
