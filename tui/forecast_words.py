"""What a person reads for the parts of a forecast's memory: one table, for every screen and the command line."""

from collections.abc import Mapping

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
