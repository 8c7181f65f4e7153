"""Names for curated versions: the same source, layout and steps have the same one, on every machine."""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.data.curate.context import OpenSource, no_other_sources
from engine.recipe import CurationStep, Mix

if TYPE_CHECKING:
    from engine.data.conversations import Layout

VERSION = 1
"""Of what the steps do: raised when one of them would give other rows than before."""


def curation_key(
    digest: str, steps: Sequence[CurationStep], layout: "Layout", open_source: OpenSource = no_other_sources
) -> str:
    """The name of the version that `curate` makes; "" where a source has no digest. Opens the sources mixed in."""
    return step_keys(digest, steps, layout, open_source)[-1]


def step_keys(digest: str, steps: Sequence[CurationStep], layout: "Layout", open_source: OpenSource) -> list[str]:
    """The name of the rows before the first step, after it, and so on."""
    keys = [_hashed([VERSION, digest, layout.format, layout.mapping.model_dump(mode="json")]) if digest else ""]
    for step in steps:
        parts: list[Any] = [keys[-1], step.model_dump(mode="json")]
        if keys[-1] and isinstance(step, Mix):
            second = getattr(open_source(step.source), "digest", "")
            parts = [*parts, second] if second else [""]
        keys.append(_hashed(parts) if parts[0] else "")
    return keys


def _hashed(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
