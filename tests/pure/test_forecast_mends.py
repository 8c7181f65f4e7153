"""Changes that make a run fit: each keeps its promise and the effective batch, and is no larger than it must be."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forecast import forecast
from engine.forecast.gpus import GIB
from engine.method_limits import method_problems
from engine.situation import DataFacts, GpuFacts
from tests.pure.foreseeing import H100, LORA, RTX_4090, changed, recipe, rows, situation


def test_each_mend_fits_and_keeps_the_effective_batch() -> None:
    before = recipe(**LORA, training__micro_batch=8, training__accumulation=2, hardware__backend="hf")
    found = forecast(before, situation(RTX_4090))
    assert found.verdict == "will not fit"
    assert {"hardware.backend", "training.micro_batch", "adapter.kind"} <= {
        key for mend in found.mends for key in mend.settings
    }
    for place, mend in enumerate(found.mends):
        after = changed(before, found, place)
        again = forecast(after, situation(RTX_4090))
        assert mend.verdict == again.verdict == "fits"
        assert again.vram_bytes is not None
        assert again.vram_bytes <= 1.001 * mend.vram_bytes
        assert after.training.micro_batch * after.training.accumulation == 16


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["sft", "cpt", "dpo", "kto", "orpo", "grpo"]),
    kind=st.sampled_from(["lora", "qlora", "full"]),
    init=st.sampled_from(["default", "pissa"]),
    backend=st.sampled_from(["auto", "hf"]),
    packing=st.booleans(),
    checkpointing=st.sampled_from(["unsloth", "plain", "off"]),
    micro_batch=st.sampled_from([2, 6, 8, 32]),
    length=st.sampled_from([511, 700, 2048, 8192]),
    rows_longest=st.sampled_from([None, (100, 100), (2000, 500), (2000, 3000), (10, 60_000)]),
    shape=st.sampled_from(["llama-8b", "gemma2-2b", "qwen3-4b"]),
    free=st.integers(8, 80),
    precision=st.sampled_from(["auto", "fp32"]),
    rank=st.sampled_from([8, 16, 1024]),
)
def test_what_mends_promise_is_kept(
    method: str, kind: str, init: str, backend: str, packing: bool, checkpointing: str, micro_batch: int, length: int,
    rows_longest: tuple[int, int] | None, shape: str, free: int, precision: str, rank: int,
) -> None:  # fmt: skip
    if (kind, init) == ("qlora", "pissa"):
        init = "default"
    before = recipe(
        method__kind=method, adapter__kind=kind, adapter__init=init, hardware__backend=backend,
        training__packing=packing and method in ("sft", "cpt"), training__gradient_checkpointing=checkpointing,
        training__micro_batch=micro_batch, training__max_length=length, training__precision=precision,
        adapter__rank=rank, rewards=[{"kind": "exact"}], method__grpo__generations=2,
        method__grpo__max_new_tokens=length * 3 // 4,
    )  # fmt: skip
    data = rows(*rows_longest) if rows_longest else DataFacts(problem="not read yet")
    where = situation(replace(H100, free_bytes=free * GIB), shape, data=data)
    found = forecast(before, where)
    for place, mend in enumerate(found.mends):
        after = changed(before, found, place)
        again = forecast(after, where)
        assert (again.verdict, method_problems(after)) in ((mend.verdict, []), ("fits", []))
        assert again.vram_bytes is not None and again.vram_bytes <= 1.001 * mend.vram_bytes
        assert after.training.max_length <= length
        assert (after.adapter.kind, after.adapter.init) != ("qlora", "pissa")


def test_several_changes_together_where_one_is_not_enough() -> None:
    before = recipe(adapter__kind="full", training__optimiser="adamw", training__gradient_checkpointing="off")
    found = forecast(before, situation(replace(RTX_4090, total_bytes=12 * GIB, free_bytes=11 * GIB)))
    assert found.verdict == "will not fit"
    assert len(found.mends) == 1
    assert found.mends[0].settings == {"training.gradient_checkpointing": "unsloth", "adapter.kind": "qlora"}


def test_nothing_mends_a_model_that_is_far_too_large() -> None:
    found = forecast(recipe(), situation(replace(RTX_4090, total_bytes=2 * GIB, free_bytes=2 * GIB)))
    assert found.verdict == "will not fit"
    assert found.mends == ()


def test_of_several_changes_each_is_as_small_as_still_fits() -> None:
    before = recipe(adapter__dora=True, adapter__kind="lora", training__micro_batch=8, training__accumulation=4)
    found = forecast(before, situation(GpuFacts("NVIDIA RTX A4000", 16 * GIB, 16 * GIB)))
    (mend,) = found.mends
    assert mend.verdict == "fits"
    assert mend.settings["adapter.kind"] == "qlora"
    assert mend.settings.get("training.micro_batch", 8) > 1


def test_shorter_answers_are_what_saves_the_memory_of_sampling() -> None:
    long = {"method__grpo__max_new_tokens": 2048, "training__max_length": 3072, "training__accumulation": 16}
    before = recipe(method__kind="grpo", adapter__kind="qlora", rewards=[{"kind": "exact"}], **long)
    found = forecast(before, situation(RTX_4090, data=rows(longest=1024)))
    assert (found.verdict, found.phase) == ("will not fit", "sampling")
    mend = found.mends[-1]
    assert mend.settings["training.max_length"] - mend.settings["method.grpo.max_new_tokens"] == 1024
