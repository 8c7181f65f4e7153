"""Whether the layers that a recipe names for its adapter are in the model."""

from engine.forecast.shape import ModelShape
from engine.recipe import Recipe, layer_names

_OF_NO_BLOCK = ("lm_head", "router", "shared_expert_gate")
"""Linear layers beside those of the shape."""


def missing_targets(recipe: Recipe, shape: ModelShape) -> tuple[str, ...]:
    """Names in adapter.targets of which the model has no linear layer, over which training would not start.

    () where an adapter is not what is trained, and for models whose other layers are not known: those that see too.
    A group is missing where the model has no layer of it, as `mlp` where all of that is experts.
    """
    if recipe.adapter.kind == "full" or shape.vision or not shape.known:
        return ()
    there = frozenset((*layers_of(shape), *_OF_NO_BLOCK))
    names = layer_names(recipe.adapter.targets, there) or recipe.adapter.targets
    return tuple(name for name in names if name not in there)


def layers_of(shape: ModelShape) -> tuple[str, ...]:
    """Names of the linear layers that an adapter can be put on, in their order in a block."""
    return tuple(dict.fromkeys(layer.name for layer in shape.linears))
