"""The `unsloth` backend. The only module that imports unsloth, which must come before transformers, trl and peft."""

import unsloth  # isort: skip  # noqa: F401 - patches what is imported after it

from unsloth import FastLanguageModel

from engine.errors import ModelError
from engine.jobs.train.backend import LoadedModel, resolve_targets
from engine.jobs.train.collator import padded
from engine.recipe import Recipe

_CHECKPOINTING: dict[str, str | bool] = {"unsloth": "unsloth", "plain": True, "off": False}


class UnslothBackend:
    """Loads and adapts with Unsloth's kernels."""

    name = "unsloth"
    compiles = True

    def load(self, recipe: Recipe, path: str) -> LoadedModel:
        """Load the base model and put a fresh adapter on it.

        Unsloth's length is that of padded batches: it cuts longer inputs without their labels, and so would train on
        other tokens than those shown.
        """
        import torch

        precision = {"auto": None, "bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
        four_bit = recipe.adapter.kind == "qlora"
        try:
            model, _ = FastLanguageModel.from_pretrained(
                path,
                max_seq_length=padded(recipe.training.max_length),
                dtype=precision[recipe.training.precision],
                load_in_4bit=four_bit,
            )
        except torch.OutOfMemoryError:
            raise  # a RuntimeError too, with a mend of its own
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0][:300]
            raise ModelError(f"{path}: Unsloth cannot load it: {reason}: set hardware.backend to hf") from error
        dtype = "nf4" if four_bit else str(model.dtype).removeprefix("torch.")
        return LoadedModel(_adapt(model, recipe), dtype, str(model.device))


def _adapt(model: object, recipe: Recipe) -> object:
    targets = resolve_targets(model, recipe.adapter.targets)
    return FastLanguageModel.get_peft_model(
        model,
        r=recipe.adapter.rank,
        target_modules=list(targets),
        lora_alpha=recipe.adapter.alpha,
        lora_dropout=recipe.adapter.dropout,
        bias="none",
        use_gradient_checkpointing=_CHECKPOINTING[recipe.training.gradient_checkpointing],
        random_state=recipe.training.seed,
        max_seq_length=padded(recipe.training.max_length),
    )
