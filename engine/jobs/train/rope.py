"""Positions beyond a model's own length: rotary embeddings are stretched (training.rope_scaling).

linear: position interpolation (Chen et al. 2023, arXiv 2306.15595). yarn: Peng et al. 2023, arXiv 2309.00071.
"""

from dataclasses import dataclass
from typing import Any

from engine.backends import Config, native_length, of_text, own_scaling, scaling_kind
from engine.errors import ModelError
from engine.recipe import Training


@dataclass(frozen=True, slots=True)
class Scaling:
    """How positions are stretched."""

    kind: str
    """`linear` or `yarn`, as transformers calls them."""
    factor: float
    native: int
    """Tokens that the model was made for."""
    length: int
    """Tokens that are wanted."""

    @property
    def parameters(self) -> dict[str, Any]:
        """What it adds to a model's rope parameters."""
        own = {"original_max_position_embeddings": self.native} if self.kind == "yarn" else {}
        return {"rope_type": self.kind, "factor": self.factor, **own}


def scaling(config: Config, training: Training) -> Scaling | None:
    """How a recipe stretches a model's positions; None where it does not. Raises ModelError where that cannot be."""
    native = native_length(config)
    if native is None or training.max_length <= native or training.rope_scaling == "off":
        return None
    own = scaling_kind(own_scaling(of_text(config)))
    if own != "default":
        raise ModelError(
            f"training.max_length: {training.max_length} is beyond the model's {native}, which it reaches by a scaling "
            f"of its own ({own}): lower it to {native}, or set training.rope_scaling to off"
        )
    kind = "yarn" if training.rope_scaling == "yarn" else "linear"
    return Scaling(kind, training.max_length / native, native, training.max_length)


def said(config: Config, training: Training) -> str:
    """What a person should know about it; "" for nothing."""
    native = native_length(config)
    if native is None:
        return ""
    if training.max_length <= native:
        asked = training.rope_scaling in ("linear", "yarn")
        return f"training.rope_scaling: not needed: the model reads {native} tokens by itself" if asked else ""
    if training.rope_scaling == "off":
        return f"training.max_length is beyond the model's {native} tokens, and training.rope_scaling is off"
    found = scaling(config, training)
    assert found is not None
    return f"positions are scaled ({found.kind}, factor {found.factor:g}): serve the model with the same"


def apply(model_config: Any, found: Scaling) -> None:
    """Change a transformers config so that the model is loaded with stretched positions."""
    text = model_config.get_text_config(decoder=True)
    rope = text.rope_parameters
    if "full_attention" in rope:  # a set for each kind of layer; those with a window never look that far
        rope["full_attention"] = rope["full_attention"] | found.parameters
    else:
        text.rope_parameters = rope | found.parameters
    text.max_position_embeddings = found.length
