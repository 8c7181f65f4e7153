"""Whether the labels that reach the model are ours: looked at once, in the first batch that is trained."""

from typing import Any, Protocol

from engine.errors import ModelError


class Kept(Protocol):
    """A collator that keeps the first batch it makes for training."""

    first: dict[str, Any] | None
    """Its input_ids and labels, until somebody has compared them with what reached the model."""


def watch_first_batch(model: Any, collator: Kept) -> None:
    """Compare what the model is first called with in training with what the collator made.

    The training ends with a ModelError when some library between has changed what is trained.
    """

    def compare(module: Any, arguments: Any, inputs: dict[str, Any]) -> None:
        if not module.training or collator.first is None:
            return
        handle.remove()
        ours, collator.first = collator.first, None
        if "labels" in inputs and "input_ids" in inputs and not same_objective(ours, inputs):
            raise ModelError(
                "the trainer changes what is trained: the first batch's labels are not those of the audit: "
                "set hardware.backend to hf"
            )

    handle = model.register_forward_pre_hook(compare, with_kwargs=True)


def same_objective(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether two batches train the same tokens; one of them may have its rows in one line, without padding."""
    import torch

    labels, ids = theirs["labels"].cpu(), theirs["input_ids"].cpu()
    if labels.shape != ids.shape:
        return False
    if labels.shape == ours["labels"].shape:
        return bool(torch.equal(labels, ours["labels"]) and torch.equal(ids, ours["input_ids"]))
    trained, expected = labels != -100, ours["labels"] != -100
    return bool(torch.equal(labels[trained], ours["labels"][expected]) and torch.equal(ids[trained], labels[trained]))
