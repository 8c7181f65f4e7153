"""The `hf` backend: transformers + peft (+ bitsandbytes for 4 bit). Runs anywhere; the yardstick for the others."""

from typing import Any

from engine.errors import ModelError
from engine.jobs.train.backend import LoadedModel, resolve_targets
from engine.recipe import Recipe


class HfBackend:
    """Loads with transformers and adapts with peft."""

    name = "hf"
    compiles = False

    def load(self, recipe: Recipe, path: str) -> LoadedModel:
        """Load the base model and put a fresh adapter on it."""
        from peft import LoraConfig, get_peft_model

        model = load_base(path, four_bit=recipe.adapter.kind == "qlora", precision=recipe.training.precision)
        targets = resolve_targets(model, recipe.adapter.targets)
        adapter = LoraConfig(
            r=recipe.adapter.rank,
            lora_alpha=recipe.adapter.alpha,
            lora_dropout=recipe.adapter.dropout,
            target_modules=list(targets),
            task_type="CAUSAL_LM",
        )
        dtype = "nf4" if recipe.adapter.kind == "qlora" else str(model.dtype).removeprefix("torch.")
        return LoadedModel(get_peft_model(model, adapter), dtype, str(model.device))


def load_base(path: str, *, four_bit: bool, precision: str = "auto") -> Any:
    """A base model on the GPU, or on the CPU where there is none. Raises ModelError with the reason."""
    import torch
    from transformers import AutoModelForCausalLM

    dtype = weight_dtype(precision)
    options: dict[str, Any] = {"dtype": dtype, "attn_implementation": "sdpa"}
    if torch.cuda.is_available():
        options["device_map"] = {"": 0}
    if four_bit:
        options["quantization_config"] = _four_bit(dtype)
    try:
        return AutoModelForCausalLM.from_pretrained(path, **options)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0][:300]
        raise ModelError(f"{path}: the model cannot be loaded: {reason}") from error


def weight_dtype(precision: str) -> Any:
    """What 16-bit weights and sums are held in: bf16 where the GPU has it, else fp16; fp32 on a CPU."""
    import torch

    if precision != "auto":
        return {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[precision]
    if not torch.cuda.is_available():
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _four_bit(compute_dtype: Any) -> Any:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype,
    )
