"""A model's shape, from its config.json and never from its name: sizes, and which weights there are.

Keys that a config leaves out have the value that transformers' config class of its `model_type` gives them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.backends import Config, native_length, of_text
from engine.forecast.vision import vision_parameters

_COMMON: dict[str, Any] = {
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

_DEFAULTS: dict[str, dict[str, Any]] = {
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
"""Per family: transformers' defaults, and in the same words what its code has and no config says."""


_NEEDED = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")
"""Keys without which nothing can be said of a family that is not known."""
_STRANGE = (
    "kv_lora_rank",
    "q_lora_rank",
    "n_routed_experts",
    "moe_num_experts",
    "layers_block_type",
    "ssm_cfg",
    "mamba_d_state",
)
"""Keys of other attention, other experts, or none of these."""
_LARGEST = 10_000_000
"""No size of a model is larger; vocabularies are the largest, about 300,000."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear layer that every block has."""

    name: str
    inputs: int
    outputs: int
    bias: bool
    blocks: int
    """How many blocks have it."""

    @property
    def weights(self) -> int:
        """Weights in one block, without the bias."""
        return self.inputs * self.outputs


@dataclass(frozen=True)
class ModelShape:
    """Sizes of a decoder-only model."""

    family: str
    """config.json's `model_type` of the text model."""
    known: bool
    """Whether this family's layout is known; else it is taken for Llama's, and parameters are a guess."""
    hidden: int
    blocks: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    """Width of the feed-forward layers of a dense block."""
    vocabulary: int
    tied: bool
    """Whether the output layer is the embedding."""
    native_length: int
    """Positions that the model was made for, with the RoPE scaling of its own config; 0 where nothing says."""
    window: int | None = None
    """Tokens that sliding-window layers look back; None without such layers."""
    softcap: float | None = None
    """Soft cap of attention scores (Gemma 2), which takes them off the fast attention kernels."""
    layer_norms: int = 2
    qkv_bias: bool = False
    o_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    fused: bool = False
    """Phi 3: q, k, v are one layer, and gate and up another."""
    sinks: bool = False
    experts: int = 0
    """Experts in a block; 0 for dense models."""
    active_experts: int = 0
    """Experts that a token goes through."""
    expert_width: int = 0
    shared_width: int = 0
    shared_gate: bool = False
    expert_bias: bool = False
    dense_blocks: int = 0
    """Blocks of a mixture-of-experts model that have a dense feed-forward instead."""
    four_bit: bool = False
    """Whether the files hold 4-bit weights of bitsandbytes already."""
    vision: int = 0
    """Parameters of the part that sees pictures, which is loaded with the rest and not trained."""

    @property
    def queries(self) -> int:
        """Width of all query heads together."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Width of all key heads together; values have the same."""
        return self.kv_heads * self.head_dim

    @property
    def active_width(self) -> int:
        """Feed-forward width that one token goes through in the widest block."""
        if not self.experts:
            return self.feed_forward
        sparse = self.active_experts * self.expert_width + self.shared_width
        return max(sparse, self.feed_forward if self.dense_blocks else 0)

    @cached_property
    def linears(self) -> tuple[Linear, ...]:
        """The linear layers of the blocks: what an adapter is put on and what 4 bit quantises. Experts are none."""
        return (*self._attention(), *self._feed_forward())

    def _attention(self) -> tuple[Linear, ...]:
        q, kv, hidden, blocks = self.queries, self.keys, self.hidden, self.blocks
        out = Linear("o_proj", q, hidden, self.o_bias, blocks)
        if self.fused:
            return Linear("qkv_proj", hidden, q + 2 * kv, self.qkv_bias, blocks), out
        return (
            Linear("q_proj", hidden, q, self.qkv_bias, blocks), Linear("k_proj", hidden, kv, self.qkv_bias, blocks),
            Linear("v_proj", hidden, kv, self.qkv_bias, blocks), out,
        )  # fmt: skip

    def _feed_forward(self) -> tuple[Linear, ...]:
        dense = self.dense_blocks if self.experts else self.blocks
        sparse = self.blocks - dense
        widths = ((self.feed_forward, dense), (self.shared_width, sparse))
        return tuple(
            layer for width, blocks in widths if width and blocks for layer in self._gated(width, blocks)
        )  # fmt: skip

    def _gated(self, width: int, blocks: int) -> tuple[Linear, ...]:
        down = Linear("down_proj", width, self.hidden, self.mlp_bias, blocks)
        if self.fused:
            return Linear("gate_up_proj", self.hidden, 2 * width, self.mlp_bias, blocks), down
        up = (Linear(name, self.hidden, width, self.mlp_bias, blocks) for name in ("gate_proj", "up_proj"))
        return *up, down

    @cached_property
    def linear_weights(self) -> int:
        """Weights of all linear layers of the blocks."""
        return sum(layer.weights * layer.blocks for layer in self.linears)

    @cached_property
    def expert_weights(self) -> int:
        """Weights of all experts, biases included: stacked tensors, not linear layers."""
        matrices = 3 * self.hidden * self.expert_width
        biases = 2 * self.expert_width + self.hidden if self.expert_bias else 0
        return (self.blocks - self.dense_blocks) * self.experts * (matrices + biases)

    @property
    def embedding(self) -> int:
        """Weights of the embedding; the output layer has as many where it is not tied."""
        return self.vocabulary * self.hidden

    @cached_property
    def small(self) -> int:
        """Norms, biases, routers and sinks."""
        biases = sum(layer.outputs * layer.blocks for layer in self.linears if layer.bias)
        norms = self.blocks * (self.layer_norms * self.hidden + (2 * self.head_dim if self.qk_norm else 0))
        router = self.experts * (self.hidden + (1 if self.expert_bias else 0)) if self.experts else 0
        gate = self.hidden if self.shared_gate else 0
        sinks = self.blocks * self.heads if self.sinks else 0
        return biases + norms + self.hidden + sinks + (self.blocks - self.dense_blocks) * (router + gate)

    @cached_property
    def parameters(self) -> int:
        """All parameters, each counted once."""
        heads = 1 if self.tied else 2
        return self.linear_weights + self.expert_weights + heads * self.embedding + self.small + self.vision

    @cached_property
    def active_parameters(self) -> int:
        """Parameters that one token goes through: all but idle experts and the embedding's table."""
        idle = self.expert_weights * (1 - self.active_experts / self.experts) if self.experts else 0
        return round(self.linear_weights + self.expert_weights - idle + self.embedding + self.small)


