"""What is known of each family of models: transformers' defaults, and what its code has and no config says.

Every family here is held against the parameters and the layers that transformers makes of its configs
(tests/journeys/test_model_shapes.py).
"""

from typing import Any

COMMON: dict[str, Any] = {
    "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32_000,
    "intermediate_size": 11_008, "tie_word_embeddings": False,
}  # fmt: skip
_GEMMA: dict[str, Any] = {"vocab_size": 256_000, "head_dim": 256, "tie_word_embeddings": True}
_MISTRAL: dict[str, Any] = {
    "intermediate_size": 14_336, "num_key_value_heads": 8, "sliding_window": 4096,
}  # fmt: skip
_QWEN: dict[str, Any] = {
    "vocab_size": 151_936, "intermediate_size": 22_016, "num_key_value_heads": 32,
}  # fmt: skip

_LATENT: dict[str, Any] = {
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
}  # fmt: skip
"""DeepSeek's attention, whose keys and values go through a narrow layer."""

_WHOLE: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": _MISTRAL,
    "ministral": _MISTRAL,
    "qwen2": _QWEN | {"qkv_bias": True},
    "qwen3": _QWEN | {"head_dim": 128, "qk_norm": True},
    "phi3": {
        "vocab_size": 32_064, "hidden_size": 3072, "intermediate_size": 8192,
        "fused": True, "head_dim": None,
    },
    "gemma": _GEMMA | {
        "hidden_size": 3072, "intermediate_size": 24_576, "num_hidden_layers": 28, "num_attention_heads": 16,
        "num_key_value_heads": 16,
    },
    "gemma2": _GEMMA | {
        "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26, "num_attention_heads": 8,
        "num_key_value_heads": 4, "sliding_window": 4096, "layer_norms": 4,
        "attn_logit_softcapping": 50.0,
    },
    "gemma3_text": _GEMMA | {
        "vocab_size": 262_208, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
        "num_attention_heads": 8, "num_key_value_heads": 4, "sliding_window": 4096,
        "layer_norms": 4, "qk_norm": True,
    },
    "mixtral": _MISTRAL | {"num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": None},
    "qwen2_moe": _QWEN | {
        "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 24, "num_attention_heads": 16,
        "num_key_value_heads": 16, "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632,
        "num_experts": 60, "num_experts_per_tok": 4, "qkv_bias": True, "shared_gate": True,
    },
    "qwen3_moe": _QWEN | {
        "hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 24, "num_key_value_heads": 4,
        "moe_intermediate_size": 768, "num_experts": 128, "num_experts_per_tok": 8, "qk_norm": True,
    },
    "gpt_oss": {
        "vocab_size": 201_088, "hidden_size": 2880, "intermediate_size": 2880, "num_hidden_layers": 36, "head_dim": 64,
        "num_attention_heads": 64, "num_key_value_heads": 8, "sliding_window": 128,
        "num_local_experts": 128, "num_experts_per_tok": 4, "attention_bias": True, "expert_bias": True, "sinks": True,
    },
}  # fmt: skip
"""Families whose parameters are known to the last one; a config may leave out any size."""

_LIKE_LLAMA: dict[str, dict[str, Any]] = {
    "cohere": {"tie_word_embeddings": True},
    "cohere2": {"tie_word_embeddings": True, "head_dim": 128, "sliding_window": 4096},
    "cwm": {"num_key_value_heads": 8, "head_dim": 128, "sliding_window": 8192},
    "ernie4_5": {"num_key_value_heads": 2, "head_dim": 128, "tie_word_embeddings": True},
    "exaone4": {"qk_norm": True, "sliding_window": 4096},
    "glm": {"num_key_value_heads": 2, "head_dim": 128, "attention_bias": True, "joined": True},
    "glm4": {"num_key_value_heads": 2, "head_dim": 128, "attention_bias": True, "joined": True, "layer_norms": 4},
    "granite": {},
    "helium": {"num_key_value_heads": 20, "head_dim": 128},
    "hunyuan_v1_dense": {"qk_norm": True},
    "ministral3": {"num_key_value_heads": 8, "head_dim": 128},
    "olmo": {},
    "olmo2": {"qk_norm": True},
    "olmo3": {"qk_norm": True, "sliding_window": 4096},
    "seed_oss": {"num_key_value_heads": 8, "head_dim": 128, "attention_bias": True},
    "smollm3": {"num_key_value_heads": 4, "tie_word_embeddings": True},
    "stablelm": {},
    "vaultgemma": {"num_key_value_heads": 4, "head_dim": 256, "tie_word_embeddings": True, "sliding_window": 4096},
    "phimoe": {"num_key_value_heads": 8, "num_local_experts": 16, "num_experts_per_tok": 2},
    "olmoe": {"num_key_value_heads": 16, "num_experts": 64, "num_experts_per_tok": 8, "qk_norm": True},
    "granitemoe": {"num_local_experts": 8, "num_experts_per_tok": 2},
    "minimax_m2": {
        "num_key_value_heads": 8, "head_dim": 128, "num_local_experts": 256, "num_experts_per_tok": 8, "qk_norm": True,
    },
    "glm4_moe": {
        "num_key_value_heads": 8, "n_routed_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 1408,
        "n_shared_experts": 1, "first_k_dense_replace": 1,
    },
    "deepseek_v2": _LATENT | {
        "n_routed_experts": 64, "num_experts_per_tok": 6, "moe_intermediate_size": 1407, "n_shared_experts": 2,
    },
    "deepseek_v3": _LATENT | {
        "n_routed_experts": 256, "num_experts_per_tok": 8, "moe_intermediate_size": 2048, "n_shared_experts": 1,
        "first_k_dense_replace": 3,
    },
    "llama4_text": {
        "num_key_value_heads": 8, "head_dim": 128, "num_local_experts": 16, "num_experts_per_tok": 1,
        "intermediate_size_mlp": 16_384, "interleave_moe_layer_step": 1, "shared_is_expert": True,
    },
}  # fmt: skip
"""Families whose sizes must stand in the config; parameters to less than 1%, since norms differ a little."""

FAMILIES = _WHOLE | _LIKE_LLAMA
"""Per family, by `model_type` of the text model: what a config leaves out."""

WHOLE = frozenset(_WHOLE)
"""Families of which every size has a default."""

SEEING = frozenset(
    (
        "cohere2_vision", "deepseek_vl", "gemma3", "got_ocr2", "kimi_k25", "llama4", "llava", "llava_next",
        "llava_onevision", "mistral3", "ovis2", "paligemma", "shieldgemma2", "vipllava",
    )
)  # fmt: skip
"""Models with a part that sees whose parameters `engine.forecast.vision` counts to less than 1% of all."""
OTHER_PARTS = ("vision_config", "audio_config")
"""Where a config says what a model has beside text."""
