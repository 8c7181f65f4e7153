"""Parameters that are counted from config.json are those that transformers makes, for every family that is known."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.forecast.shape import read_shape

DENSE = ("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3_text")
SPARSE = ("mixtral", "qwen2_moe", "qwen3_moe", "gpt_oss")


@st.composite
def sizes(draw: st.DrawFn, family: str) -> dict[str, Any]:
    """Small sizes that fit together, with switches that only some families know."""
    kv_heads = draw(st.sampled_from([1, 2, 4]))
    heads = kv_heads * draw(st.sampled_from([1, 2, 3]))
    head_dim = draw(st.sampled_from([8, 16]))
    found: dict[str, Any] = {
        "model_type": family, "vocab_size": draw(st.integers(40, 90)), "num_hidden_layers": draw(st.integers(1, 4)),
        "hidden_size": heads * head_dim, "intermediate_size": draw(st.integers(5, 60)), "num_attention_heads": heads,
        "num_key_value_heads": kv_heads, "tie_word_embeddings": draw(st.booleans()), "max_position_embeddings": 64,
        "pad_token_id": 0,
    }  # fmt: skip
    if family not in ("qwen2", "qwen2_moe", "phi3"):
        found["head_dim"] = draw(st.sampled_from([head_dim, 4 * head_dim]))
    if family in ("llama", "qwen3", "gemma", "gemma2", "gemma3_text", "qwen3_moe", "gpt_oss"):
        found["attention_bias"] = draw(st.booleans())
    if family == "llama":
        found["mlp_bias"] = draw(st.booleans())
    if family in SPARSE:
        found |= draw(experts(family, found["num_hidden_layers"]))
    return found


@st.composite
def experts(draw: st.DrawFn, family: str, blocks: int) -> dict[str, Any]:
    count = draw(st.integers(2, 6))
    found: dict[str, Any] = {
        "num_experts_per_tok": draw(st.integers(1, count)),
        "num_local_experts" if family in ("mixtral", "gpt_oss") else "num_experts": count,
    }
    if family.startswith("qwen"):
        found["moe_intermediate_size"] = draw(st.integers(3, 40))
        found["decoder_sparse_step"] = draw(st.integers(1, 2))
        found["mlp_only_layers"] = draw(st.lists(st.integers(0, blocks - 1), unique=True))
    if family == "qwen2_moe":
        found["shared_expert_intermediate_size"] = draw(st.integers(3, 40))
        found["qkv_bias"] = draw(st.booleans())
    return found


def counted(config: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Parameters of the model that transformers makes of a config, and its linear layers' sizes in the blocks."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    values = dict(config)
    made = AutoConfig.for_model(values.pop("model_type"), **values)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(made)
    linear: dict[str, int] = {}
    for name, module in model.named_modules():
        last = name.rpartition(".")[2]
        if isinstance(module, torch.nn.Linear) and last not in ("lm_head", "shared_expert_gate"):
            linear[last] = linear.get(last, 0) + module.weight.numel()
    return sum(parameter.numel() for parameter in model.parameters()), linear


@pytest.mark.parametrize("family", [*DENSE, *SPARSE])
def test_parameters_are_those_of_transformers(family: str) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(sizes(family))
    def check(config: dict[str, Any]) -> None:
        shape = read_shape(config)
        parameters, linear = counted(config)
        assert shape.known
        assert shape.parameters == parameters
        ours: dict[str, int] = {}
        for layer in shape.linears:
            ours[layer.name] = ours.get(layer.name, 0) + layer.weights * layer.blocks
        assert ours == linear

    check()


def test_keys_that_a_config_leaves_out_are_transformers_defaults() -> None:
    """google/gemma-3-4b-it's config.json names four sizes of its text model, and leaves the rest to the code."""
    config = {
        "model_type": "gemma3",
        "text_config": {
            "hidden_size": 2560, "intermediate_size": 10_240, "model_type": "gemma3_text", "num_hidden_layers": 34,
            "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024,
        },
        "vision_config": {
            "hidden_size": 1152, "image_size": 896, "intermediate_size": 4304, "model_type": "siglip_vision_model",
            "num_attention_heads": 16, "num_hidden_layers": 27, "patch_size": 14, "vision_use_head": False,
        },
    }  # fmt: skip
    shape = read_shape(config)
    assert shape.parameters == counted(config)[0] == 4_300_079_472
    assert (shape.native_length, shape.window, shape.tied) == (131_072, 1024, True)


@pytest.mark.parametrize("family", [*DENSE, *SPARSE])
def test_a_config_of_only_its_family(family: str) -> None:
    from transformers import AutoConfig

    made = AutoConfig.for_model(family)
    shape = read_shape({"model_type": family})
    assert shape.hidden == made.hidden_size
    assert shape.kv_heads == made.num_key_value_heads
    assert shape.head_dim == (getattr(made, "head_dim", None) or made.hidden_size // made.num_attention_heads)
    assert shape.native_length == made.max_position_embeddings
    assert shape.tied == made.tie_word_embeddings
