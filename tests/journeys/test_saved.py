"""What blocks save for the backward pass is what forecasts take them to: counted on the CPU, in the GPU's types."""

from typing import Any

import pytest

from engine.forecast.activations import passes
from engine.forecast.shape import read_shape

TOKENS = 512
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3_text")
LAYERS = (
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "qkv_proj", "gate_up_proj",
)  # fmt: skip


def config_of(family: str, blocks: int) -> dict[str, Any]:
    """A small model of a family whose four widths differ where the family lets them."""
    sizes: dict[str, Any] = {
        "model_type": family, "vocab_size": 64, "hidden_size": 256, "intermediate_size": 704,
        "num_hidden_layers": blocks, "num_attention_heads": 8, "num_key_value_heads": 2,
        "max_position_embeddings": 1024, "pad_token_id": 0, "eos_token_id": 1,
    }  # fmt: skip
    own_heads = {} if family in ("qwen2", "phi3") else {"head_dim": 64}
    return sizes | own_heads | ({"sliding_window": 1024} if family.startswith("gemma") and family != "gemma" else {})


def saved_bytes(family: str, blocks: int, *, full: bool) -> float:
    """Bytes a token that a forward pass under bf16 autocast saves, weights not counted."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    values = config_of(family, blocks)
    made = AutoConfig.for_model(values.pop("model_type"), **values)
    model: Any = AutoModelForCausalLM.from_config(made, attn_implementation="sdpa").to(torch.bfloat16)
    if not full:
        there = {name.rpartition(".")[2] for name, _ in model.named_modules()}
        settings = LoraConfig(r=2, target_modules=[name for name in LAYERS if name in there], task_type="CAUSAL_LM")
        model = get_peft_model(model, settings).to(torch.bfloat16)  # as trl holds the adapters of quantised models
        model.enable_input_require_grads()
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    saved: dict[int, Any] = {}

    def keep(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            saved[storage.data_ptr()] = tensor
        return tensor

    body = (model if full else model.get_base_model()).model
    ids = torch.randint(0, 64, (1, TOKENS))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda it: it), torch.autocast("cpu", dtype=torch.bfloat16):
        body(input_ids=ids, use_cache=False)
    return sum(tensor.untyped_storage().nbytes() for tensor in saved.values()) / TOKENS


@pytest.mark.parametrize("full", [False, True], ids=["adapter", "full"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_block_saves_what_is_forecast(family: str, full: bool) -> None:
    measured = (saved_bytes(family, 3, full=full) - saved_bytes(family, 1, full=full)) / 2
    shape = read_shape(config_of(family, 1))
    kept = passes("hf", shape, adapter_bytes=2, full=full, element_bytes=2).kept
    assert kept.per_token(shape) == pytest.approx(measured, rel=0.03)
