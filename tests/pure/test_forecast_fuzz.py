"""Random recipes, models and GPUs: always a forecast, and one that holds together."""

from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.forecast import Forecast, forecast
from engine.recipe.migration import laid_over
from engine.recipe_file import validate
from engine.situation import DataFacts, ModelFacts
from tests.gpu.shapes import SHAPES
from tests.pure.foreseeing import RTX_4090, rows, situation

SPARSE: dict[str, dict[str, Any]] = {
    name: SHAPES["llama-1b"] | {"model_type": name, "tie_word_embeddings": False, **more}
    for name, more in {
        "deepseek_v3": {"first_k_dense_replace": 2, "n_routed_experts": 16},
        "llama4_text": {"interleave_moe_layer_step": 2}, "mixtral": {}, "glm4_moe": {"n_routed_experts": 16},
        "qwen3_moe": {"num_experts": 16},
    }.items()
}  # fmt: skip
"""A small model's sizes with experts of several families."""

any_recipe = st.fixed_dictionaries(
    {
        "method.kind": st.sampled_from(["sft", "cpt", "dpo", "kto", "orpo", "grpo"]),
        "method.grpo.max_new_tokens": st.integers(1, 4000),
        "method.grpo.generations": st.integers(2, 16),
        "adapter.kind": st.sampled_from(["lora", "qlora", "full"]),
        "adapter.rank": st.integers(1, 512),
        "adapter.targets": st.sampled_from([["all"], ["attention"], ["mlp"], ["q_proj"], ["nothing_like_it"]]),
        "adapter.also_train": st.sampled_from([[], ["lm_head"], ["embed_tokens", "lm_head"]]),
        "training.micro_batch": st.integers(1, 600),
        "training.accumulation": st.integers(1, 600),
        "training.max_length": st.integers(8, 200_000),
        "training.epochs": st.floats(0.01, 900),
        "training.max_steps": st.none() | st.integers(1, 10**6),
        "training.packing": st.booleans(),
        "training.order": st.sampled_from(["by_length", "random", "given"]),
        "training.optimiser": st.sampled_from(["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"]),
        "training.precision": st.sampled_from(["auto", "bf16", "fp16", "fp32"]),
        "training.gradient_checkpointing": st.sampled_from(["unsloth", "plain", "off"]),
        "hardware.backend": st.sampled_from(["auto", "unsloth", "hf"]),
        "hardware.gpu": st.sampled_from(["", "RTX 4090", "T4", "who knows"]),
    }
)
any_model = st.sampled_from([*SHAPES.values(), *SPARSE.values()])


@st.composite
def any_rows(draw: st.DrawFn) -> DataFacts:
    """Rows that were counted, estimated, or hold pairs."""
    found = rows(draw(st.integers(1, 60)), draw(st.sampled_from([9, 500, 4000])))
    assert found.lengths is not None
    more = draw(st.sampled_from(["counted", "estimated", "pairs"]))
    if more == "estimated":
        return rows(found.train, int(found.lengths.max()), exact=False, trained=None)
    if more == "pairs":
        alike = np.zeros(found.train, np.bool_)
        return rows(found.train, int(found.lengths.max()), rejected=found.lengths[::-1].copy(), alike=alike)
    return found


def foreseen(changes: dict[str, Any], model: dict[str, Any], data: DataFacts, *, here: bool) -> Forecast:
    wanted = validate(laid_over({"model": {"base": "base"}}, changes))
    where = situation(RTX_4090 if here else None, model=ModelFacts(model), data=data)
    return forecast(wanted, where)


def held(found: Forecast) -> int:
    """Bytes at the highest, on the GPU or without one."""
    peak = found.vram_bytes if found.gpu else found.host_bytes
    assert peak is not None
    return peak


@settings(max_examples=150, deadline=None)
@given(any_recipe, any_model, any_rows(), st.booleans())
def test_any_recipe_has_a_forecast(changes: dict[str, Any], model: dict[str, Any], data: DataFacts, here: bool) -> None:
    found = foreseen(changes, model, data, here=here)
    assert found.rows is not None
    assert found.rows.steps >= 1
    assert 0 <= found.rows.padding < 1
    assert found.rows.tokens <= found.rows.padded_tokens
    if changes["hardware.gpu"] == "who knows":
        assert (found.verdict, found.seconds, found.parts) == ("unknown", None, {})
        return
    assert found.seconds is not None
    assert 0 < found.seconds.low_s < found.seconds.high_s
    assert all(part >= 0 for part in found.parts.values())
    assert (found.vram_bytes is None) == (not found.gpu)
    assert held(found) == sum(found.parts.values())
    assert found.verdict != "unknown"


@settings(max_examples=150, deadline=None)
@given(any_recipe, any_model, any_rows(), st.sampled_from(["micro_batch", "max_length"]), st.integers(1, 300))
def test_more_rows_and_longer_ones_never_take_less_memory(
    changes: dict[str, Any], model: dict[str, Any], data: DataFacts, key: str, more: int
) -> None:
    changes = changes | {"hardware.gpu": "H100", "method.kind": "dpo" if data.alike is not None else "sft"}
    larger = changes | {f"training.{key}": changes[f"training.{key}"] + more}
    less, found = (foreseen(it, model, data, here=True) for it in (changes, larger))
    assume(less.backend == found.backend)
    assume(bool(less.host_bytes) == bool(found.host_bytes))  # from a length on Unsloth moves activations to the host
    if changes["training.packing"]:  # what all rows fill is no more in longer ones
        assert less.rows is not None
        assume(less.rows.rows > larger["training.micro_batch"])
    assert held(found) >= 0.999 * held(less)
