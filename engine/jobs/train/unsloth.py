"""The `unsloth` backend. The only module that imports unsloth, which must come before transformers, trl and peft."""

import unsloth  # isort: skip  # noqa: F401 - patches what is imported after it

from typing import Any

from unsloth import FastLanguageModel

from engine.errors import ModelError
from engine.jobs.train.backend import Base, LoadedModel, check_also_train, resolve_targets
from engine.jobs.train.collator import padded
from engine.jobs.train.rope import Scaling, scaling
from engine.jobs.train.starting import load_into
from engine.recipe import Recipe

_CHECKPOINTING: dict[str, str | bool] = {"unsloth": "unsloth", "plain": True, "off": False}


class UnslothBackend:
    """Loads and adapts with Unsloth's kernels."""

    name = "unsloth"
    compiles = True

    def load(self, recipe: Recipe, base: Base) -> LoadedModel:
        """Load the base model and put an adapter on it; with adapter.kind = full all of it trains."""
        stretched = scaling(base.config, recipe.training)
        model = _load(recipe, base, stretched)
        _check_positions(model, stretched)
        dtype = "nf4" if recipe.adapter.kind == "qlora" else str(model.dtype).removeprefix("torch.")
        if recipe.adapter.kind != "full":
            model = _adapt(model, recipe)
        if base.adapter is not None:
            load_into(model, base.adapter)
        if recipe.training.packing:
            _allow_long_lines(model)
        return LoadedModel(model, dtype, str(model.device), in_one_line=True)


def _load(recipe: Recipe, base: Base, stretched: Scaling | None) -> Any:
    """Unsloth's length is that of padded batches: it cuts longer inputs without their labels, and so would train on
    other tokens than those shown.
    """
    import torch

    scaled = {"rope_scaling": stretched.parameters} if stretched else {}  # None would take the model's own away
    precision = {"auto": None, "bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    try:
        model, _ = FastLanguageModel.from_pretrained(
            base.path,
            max_seq_length=padded(recipe.training.max_length),
            dtype=precision[recipe.training.precision],
            load_in_4bit=recipe.adapter.kind == "qlora",
            full_finetuning=recipe.adapter.kind == "full",
            revision=recipe.model.revision or None,
            use_gradient_checkpointing=_CHECKPOINTING[recipe.training.gradient_checkpointing],
            random_state=recipe.training.seed,
            **scaled,
        )
    except torch.OutOfMemoryError:
        raise  # a RuntimeError too, with a mend of its own
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0][:300]
        raise ModelError(f"{base.path}: Unsloth cannot load it: {reason}: set hardware.backend to hf") from error
    return model


def _check_positions(model: Any, stretched: Scaling | None) -> None:
    """Unsloth passes over a scaling that it does not know, with a line in the log."""
    if stretched is None:
        return
    rope = getattr(model.config, "rope_parameters", None) or getattr(model.config, "rope_scaling", None) or {}
    if rope.get("rope_type") != stretched.kind or abs(rope.get("factor", 1.0) - stretched.factor) > 1e-6:
        raise ModelError("training.rope_scaling: Unsloth does not scale this model's positions as asked: "
                         "set hardware.backend to hf")  # fmt: skip


def _adapt(model: Any, recipe: Recipe) -> Any:
    adapter = recipe.adapter
    check_also_train(model, adapter.also_train)
    return FastLanguageModel.get_peft_model(
        model,
        r=adapter.rank,
        target_modules=[*resolve_targets(model, adapter.targets), *adapter.also_train],
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        bias="none",
        use_gradient_checkpointing=_CHECKPOINTING[recipe.training.gradient_checkpointing],
        random_state=recipe.training.seed,
        use_rslora=adapter.rslora,
        max_seq_length=padded(recipe.training.max_length),
    )


def _allow_long_lines(model: Any) -> None:
    """Packed sequences of a micro-batch lie in one line, longer than any of them; Unsloth's own mark lets it be."""
    for module in model.modules():
        if hasattr(module, "max_seq_length"):
            module._unsloth_allow_packed_overlength = True
