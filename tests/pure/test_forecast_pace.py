"""Time from the table, held against steps that were measured; and what sampling answers is bound by."""

import json
from statistics import median
from typing import Any

import numpy as np
import pytest

from engine.forecast import forecast
from engine.forecast.gpus import KINDS
from engine.forecast.pace import Engine, _sampling_s
from engine.forecast.rows import Plan, Widest
from engine.forecast.shape import read_shape
from engine.forecast.types import Rows
from engine.recipe import Recipe
from engine.recipe_file import validate
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation
from projects import resource
from tests.gpu.shapes import SHAPES
from tests.measured_memory import RECORDED
from tests.measured_steps import steps

LLAMA_8B = read_shape(SHAPES["llama-8b"])


def test_every_step_that_was_measured_is_in_the_range_that_is_told() -> None:
    ratios = [step.ratio for step in steps()]
    assert len(ratios) >= 24
    assert min(ratios) > 0.5
    assert max(ratios) < 1.5
    assert 0.9 < median(ratios) < 1.1


def test_a_tiny_model_s_step_is_as_long_as_its_launches() -> None:
    """The starter project on an H200: 16 rows of 98 tokens a step, 4 blocks."""
    lines = map(json.loads, (RECORDED / "h200-quickstart.jsonl").read_text().splitlines())
    measured = [line["seconds"] for line in lines if line["event"] == "step_done"]
    model = ModelFacts(json.loads((resource("ttune:quickstart/model") / "config.json").read_text()))
    gpu = GpuFacts("NVIDIA H200", 150_754_820_096, 150_754_820_096)
    wanted = validate({"model": {"base": "b"}, "training": {"micro_batch": 16, "accumulation": 1, "epochs": 1}})
    lengths = np.full(160, 98, np.int32)
    data = DataFacts(train=160, lengths=lengths, trained=lengths // 3, exact=True)
    found = forecast(wanted, Situation(model, data, (gpu,), unsloth=True))
    assert found.seconds is not None
    assert found.steps == 10
    assert found.seconds.mid_s / 10 == pytest.approx(median(measured), rel=0.1)


def sampled(kind: str = "lora", **grpo: Any) -> Recipe:
    return validate(
        {
            "model": {"base": "b"}, "method": {"kind": "grpo", "grpo": grpo}, "rewards": [{"kind": "exact"}],
            "adapter": {"kind": kind}, "training": {"micro_batch": 4, "accumulation": 4},
        }
    )  # fmt: skip


def plan(answer: int) -> Plan:
    width = 512 + answer
    rows = Rows(10, 160 * width, 160 * width, 160 * answer, width, exact=False, rows=160)
    return Plan(rows, Widest(4, width, 4 * answer), None)


def seconds(gpu: str, answer: int = 256, kind: str = "lora") -> float:
    return _sampling_s(sampled(kind, max_new_tokens=answer), LLAMA_8B, plan(answer), Engine(gpu, "hf"))


def test_sampling_is_bound_by_launches_on_fast_memory_and_by_reading_on_slow() -> None:
    fast = 10 * 256 * 32 * 0.0012
    assert seconds("H100") == pytest.approx(fast)
    read = 10 * 256 * 2 * LLAMA_8B.linear_weights / (300e9 * 0.6)
    assert read < seconds("L4") < 1.4 * read
    assert seconds("L4", kind="qlora") > 1.8 * seconds("L4"), "4-bit weights are unpacked for each token"
    assert seconds("T4", 512) > 2 * seconds("T4", 256), "the cache grows with the answers"


def test_only_grpo_samples() -> None:
    other = sampled().model_copy(update={"method": replace_kind(sampled())})
    assert _sampling_s(other, LLAMA_8B, plan(256), Engine("L4", "hf")) == 0


def replace_kind(recipe: Recipe) -> Any:
    return recipe.method.model_copy(update={"kind": "sft"})


def test_the_table_s_figures_are_of_the_right_size() -> None:
    for kind in KINDS:
        assert 200 < kind.gb_per_s <= 8000, kind.pattern
        assert 20 < kind.tflops <= 2500, kind.pattern
        assert 8 <= kind.memory_gb <= 200, kind.pattern
