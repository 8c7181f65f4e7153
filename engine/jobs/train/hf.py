"""The `hf` backend: transformers + peft (+ bitsandbytes for 4 bit). Runs anywhere; the yardstick for the others."""

from typing import Any

from engine.errors import ModelError
from engine.jobs.train.backend import Base, LoadedModel, check_also_train, resolve_targets
from engine.jobs.train.rope import apply, scaling
from engine.jobs.train.starting import load_into
from engine.recipe import Recipe

PISSA = "pissa_niter_16"
"""peft's name of PiSSA with 16 rounds of a randomised SVD: seconds where the exact one takes minutes
(Meng et al. 2024, arXiv 2404.02948, section 4)."""


class HfBackend:
    """Loads with transformers and adapts with peft."""

    name = "hf"
    compiles = False

    def load(self, recipe: Recipe, base: Base) -> LoadedModel:
        """Load the base model and put an adapter on it; with adapter.kind = full all of it trains."""
        model = load_base(recipe, base)
        dtype = "nf4" if recipe.adapter.kind == "qlora" else str(model.dtype).removeprefix("torch.")
        if recipe.adapter.kind != "full":
            model = _adapt(model, recipe)
        if base.adapter is not None:
            load_into(model, base.adapter)
        _widen_half_precision(model)
        return LoadedModel(model, dtype, str(model.device))


def load_base(recipe: Recipe, base: Base) -> Any:
    """A recipe's base model on the GPU, or on the CPU where there is none. Raises ModelError with the reason."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    dtype = weight_dtype(recipe.training.precision)
    if recipe.adapter.kind == "full" and dtype == torch.float16:
        dtype = torch.float32  # 16-bit sums are scaled back into the weights, which half precision cannot hold
    options: dict[str, Any] = {"dtype": dtype, "attn_implementation": "sdpa"}
    if recipe.model.revision:
        options["revision"] = recipe.model.revision
    if torch.cuda.is_available():
        options["device_map"] = {"": 0}
    if recipe.adapter.kind == "qlora":
        options["quantization_config"] = _four_bit(dtype)
    stretched = scaling(base.config, recipe.training)
    try:
        if stretched is not None:
            options["config"] = AutoConfig.from_pretrained(base.path, revision=recipe.model.revision or None)
            apply(options["config"], stretched)
        return AutoModelForCausalLM.from_pretrained(base.path, **options)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0][:300]
        raise ModelError(f"{base.path}: the model cannot be loaded: {reason}") from error


def weight_dtype(precision: str) -> Any:
    """What 16-bit weights and sums are held in: bf16 where the GPU has it, else fp16; fp32 on a CPU."""
    import torch

    if precision != "auto":
        return {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[precision]
    if not torch.cuda.is_available():
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _adapt(model: Any, recipe: Recipe) -> Any:
    from peft import LoraConfig, get_peft_model

    adapter = recipe.adapter
    check_also_train(model, adapter.also_train)
    whole = list(adapter.also_train)
    tied = bool(whole) and bool(model.config.get_text_config(decoder=True).tie_word_embeddings)
    config = LoraConfig(
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules=list(resolve_targets(model, adapter.targets)),
        modules_to_save=whole or None,
        ensure_weight_tying=tied,  # else what reads words and what writes them would part
        use_rslora=adapter.rslora,
        use_dora=adapter.dora,
        init_lora_weights=PISSA if adapter.init == "pissa" else True,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def _widen_half_precision(model: Any) -> None:
    """Trained weights in fp16 become fp32: their gradients are scaled, which fp16 has no room for."""
    import torch

    for parameter in model.parameters():
        if parameter.requires_grad and parameter.dtype == torch.float16:
            parameter.data = parameter.data.float()


def _four_bit(compute_dtype: Any) -> Any:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype,
    )