def read_shape(config: Config) -> ModelShape:
    """The shape that a parsed config.json tells. Raises ValueError where its numbers make none."""
    text = of_text(config)
    family = str(text.get("model_type", ""))
    known = _DEFAULTS.get(family)
    if known is None:
        _check_readable(text, family)
    values = _Values({**_COMMON, **(known or {})}, text, config)
    shape = _dense(values, family, known is not None) | _sparse(values, family)
    vision = vision_parameters(config, shape["hidden"])
    made = ModelShape(
        **shape, native_length=native_length(config) or 0, vision=vision, four_bit=_is_four_bit(config)
    )  # fmt: skip
    if min(made.hidden, made.blocks, made.heads, made.kv_heads, made.head_dim, made.vocabulary) < 1:
        raise ValueError("config.json: sizes must be above 0")
    return made


def _is_four_bit(config: Config) -> bool:
    quantised = config.get("quantization_config")
    return isinstance(quantised, Mapping) and quantised.get("load_in_4bit") is True


def _check_readable(text: Config, family: str) -> None:
    """Raise ValueError where a family that is not known is no Llama by its keys: a guess would be far off."""
    missing = [key for key in _NEEDED if text.get(key) is None]
    strange = [key for key in _STRANGE if text.get(key)]
    name = family or "a model without model_type"
    if missing:
        raise ValueError(f"config.json: {name} is not known here, and has no {missing[0]} to go by")
    if strange:
        raise ValueError(f"config.json: {name} is not known here, and {strange[0]} says that it is built otherwise")


class _Values:
    """Reads keys where the config says them, else from the defaults of its family."""

    def __init__(self, defaults: dict[str, Any], text: Config, config: Config) -> None:
        self._defaults = defaults
        self._text = text
        self._config = config

    def get(self, *names: str) -> Any:
        """The first of several names of one thing that is there and not empty."""
        for name in names:
            found = self._text.get(name)
            if found is not None:
                return found
        for name in names:
            if self._defaults.get(name) is not None:
                return self._defaults[name]
        return None

    def whole(self, *names: str) -> int:
        """A number, 0 where there is none."""
        found = self.get(*names)
        if found is None:
            return 0
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise ValueError(f"config.json: {names[0]} is no number: {found!r}")
        if not abs(found) <= _LARGEST:
            raise ValueError(f"config.json: {names[0]} cannot be {found:g}")
        return int(found)

    def tied(self) -> bool:
        """Where the text model is part of a larger one, the larger one's config decides."""
        above = self._config.get("tie_word_embeddings") if self._config is not self._text else None
        return bool(self.get("tie_word_embeddings") if above is None else above)


def _dense(values: _Values, family: str, known: bool) -> dict[str, Any]:
    hidden, heads = values.whole("hidden_size"), values.whole("num_attention_heads")
    attention_bias = bool(values.get("attention_bias"))
    uses_window = values.get("use_sliding_window")
    window = values.whole("sliding_window") if uses_window is None or uses_window else 0
    return {
        "family": family,
        "known": known,
        "hidden": hidden,
        "blocks": values.whole("num_hidden_layers"),
        "heads": heads,
        "kv_heads": values.whole("num_key_value_heads") or heads,
        "head_dim": values.whole("head_dim") or hidden // max(1, heads),
        "feed_forward": values.whole("intermediate_size"),
        "vocabulary": values.whole("vocab_size"),
        "tied": values.tied(),
        "window": window or None,
        "softcap": values.get("attn_logit_softcapping"),
        "layer_norms": values.whole("layer_norms") or 2,
        "qkv_bias": attention_bias or bool(values.get("qkv_bias")),
        "o_bias": attention_bias and family != "qwen2",
        "mlp_bias": bool(values.get("mlp_bias")),
        "qk_norm": bool(values.get("qk_norm")),
        "fused": bool(values.get("fused")),
        "sinks": bool(values.get("sinks")),
    }


def _sparse(values: _Values, family: str) -> dict[str, Any]:
    experts = values.whole("num_local_experts", "num_experts")
    if not experts:
        return {}
    blocks, every = values.whole("num_hidden_layers"), values.whole("decoder_sparse_step") or 1
    named = set(values.get("mlp_only_layers") or ())
    dense = sum(block in named or (block + 1) % every != 0 for block in range(blocks))
    return {
        "experts": experts,
        "active_experts": values.whole("num_experts_per_tok") or 1,
        "expert_width": values.whole("moe_intermediate_size") or values.whole("intermediate_size"),
        "shared_width": values.whole("shared_expert_intermediate_size"),
        "shared_gate": bool(values.get("shared_gate")),
        "expert_bias": bool(values.get("expert_bias")),
        "dense_blocks": dense,
    }
