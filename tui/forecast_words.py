"""What a person reads for the parts of a forecast's memory, and for what steps hold: on every screen the same."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.recipe import Recipe

PART_WORDS: Mapping[str, str] = {
    "weights": "weights", "adapter": "adapter", "reference": "reference", "gradients": "gradients",
    "optimiser": "optimiser", "step_copy": "AdamW's copy", "activations": "activations", "loss": "logits, loss",
    "evaluation": "evaluation", "sampling": "sampling", "allocator": "allocator", "context": "CUDA context",
}  # fmt: skip
"""By the names of `engine.forecast.memory.PARTS`."""

_ON_CPU: Mapping[str, str] = {"context": "libraries"}
"""What is called otherwise where the memory is the host's."""


def part_words(name: str, *, on_gpu: bool) -> str:
    """What a part is called; one that is not known, of a newer engine, is called by its name."""
    words = PART_WORDS.get(name, name)
    return words if on_gpu else _ON_CPU.get(name, words)


_UNITS: Mapping[str, str] = {"dpo": "pair", "orpo": "pair", "kto": "answer", "grpo": "answer"}


def unit_words(recipe: "Recipe") -> str:
    """What one of a step's rows is: a row, a packed row, a pair of answers, or an answer (judged, or sampled)."""
    return "packed row" if recipe.training.packing else _UNITS.get(recipe.method.kind, "row")


def about_words(recipe: "Recipe", *, exact: bool) -> str:
    """What stands before a number of tokens: nothing, `about `, or `up to about ` for answers yet to be sampled."""
    return "" if exact else "up to about " if recipe.method.kind == "grpo" else "about "
