"""What a preference method measures the model against: the model as it was when training began.

A fresh adapter changes nothing, so the model without it is the reference, and costs no memory. An adapter that has been
trained before, or that starts from the weights' strongest directions (PiSSA), is copied by trl into a second adapter,
`ref`. Where every weight is trained the whole model is copied.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_COPY = "ref"
"""trl's name of the copied adapter."""


def is_adapted(model: Any) -> bool:
    """Whether an adapter is trained, and not the whole model."""
    return hasattr(model, "peft_config")


def whole_copy(model: Any) -> Any:
    """A copy for trl to measure against where every weight is trained; None where an adapter can be switched off."""
    if is_adapted(model):
        return None
    from copy import deepcopy

    return deepcopy(model).requires_grad_(False).eval()


@contextmanager
def reference_of(model: Any) -> Iterator[None]:
    """While a trainer is built: the adapter's copy is one of numbers alone, and goes at once where it is not needed."""
    if not is_adapted(model):
        yield
        return
    fresh = _changes_nothing(model)
    settings = model.peft_config["default"]
    start = settings.init_lora_weights
    settings.init_lora_weights = True  # PiSSA would take the copy out of the weights a second time
    try:
        yield
    finally:
        settings.init_lora_weights = start
    if fresh:
        drop_copy(model)


def drop_copy(model: Any) -> None:
    """Take the copied adapter out, if there is one."""
    if is_adapted(model) and _COPY in model.peft_config:
        model.delete_adapter(_COPY)


def forget_copy_at_the_end(trainer: Any) -> None:
    """Let the copied adapter go when training is over, so that what is saved is the trained one alone."""
    from transformers import TrainerCallback

    class Forget(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            drop_copy(trainer.model)

    trainer.add_callback(Forget())


def _changes_nothing(model: Any) -> bool:
    """Whether the adapter has no effect yet: its second matrices are all zero."""
    second = [parameter for name, parameter in model.named_parameters() if ".lora_B." in name]
    return bool(second) and not any(bool(parameter.detach().any()) for parameter in second)
