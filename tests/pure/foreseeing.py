"""What forecasts are tried on: a machine with one GPU, a model of a real shape, and rows."""

from typing import Any

import numpy as np

from engine.forecast import Forecast
from engine.forecast.gpus import GIB
from engine.recipe import Recipe
from engine.recipe.migration import laid_over
from engine.recipe_file import validate
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation
from tests.gpu.shapes import SHAPES

H100 = GpuFacts("NVIDIA H100 80GB HBM3", 85_017_493_504, 84 * 10**9)
RTX_4090 = GpuFacts("NVIDIA GeForce RTX 4090", 24 * GIB, 23 * GIB)
LORA = {"adapter__kind": "lora", "training__max_length": 2048}


def rows(count: int = 400, longest: int = 2048, **more: Any) -> DataFacts:
    """Rows of mixed lengths, the longest as asked; an audit has counted them."""
    lengths = np.random.default_rng(0).integers(8, longest, count).astype(np.int32)
    lengths[count // 2] = longest
    facts: dict[str, Any] = {
        "train": count, "validation": 20, "lengths": lengths, "trained": np.maximum(1, lengths // 2),
        "validation_lengths": lengths[:20], "exact": True,
    }  # fmt: skip
    return DataFacts(**facts | more)


def situation(gpu: GpuFacts | None = H100, shape: str = "llama-8b", **more: Any) -> Situation:
    """A machine with unsloth and one GPU, a model of a real shape, and rows."""
    facts: dict[str, Any] = {
        "model": ModelFacts(SHAPES[shape]), "data": rows(), "gpus": (gpu,) if gpu else (), "unsloth": True,
        "host_free_bytes": 64 * GIB, "cores": 8,
    }  # fmt: skip
    return Situation(**facts | more)


def recipe(**changes: Any) -> Recipe:
    """A recipe with some settings changed; `__` in a name stands for a dot."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return validate(laid_over({"model": {"base": "base"}}, dotted))


def changed(before: Recipe, found: Forecast, place: int) -> Recipe:
    """The recipe after one of a forecast's mends."""
    return validate(laid_over(before.model_dump(mode="json"), dict(found.mends[place].settings)))
