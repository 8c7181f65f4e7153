"""Recipes and situations for the tests of advice."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.forecast.types import Cost, Duration, Forecast, Mend, Rows
from engine.recipe import Recipe
from engine.recipe.migration import laid_over
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation

GB = 10**9
LLAMA_8B = {
    "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
}  # fmt: skip
TINY = LLAMA_8B | {"hidden_size": 256, "num_hidden_layers": 4, "intermediate_size": 512, "vocab_size": 4096}
H100 = GpuFacts("NVIDIA H100 80GB HBM3", 80 * GB, 79 * GB)
V100 = GpuFacts("Tesla V100-SXM2-16GB", 16 * GB, 16 * GB)

SAID: dict[str, Any] = {"model.base": "models/llama", "evaluation.threshold": 5}
"""A recipe that nothing is to be said about, in the situation below."""


def lengths(low: int = 200, high: int = 1500, rows: int = 2000) -> Any:
    return np.linspace(low, high, rows).astype(np.int32)


HEALTHY = Situation(
    model=ModelFacts(config=LLAMA_8B, weight_bytes=16 * GB, chat_template=True),
    data=DataFacts(
        key="k", train=2000, validation=120, held_out=200, format="messages", lengths=lengths(), exact=True,
    ),
    gpus=(H100,),
    unsloth=True,
    disk_free_bytes=500 * GB,
    host_free_bytes=100 * GB,
)  # fmt: skip

ROWS = Rows(steps=375, tokens=10**6, padded_tokens=11 * 10**5, trained_tokens=None, longest=1500, exact=True, rows=2000)
MEND = Mend({"training.micro_batch": 1, "training.accumulation": 16}, 40 * GB, "fits", "micro-batches of 1")


def forecast(**facts: Any) -> Forecast:
    known = Forecast(
        backend="unsloth", vram_bytes=60 * GB, gpu=H100.name, gpu_total_bytes=80 * GB, gpu_free_bytes=79 * GB,
        verdict="fits", rows=ROWS,
    )  # fmt: skip
    return replace(known, **facts)


def hours(count: float) -> Duration:
    return Duration(3600 * count, 3600 * count, 3600 * count, "measured", "as triage#3 ran here")


def dollars(count: float) -> Cost:
    return Cost(count, count, count, 2.0, "the recipe's price")


@dataclass(frozen=True)
class Scene:
    """A recipe by what it says beside SAID, and facts by what differs from HEALTHY."""

    said: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    forecast: Forecast | None = None

    @property
    def recipe(self) -> Recipe:
        return recipe(**self.said)

    @property
    def situation(self) -> Situation:
        return replace(
            HEALTHY, data=replace(HEALTHY.data, **self.data), model=replace(HEALTHY.model, **self.model), **self.facts
        )


def scene(said: dict[str, Any] | None = None, **known: Any) -> Scene:
    """`known`: fields of DataFacts, ModelFacts (with `model_` before them) and Situation, and `forecast`."""
    data = {name: known.pop(name) for name in DataFacts.__dataclass_fields__ if name in known}
    if "train" in data and "lengths" not in data:
        data["lengths"] = lengths(rows=data["train"]) if data["train"] else None
    model = {name[6:]: known.pop(name) for name in list(known) if name.startswith("model_")}
    foreseen = known.pop("forecast", None)
    return Scene(said or {}, data, model, known, foreseen)


def recipe(**said: Any) -> Recipe:
    return Recipe.model_validate(laid_over({}, SAID | said))


def mended(recipe: Recipe, fix: Any) -> Recipe:
    """The recipe with a fix applied. Raises where that is no recipe."""
    return Recipe.model_validate(laid_over(recipe.model_dump(mode="json"), dict(fix)))
