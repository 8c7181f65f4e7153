"""What the backends can do with a recipe and a model's config.json: the forecast and the trainer choose by the same."""

from collections.abc import Mapping
from typing import Any

from engine.recipe import Recipe

Config = Mapping[str, Any]

_SCALED_BY_UNSLOTH = ("llama", "mistral", "qwen2", "qwen3")
"""Families whose positions Unsloth stretches as it is told."""
_LENGTHS = {
    "llama": 2048, "mistral": 131_072, "ministral": 131_072, "mixtral": 131_072, "qwen2": 32_768, "qwen3": 32_768,
    "qwen2_moe": 32_768, "qwen3_moe": 32_768, "phi3": 4096, "gemma": 8192, "gemma2": 8192, "gemma3_text": 131_072,
    "gpt_oss": 131_072,
}  # fmt: skip
"""Tokens per family where a config leaves max_position_embeddings out: defaults of transformers' config classes."""


def unsloth_cannot(recipe: Recipe, config: Config) -> str:
    """A setting of the recipe that Unsloth cannot obey; "" when it can obey all.

    `config`: the base's config.json; {} where it is not known.
    """
    adapter, training = recipe.adapter, recipe.training
    small = adapter.kind != "full"
    if small and adapter.dora:
        return "unsloth has no kernels for adapter.dora"
    if small and adapter.init == "pissa":
        return "unsloth does not keep where a pissa adapter began"
    stated, native = _stated_length(of_text(config)), native_length(config)
    if stated is None or native is None or training.max_length <= stated:
        return ""
    if training.max_length <= native:  # it goes by max_position_embeddings, and would put a scaling in place of yarn
        return "unsloth does not keep the model's own scaling of positions"
    if training.rope_scaling == "off":
        return "unsloth scales positions by itself, against training.rope_scaling = off"
    if of_text(config).get("model_type") not in _SCALED_BY_UNSLOTH:
        return "unsloth does not scale this model's positions"
    return ""


def of_text(config: Config) -> Config:
    """The part about text, where a model also sees or hears."""
    text = config.get("text_config")
    return text if isinstance(text, Mapping) else config


def native_length(config: Config) -> int | None:
    """Tokens that a model was made for, with the RoPE scaling of its own config; None where nothing says.

    llama3, longrope and linear configs write the scaled length into max_position_embeddings already; yarn as Qwen's
    cards ask for it, and dynamic, leave the original there and name the factor beside it.
    """
    text = of_text(config)
    positions = _stated_length(text)
    if positions is None:
        return None
    scaling = own_scaling(text)
    factor = scaling.get("factor")
    if scaling_kind(scaling) not in ("yarn", "dynamic") or not isinstance(factor, int | float):
        return positions
    original = scaling.get("original_max_position_embeddings") or positions
    return max(positions, int(original * factor))


def own_scaling(text: Config) -> Config:
    """How the config of a text model stretches positions itself; that of its layers without a window. {}: not."""
    scaling = text.get("rope_parameters") or text.get("rope_scaling")
    if not isinstance(scaling, Mapping):
        return {}
    inner = scaling.get("full_attention")
    return inner if isinstance(inner, Mapping) else scaling


def scaling_kind(scaling: Config) -> str:
    """Its kind, in transformers' words; `default` for none."""
    return str(scaling.get("rope_type") or scaling.get("type") or "default")


def _stated_length(text: Config) -> int | None:
    """What stands in max_position_embeddings, or is taken where it is left out."""
    length = text.get("max_position_embeddings")
    if length is None:
        return _LENGTHS.get(str(text.get("model_type", "")))
    return length if isinstance(length, int) and not isinstance(length, bool) and length > 0 else None
