"""A model's shape, read from its config.json and never from its name.

Keys that a config leaves out have the value that transformers' config class of its `model_type` gives them. A family
that is not known has no shape, unless its weight files weigh what Llama's layout would: a guess would be far off.
"""

from collections.abc import Mapping
from typing import Any

from engine.backends import Config, native_length, of_text
from engine.forecast.families import COMMON, FAMILIES, OTHER_PARTS, SEEING, WHOLE
from engine.forecast.model_shape import Latent, Linear, ModelShape
from engine.forecast.vision import vision_parameters

__all__ = ["Latent", "Linear", "ModelShape", "read_shape"]

_NEEDED = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")
"""Keys without which nothing can be said of a family whose sizes have no defaults here."""
_LARGEST = 10_000_000
"""No size of a model is larger; vocabularies are the largest, about 300,000."""
_STORED_BYTES = (2, 4)
"""Bytes of a weight in files, of 16 or 32 bit."""
_WEIGHS_ALIKE = 0.02
_NO_OUTPUT_BIAS = ("qwen2", "glm", "glm4", "glm4_moe", "seed_oss")
"""Families whose attention_bias is of queries, keys and values alone."""


def read_shape(config: Config, file_bytes: int | None = None) -> ModelShape:
    """The shape that a parsed config.json tells. Raises ValueError where its numbers make none, or it is not known.

    `file_bytes`: of the model's weight files; None where they are not here.
    """
    text = of_text(config)
    family = str(text.get("model_type", ""))
    if family not in WHOLE:
        _check_sizes(text, family)
    strange = _strange(config, family)
    if strange and file_bytes is None:
        raise ValueError(f"config.json: {strange} is not known here, and no weight files say what it is like")
    values = _Values(COMMON | FAMILIES.get(family, {}), text, config)
    shape = _dense(values) | _latent(values) | _sparse(values)
    vision = vision_parameters(config, shape["hidden"])
    made = ModelShape(
        **shape, family=family, known=not strange, native_length=native_length(config) or 0, vision=vision,
        four_bit=_is_four_bit(config),
    )  # fmt: skip
    if min(made.hidden, made.blocks, made.heads, made.kv_heads, made.head_dim, made.vocabulary) < 1:
        raise ValueError("config.json: sizes must be above 0")
    if strange and file_bytes is not None:
        _check_weight(made, file_bytes, strange)
    return made


def _is_four_bit(config: Config) -> bool:
    quantised = config.get("quantization_config")
    return isinstance(quantised, Mapping) and quantised.get("load_in_4bit") is True


def _check_sizes(text: Config, family: str) -> None:
    missing = [key for key in _NEEDED if text.get(key) is None]
    if missing and family in FAMILIES:
        raise ValueError(f"config.json: it has no {missing[0]}: is it whole?")
    if missing:
        raise ValueError(f"config.json: {_named(family)} is not known here, and has no {missing[0]} to go by")


def _strange(config: Config, family: str) -> str:
    """What of a model is not known, by name: its family, or that with which it sees or hears; "" where all is."""
    if family not in FAMILIES:
        return _named(family)
    name = str(config.get("model_type", ""))
    return name if name not in SEEING and any(config.get(part) for part in OTHER_PARTS) else ""


def _check_weight(shape: ModelShape, file_bytes: int, name: str) -> None:
    """Raise ValueError unless the files weigh what the parameters of Llama's layout would."""
    weighs = (shape.parameters * each for each in _STORED_BYTES)
    if not any(abs(file_bytes / one - 1) < _WEIGHS_ALIKE for one in weighs):
        raise ValueError(f"config.json: {name} is not known here, and its files do not weigh what Llama's layout would")


def _named(family: str) -> str:
    return family or "a model without model_type"


class _Values:
    """Reads keys where the config says them, else from the defaults of its family."""

    def __init__(self, defaults: dict[str, Any], text: Config, config: Config) -> None:
        self._defaults = defaults
        self._text = text
        self._config = config
        self.family = str(text.get("model_type", ""))

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

    def is_none(self, name: str) -> bool:
        """Whether the config says that there is none of it."""
        return name in self._text and self._text[name] is None

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


def _dense(values: _Values) -> dict[str, Any]:
    hidden, heads = values.whole("hidden_size"), values.whole("num_attention_heads")
    attention_bias = bool(values.get("attention_bias"))
    uses_window = values.get("use_sliding_window")
    window = values.whole("sliding_window") if uses_window is None or uses_window else 0
    return {
        "hidden": hidden,
        "blocks": values.whole("num_hidden_layers"),
        "heads": heads,
        "kv_heads": values.whole("num_key_value_heads") or heads,
        "head_dim": values.whole("head_dim") or hidden // max(1, heads),
        "feed_forward": values.whole("intermediate_size_mlp", "intermediate_size"),
        "vocabulary": values.whole("vocab_size"),
        "tied": values.tied(),
        "window": window or None,
        "softcap": values.get("attn_logit_softcapping"),
        "layer_norms": values.whole("layer_norms") or 2,
        "qkv_bias": attention_bias or bool(values.get("qkv_bias")),
        "o_bias": attention_bias and values.family not in _NO_OUTPUT_BIAS,
        "mlp_bias": bool(values.get("mlp_bias")),
        "qk_norm": bool(values.get("qk_norm", "use_qk_norm")),
        "fused": bool(values.get("fused")),
        "joined": bool(values.get("joined")),
        "sinks": bool(values.get("sinks")),
    }


def _latent(values: _Values) -> dict[str, Any]:
    """DeepSeek's attention: every head has keys and values of its own once they are wide again."""
    if not values.whole("kv_lora_rank"):
        return {}
    names = ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    latent = Latent(*(0 if values.is_none(name) else values.whole(name) for name in names))
    return {
        "latent": latent,
        "head_dim": latent.plain + latent.turned,
        "kv_heads": values.whole("num_attention_heads"),
    }


def _sparse(values: _Values) -> dict[str, Any]:
    experts = values.whole("num_local_experts", "num_experts", "n_routed_experts")
    if not experts:
        return {}
    width = values.whole("moe_intermediate_size") or values.whole("intermediate_size")
    shared = values.whole("shared_expert_intermediate_size") or values.whole("n_shared_experts") * width
    return {
        "experts": experts,
        "active_experts": values.whole("num_experts_per_tok") or 1,
        "expert_width": width,
        "shared_width": width if values.get("shared_is_expert") else shared,
        "shared_gate": bool(values.get("shared_gate")),
        "expert_bias": bool(values.get("expert_bias")),
        "dense_blocks": _dense_blocks(values),
    }


def _dense_blocks(values: _Values) -> int:
    """Blocks without experts: the first ones, those that are named, or all but every so many-th."""
    blocks, first = values.whole("num_hidden_layers"), values.whole("first_k_dense_replace")
    every = values.whole("decoder_sparse_step", "interleave_moe_layer_step") or 1
    named, sparse = set(values.get("mlp_only_layers") or ()), values.get("moe_layers")
    if sparse is not None:
        return blocks - len({*range(blocks)} & {*sparse})
    return sum(block < first or block in named or (block + 1) % every != 0 for block in range(blocks))
