"""Parameters that are counted from config.json are those that transformers makes, for every family that is known."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.forecast.families import FAMILIES, SEEING, WHOLE
from engine.forecast.shape import ModelShape, read_shape

LIKE_LLAMA = sorted(FAMILIES.keys() - WHOLE)
"""Families that are right to 1%, at sizes that models have."""
AN_8B: dict[str, Any] = {
    "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "intermediate_size": 14_336, "vocab_size": 128_256,
}  # fmt: skip
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


@st.composite
def larger_sizes(draw: st.DrawFn, family: str) -> dict[str, Any]:
    """Sizes that fit together, large enough for norms to be little; keys with defaults are stated or left out."""
    heads = draw(st.sampled_from([8, 16, 32]))
    blocks = draw(st.integers(3, 8))
    found: dict[str, Any] = {
        "model_type": family, "vocab_size": draw(st.sampled_from([32_000, 100_000])), "num_hidden_layers": blocks,
        "hidden_size": heads * 128, "intermediate_size": draw(st.sampled_from([2000, 11_008])), "pad_token_id": 0,
        "num_attention_heads": heads, "max_position_embeddings": 4096,
        "num_key_value_heads": draw(st.sampled_from([2, 8, heads])),
    }  # fmt: skip
    if family not in ("deepseek_v2", "deepseek_v3", "cohere2", "helium", "hunyuan_v1_dense") and draw(st.booleans()):
        found["tie_word_embeddings"] = draw(st.booleans())
    if family == "hunyuan_v1_dense":
        found["head_dim"] = 128
    found |= draw(stated_experts(family, blocks))
    if family.startswith("deepseek"):
        found |= {"q_lora_rank": draw(st.sampled_from([None, 768])), "kv_lora_rank": 256, "num_key_value_heads": heads}
    return found


@st.composite
def stated_experts(draw: st.DrawFn, family: str, blocks: int) -> dict[str, Any]:
    """How many experts, how wide, and in which blocks, in the family's own words."""
    names = [name for name in FAMILIES[family] if name in ("num_local_experts", "num_experts", "n_routed_experts")]
    if not names:
        return {}
    found: dict[str, Any] = {names[0]: draw(st.sampled_from([8, 16])), "num_experts_per_tok": draw(st.integers(1, 4))}
    if names[0] == "n_routed_experts":
        found |= {
            "moe_intermediate_size": draw(st.sampled_from([768, 1408])), "n_shared_experts": draw(st.integers(1, 2)),
            "first_k_dense_replace": draw(st.integers(0, blocks - 1)), "n_group": 1, "topk_group": 1,
        }  # fmt: skip
    if family == "llama4_text":
        found |= {"interleave_moe_layer_step": draw(st.integers(1, 2)), "intermediate_size_mlp": 4096}
    return found


_NOT_OF_BLOCKS = ("lm_head", "shared_expert_gate", "router")


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
        if isinstance(module, torch.nn.Linear) and last not in _NOT_OF_BLOCKS:
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
        assert by_name(shape) == linear

    check()


def by_name(shape: ModelShape) -> dict[str, int]:
    """Weights of the linear layers of each name."""
    found: dict[str, int] = {}
    for layer in shape.linears:
        found[layer.name] = found.get(layer.name, 0) + layer.weights * layer.blocks
    return found


@pytest.mark.parametrize("family", LIKE_LLAMA)
def test_parameters_of_more_families_are_right_to_a_percent(family: str) -> None:
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(larger_sizes(family))
    def check(config: dict[str, Any]) -> None:
        shape = read_shape(config)
        parameters, linear = counted(config)
        assert abs(shape.parameters / parameters - 1) < 0.01
        assert by_name(shape) == linear

    check()


def test_no_model_of_text_is_counted_wrong() -> None:
    """Whatever transformers makes of the defaults of each of its families: right to 1%, or not known."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    right = {name for name in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES if _is_right(name, "AutoModelForCausalLM")}
    assert right >= {*DENSE, *SPARSE, *LIKE_LLAMA} - {"hunyuan_v1_dense"}  # its class makes no model of its defaults
    assert not right & {"qwen3_next", "qwen3_5_text", "gemma3n_text", "gemma4_text", "gpt2", "phi", "starcoder2"}


def test_no_model_that_sees_is_counted_wrong() -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    names = [*MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES]
    assert {name for name in names if _is_right(name, "AutoModelForImageTextToText")} == SEEING


_REFUSED = (ValueError, TypeError, AttributeError, KeyError, AssertionError, ImportError)
"""A shape that is not known, and what classes raise whose own defaults make no model, or that need more libraries."""


def _is_right(family: str, auto: str) -> bool:
    """Whether parameters of a family's defaults are right to 1%; False where they are not known, or there is none."""
    import torch
    import transformers
    from huggingface_hub.errors import StrictDataclassError

    try:
        config = transformers.AutoConfig.for_model(family)
        with torch.device("meta"):
            model = getattr(transformers, auto).from_config(config)
        shape = read_shape(config.to_dict())
    except (*_REFUSED, StrictDataclassError):
        return False
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert abs(shape.parameters / parameters - 1) < 0.01, family
    return True


def test_a_family_that_is_not_known_is_taken_for_llama_s_where_its_files_weigh_so() -> None:
    config = AN_8B | {"model_type": "newest"}
    weighs = 2 * read_shape(AN_8B | {"model_type": "llama"}).parameters
    assert read_shape(config, round(1.01 * weighs)).known is False
    for file_bytes, why in ((None, "no weight files say"), (round(1.1 * weighs), "do not weigh what Llama's")):
        with pytest.raises(ValueError, match=why):
            read_shape(config, file_bytes)


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
