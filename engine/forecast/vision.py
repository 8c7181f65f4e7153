"""Parameters of the part of a model that sees pictures: loaded with it, trained by nobody here."""

from collections.abc import Mapping
from typing import Any

_SIGLIP = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "patch_size": 16, "image_size": 224}


def vision_parameters(config: Mapping[str, Any], hidden: int) -> int:
    """Gemma 3's SigLIP tower and the projection into the text model's `hidden`; 0 for a model of text alone.

    Other towers are not known; theirs are counted by the same arithmetic, which is near.
    """
    part = config.get("vision_config")
    if not isinstance(part, Mapping):
        return 0
    sizes = {name: _size(part.get(name), default) for name, default in _SIGLIP.items()}
    width, inner, patch = sizes["hidden_size"], sizes["intermediate_size"], sizes["patch_size"]
    block = 4 * (width * width + width) + 2 * width * inner + inner + width + 4 * width
    patches = (sizes["image_size"] // patch) ** 2
    embeddings = 3 * patch * patch * width + width + patches * width
    pooling = 0 if part.get("vision_use_head") is False else _pooling_head(width, inner)
    return embeddings + sizes["num_hidden_layers"] * block + 2 * width + pooling + width * hidden + width


def _size(stated: object, default: int) -> int:
    """A size that is stated as a number; else SigLIP's own."""
    return int(stated) if isinstance(stated, int | float) and 1 <= stated < 1 << 24 else default


def _pooling_head(width: int, inner: int) -> int:
    """SigLIP's pooling by attention: a probe, attention, a norm and a feed-forward."""
    return width + 4 * (width * width + width) + 2 * width + 2 * width * inner + inner + width
