"""How many positions a model was made for."""

from collections.abc import Mapping
from typing import Any


def longest_positions(config: Mapping[str, Any], positions: int) -> int:
    """Tokens that a config's own RoPE scaling reaches. `positions`: its max_position_embeddings.

    llama3, longrope and linear configs write the scaled length into max_position_embeddings already; yarn as Qwen's
    cards ask for it, and dynamic, leave the original there and name the factor beside it.
    """
    scaling = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if not isinstance(scaling, Mapping):
        return positions
    if isinstance(scaling.get("full_attention"), Mapping):
        scaling = scaling["full_attention"]
    kind = scaling.get("rope_type") or scaling.get("type")
    factor = scaling.get("factor")
    if kind not in ("yarn", "dynamic") or not isinstance(factor, int | float):
        return positions
    original = scaling.get("original_max_position_embeddings") or positions
    return max(positions, int(original * factor))
