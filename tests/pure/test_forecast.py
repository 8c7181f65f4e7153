"""What a forecast says: parts, verdicts, mends, money; and that it says what is not known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forecast import Forecast, forecast, missing_targets
from engine.forecast.gpus import GIB, kind_of, memory_of
from engine.forecast.memory import PARTS
from engine.forecast.shape import read_shape
from engine.method_limits import method_problems
from engine.recipe import Recipe
from engine.recipe.migration import laid_over
from engine.recipe_file import validate
from engine.situation import DataFacts, GpuFacts, ModelFacts, PastRun, Situation
from tests.gpu.shapes import SHAPES
from tui.forecast_words import PART_WORDS, part_words

H100 = GpuFacts("NVIDIA H100 80GB HBM3", 85_017_493_504, 84 * 10**9)
RTX_4090 = GpuFacts("NVIDIA GeForce RTX 4090", 24 * GIB, 23 * GIB)


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


LORA = {"adapter__kind": "lora", "training__max_length": 2048}


@pytest.mark.parametrize("backend", ["unsloth", "hf"])
@pytest.mark.parametrize("kind", ["lora", "qlora", "full"])
@pytest.mark.parametrize("method", ["sft", "cpt", "dpo", "kto", "orpo", "grpo"])
@pytest.mark.parametrize("shape", ["llama-1b", "qwen3-4b", "gemma2-2b", "phi3-mini"])
def test_parts_add_up_for_every_method_and_adapter(backend: str, kind: str, method: str, shape: str) -> None:
    wanted = recipe(hardware__backend=backend, adapter__kind=kind, method__kind=method)
    found = forecast(wanted, situation(shape=shape))
    assert found.vram_bytes == sum(found.parts.values())
    assert found.backend == backend
    assert found.parts["weights"] > 0
    assert all(part > 0 for part in found.parts.values())
    assert found.verdict in ("fits", "tight", "will not fit")


BIGGER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "micro-batch": ({"training__micro_batch": 2}, {"training__micro_batch": 4}),
    "length": ({"training__max_length": 512}, {"training__max_length": 2048}),
    "rank": ({"adapter__rank": 8}, {"adapter__rank": 64}),
    "targets": ({"adapter__targets": ["attention"]}, {"adapter__targets": ["all"]}),
    "no checkpointing": ({}, {"training__gradient_checkpointing": "off"}),
    "plain checkpointing": ({}, {"training__gradient_checkpointing": "plain"}),
    "32-bit states": ({}, {"training__optimiser": "adamw"}),
    "16-bit base": ({"adapter__kind": "qlora"}, {"adapter__kind": "lora"}),
    "all weights": ({"adapter__kind": "lora"}, {"adapter__kind": "full"}),
    "hf": ({"hardware__backend": "unsloth"}, {"hardware__backend": "hf"}),
    "pairs": ({"method__kind": "sft"}, {"method__kind": "dpo"}),
    "fp32": ({"training__precision": "bf16"}, {"training__precision": "fp32"}),
    "whole layers": ({}, {"adapter__also_train": ["lm_head"]}),
}


@pytest.mark.parametrize("name", BIGGER)
def test_what_takes_more_memory(name: str) -> None:
    less, more = (forecast(recipe(**LORA | changes), situation()) for changes in BIGGER[name])
    assert less.vram_bytes is not None
    assert more.vram_bytes is not None
    assert more.vram_bytes > less.vram_bytes


def test_full_training_of_8b_is_not_called_small() -> None:
    """16-bit weights and gradients alone are 30 GiB; Adam's 8-bit states 15, 32-bit ones of the embedding 2.6 more."""
    found = forecast(recipe(adapter__kind="full", training__micro_batch=1), situation())
    assert found.vram_bytes is not None
    assert 48 * GIB < found.vram_bytes < 62 * GIB
    assert any("full training" in note for note in found.notes)


def test_verdicts_follow_what_is_free() -> None:
    wanted = recipe(**LORA)
    peak = forecast(wanted, situation()).vram_bytes
    assert peak is not None
    for share, verdict in ((0.85, "fits"), (0.97, "tight"), (1.02, "will not fit")):
        gpu = replace(H100, free_bytes=round(peak / share))
        found = forecast(wanted, situation(gpu))
        assert found.verdict == verdict
        assert "NVIDIA H100" in found.reason
        assert bool(found.mends) == (verdict != "fits")
    busy = forecast(wanted, situation(replace(H100, free_bytes=peak - 1)))
    assert "would fit if all" in busy.reason


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
    length=st.sampled_from([700, 2048, 8192]),
    rows_longest=st.sampled_from([(100, 100), (2000, 500), (2000, 3000), (10, 60_000)]),
    free=st.integers(8, 80),
    precision=st.sampled_from(["auto", "fp32"]),
    rank=st.sampled_from([8, 16, 1024]),
)
def test_what_mends_promise_is_kept(
    method: str, kind: str, init: str, backend: str, packing: bool, checkpointing: str, micro_batch: int, length: int,
    rows_longest: tuple[int, int], free: int, precision: str, rank: int,
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
    where = situation(replace(H100, free_bytes=free * GIB), data=rows(*rows_longest))
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


def test_the_backend_is_the_one_that_would_run() -> None:
    assert forecast(recipe(), situation()).backend == "unsloth"
    assert forecast(recipe(), situation(unsloth=False)).backend == "hf"
    assert forecast(recipe(adapter__dora=True), situation()).backend == "hf"
    assert forecast(recipe(hardware__backend="hf"), situation()).backend == "hf"
    longer = recipe(training__max_length=10_000)
    assert forecast(longer, situation(shape="gemma2-2b")).backend == "hf"
    assert forecast(longer, situation(shape="qwen3-4b")).backend == "unsloth"
    assert forecast(recipe(), situation(None)).backend == "hf"


def test_a_gpu_that_is_not_here() -> None:
    wanted = recipe(hardware__gpu="RTX 4090", adapter__kind="qlora")
    found = forecast(wanted, situation(None, unsloth=False))
    assert (found.gpu, found.backend, found.gpu_free_bytes) == ("RTX 4090", "unsloth", None)
    assert found.gpu_total_bytes == memory_of("RTX 4090")
    assert found.cost is not None
    assert any("unsloth is taken to be installed" in note for note in found.notes)
    assert forecast(recipe(hardware__gpu="h100"), situation()).gpu == H100.name


def test_without_a_gpu_host_memory_decides() -> None:
    found = forecast(recipe(), situation(None, shape="llama-1b"))
    assert found.vram_bytes is None
    assert found.host_bytes == sum(found.parts.values())
    assert found.verdict == "fits"
    assert forecast(recipe(), situation(None, host_free_bytes=GIB)).verdict == "will not fit"


def test_what_is_not_known_is_none() -> None:
    nowhere = Situation(ModelFacts(problem="x: not fetched"), DataFacts(problem="no rows"), (H100,))
    found = forecast(recipe(), nowhere)
    assert (found.verdict, found.reason, found.rows_problem) == ("unknown", "x: not fetched", "no rows")
    assert (found.vram_bytes, found.steps, found.tokens, found.seconds, found.cost) == (None,) * 5
    broken = forecast(recipe(), situation(model=ModelFacts({"hidden_size": "many"})))
    assert broken.verdict == "unknown"
    rowless = forecast(recipe(), situation(data=DataFacts(problem="no rows")))
    assert rowless.vram_bytes is not None
    assert rowless.steps is None
    assert any("as long as training.max_length" in note for note in rowless.notes)
    blind = forecast(recipe(), situation(None, host_free_bytes=None))
    assert blind.verdict == "unknown"


def test_a_family_that_is_not_known_says_so() -> None:
    newest = ModelFacts(SHAPES["llama-1b"] | {"model_type": "newest"}, weight_bytes=2_471_645_608)
    found = forecast(recipe(), situation(model=newest))
    assert found.verdict == "fits"
    assert any("taken for Llama's" in note for note in found.notes)


def past(**more: Any) -> PastRun:
    facts: dict[str, Any] = {
        "name": "triage#3", "gpu": H100.name, "backend": "unsloth", "base": "base", "adapter": "lora", "method": "sft",
        "parameters": 8_000_000_000, "tokens_per_s": 10_000.0, "load_s": 20.0, "steps": 90, "micro_batch": 4,
    }  # fmt: skip
    return PastRun(**facts | more)


def test_time_is_measured_else_scaled_else_guessed() -> None:
    wanted, alone = recipe(), rows(validation=0, validation_lengths=None)
    tokens = forecast(wanted, situation(data=alone)).tokens
    assert tokens is not None
    same = forecast(wanted, situation(data=alone, past=(past(),))).seconds
    assert same is not None
    assert same.source == "measured"
    assert "triage#3" in same.words
    assert same.mid_s == pytest.approx(tokens / 10_000, rel=0.05)
    assert same.low_s < same.mid_s < same.high_s
    twice = past(base="other", parameters=4_000_000_000)
    other = forecast(wanted, situation(data=alone, past=(twice,))).seconds
    assert other is not None
    assert other.source == "scaled"
    assert other.mid_s == pytest.approx(2 * same.mid_s, rel=0.1)  # the embedding is only looked up
    guess = forecast(wanted, situation(past=(past(gpu="another"),))).seconds
    assert guess is not None
    assert guess.source == "table"
    assert "a guess" in guess.words


def test_of_runs_alike_the_one_with_the_same_batches_and_more_steps_is_told() -> None:
    wanted = recipe()
    smoke = past(name="smoke#9", steps=3, tokens_per_s=2_000.0)
    other = past(name="other#8", micro_batch=1, tokens_per_s=3_000.0)
    whole = past(name="whole#1", tokens_per_s=9_000.0)
    told = [
        forecast(wanted, situation(past=runs)).seconds for runs in ((smoke, other, whole), (smoke, other), (other,))
    ]
    assert [(one.source, one.words) for one in told if one] == [
        ("measured", "as whole#1 ran here"), ("measured", "as smoke#9 ran here, for 3 steps"),
        ("scaled", "from other#8, which had other batches"),
    ]  # fmt: skip
    spreads = [one.high_s / one.low_s for one in told if one]
    assert spreads[0] < spreads[1] == pytest.approx(spreads[2])


def test_a_run_with_much_shorter_rows_had_other_batches() -> None:
    wanted = recipe()
    rows = forecast(wanted, situation()).rows
    assert rows is not None
    tokens = rows.tokens / rows.steps / wanted.training.accumulation
    for factor, source in ((1.2, "measured"), (0.1, "scaled")):
        found = forecast(wanted, situation(past=(past(batch_tokens=factor * tokens),))).seconds
        assert found is not None
        assert found.source == source


def test_other_methods_go_forward_more_often() -> None:
    wanted = {"method__kind": "kto"}
    of_sft = forecast(recipe(**wanted), situation(past=(past(),))).seconds
    of_kto = forecast(recipe(**wanted), situation(past=(past(), past(name="k#1", method="kto", base="x")))).seconds
    assert of_sft is not None
    assert of_kto is not None
    assert of_kto.words.startswith("from k#1")
    assert of_sft.mid_s == pytest.approx(2 * of_kto.mid_s)


def test_sampling_takes_its_time_and_grpo_is_not_told_by_other_methods() -> None:
    sampled = {"method__kind": "grpo", "rewards": [{"kind": "exact"}], "method__grpo__max_new_tokens": 256}
    grpo = forecast(recipe(**sampled), situation(past=(past(),))).seconds
    assert grpo is not None
    assert grpo.source == "table"
    steps = forecast(recipe(**sampled), situation()).steps
    assert steps is not None
    assert grpo.mid_s > steps * 256 * 32 * 0.001, "32 blocks for each token of an answer"
    half = forecast(recipe(**sampled | {"method__grpo__max_new_tokens": 128}), situation()).seconds
    assert half is not None
    assert half.mid_s < 0.7 * grpo.mid_s


def test_the_table_says_about_what_was_measured() -> None:
    """Llama-3.1-8B's shape on an H200, QLoRA, 2,048 tokens, 2 x 4 rows: Unsloth 1.63 s a step, hf 3.05 to 3.27."""
    full = np.full(80, 2048, np.int32)
    data = DataFacts(train=80, lengths=full, trained=full, exact=True)
    gpu = GpuFacts("NVIDIA H200", 140 * GIB, 140 * GIB)
    for backend, step_s in (("unsloth", 1.63), ("hf", 3.16)):
        wanted = recipe(
            hardware__backend=backend, adapter__kind="qlora", training__micro_batch=2, training__epochs=1,
            training__max_length=2048,
        )  # fmt: skip
        found = forecast(wanted, situation(gpu, data=data)).seconds
        assert found is not None
        assert found.low_s < 10 * step_s < found.high_s


def test_money_and_budget() -> None:
    wanted = recipe(budget__price_per_hour=3.6, budget__limit=0.001, budget__hours=0.001)
    found = forecast(wanted, situation())
    assert found.cost is not None
    assert found.seconds is not None
    assert found.cost.mid == pytest.approx(found.seconds.mid_s / 1000)
    assert [line.split(":")[0] for line in found.over_budget] == ["budget.limit", "budget.hours"]
    guessed = forecast(recipe(), situation()).cost
    assert guessed is not None
    assert guessed.price_per_hour == 6.0
    assert "guess" in guessed.words
    assert forecast(recipe(), situation(GpuFacts("NVIDIA Mystery", 80 * GIB, 80 * GIB))).cost is None
    assert not forecast(recipe(budget__limit=10_000.0), situation()).over_budget


@pytest.mark.parametrize(
    ("name", "memory_gb", "tflops"),
    [
        ("NVIDIA H100 80GB HBM3", 80, 989), ("NVIDIA A100-SXM4-40GB", 40, 312), ("NVIDIA A100 80GB PCIe", 80, 312),
        ("NVIDIA GeForce RTX 4090", 24, 165), ("NVIDIA A10G", 24, 70), ("Tesla T4", 16, 65), ("NVIDIA L4", 24, 121),
        ("NVIDIA L40S", 48, 362), ("NVIDIA H200", 141, 989), ("h100", 80, 989),
    ],
)  # fmt: skip
def test_gpus_are_known_by_their_names(name: str, memory_gb: int, tflops: int) -> None:
    kind, memory = kind_of(name), memory_of(name)
    assert kind is not None
    assert memory is not None
    assert (kind.memory_gb, kind.tflops) == (memory_gb, tflops)
    assert 0.97 * memory_gb * GIB < memory <= memory_gb * GIB


@pytest.mark.parametrize("name", ["RTX A1000", "RTX 4090 Laptop", "T400", "RTX 4060", "GeForce RTX 3080 Max-Q"])
def test_a_name_that_only_begins_like_a_known_one_is_not_known(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize(("name", "guess"), [("H1OO", "did you mean H100? Else "), ("foo", "")])
def test_a_gpu_that_is_not_in_the_table_is_no_cpu(name: str, guess: str) -> None:
    found = forecast(recipe(hardware__gpu=name), situation())
    assert (found.verdict, found.vram_bytes, found.seconds, found.cost) == ("unknown", None, None, None)
    assert found.reason == (
        f"hardware.gpu: {name} is not in the table: {guess}name its memory too, such as `{name} 24GB`"
    )
    assert forecast(recipe(hardware__gpu=f"{name} 24GB"), situation()).gpu_total_bytes == memory_of("RTX 4090")


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({}, "has no hidden_size to go by"),
        ({"model_type": "gemma3", "text_config": 3}, "gemma3 is not known here"),
        ({"model_type": "gpt2", "n_embd": 768}, "gpt2 is not known here, and has no hidden_size"),
        (SHAPES["llama-1b"] | {"model_type": "qwen3_next"}, "qwen3_next is not known here, and no weight files say"),
        (SHAPES["llama-1b"] | {"hidden_size": 1e300}, "hidden_size cannot be 1e+300"),
        (SHAPES["llama-1b"] | {"num_hidden_layers": float("inf")}, "num_hidden_layers cannot be inf"),
        (SHAPES["llama-1b"] | {"num_hidden_layers": float("nan")}, "num_hidden_layers cannot be nan"),
    ],
)
def test_a_model_that_is_not_understood_has_no_forecast(config: dict[str, Any], why: str) -> None:
    found = forecast(recipe(), situation(model=ModelFacts(config)))
    assert (found.verdict, found.vram_bytes, found.seconds) == ("unknown", None, None)
    assert why in found.reason


def test_a_base_of_four_bits_weighs_as_much_under_lora_as_under_qlora() -> None:
    four_bit = SHAPES["llama-8b"] | {"quantization_config": {"load_in_4bit": True, "quant_method": "bitsandbytes"}}
    held, plain = (forecast(recipe(), situation(model=ModelFacts(it))) for it in (four_bit, SHAPES["llama-8b"]))
    quantised = forecast(recipe(adapter__kind="qlora"), situation())
    assert held.parts["weights"] == quantised.parts["weights"] < 0.5 * plain.parts["weights"]


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


def test_a_gpu_of_no_known_name() -> None:
    assert kind_of("NVIDIA Mystery") is None
    assert memory_of("Mystery") is None
    assert memory_of("Mystery 48GB") is not None


any_recipe = st.fixed_dictionaries(
    {
        "method.kind": st.sampled_from(["sft", "cpt", "dpo", "kto", "orpo", "grpo"]),
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


@settings(max_examples=120, deadline=None)
@given(any_recipe, st.sampled_from([*SHAPES]), st.integers(1, 60), st.booleans())
def test_any_recipe_has_a_forecast(changes: dict[str, Any], shape: str, count: int, here: bool) -> None:
    wanted = validate(laid_over({"model": {"base": "base"}}, changes))
    found = forecast(wanted, situation(RTX_4090 if here else None, shape, data=rows(count)))
    assert found.rows is not None
    assert found.rows.steps >= 1
    assert 0 <= found.rows.padding < 1
    assert found.rows.tokens <= found.rows.padded_tokens
    if wanted.hardware.gpu == "who knows":
        assert (found.verdict, found.seconds, found.parts) == ("unknown", None, {})
        return
    assert found.seconds is not None
    assert 0 < found.seconds.low_s < found.seconds.high_s
    assert all(part >= 0 for part in found.parts.values())
    assert (found.vram_bytes is None) == (not found.gpu)


@pytest.mark.parametrize(
    ("shape", "targets", "missing"),
    [
        ("llama-1b", ["all"], ()), ("llama-1b", ["q_proj", "lm_head"], ()), ("llama-1b", ["q_prj"], ("q_prj",)),
        ("llama-1b", ["attention", "gate_up_proj"], ("gate_up_proj",)), ("phi3-mini", ["attention"], ()),
        ("phi3-mini", ["q_proj", "qkv_proj"], ("q_proj",)),
    ],
)  # fmt: skip
def test_layers_that_the_model_has_not_are_named(shape: str, targets: list[str], missing: tuple[str, ...]) -> None:
    wanted = recipe(adapter__targets=targets)
    assert missing_targets(wanted, read_shape(SHAPES[shape])) == missing
    notes = [note for note in forecast(wanted, situation(shape=shape)).notes if note.startswith("adapter.targets")]
    assert len(notes) == bool(missing)
    assert all(f"adapter.targets: {', '.join(missing)}: no such layer in this model" in note for note in notes)


def test_a_group_of_which_a_model_has_no_layer_is_missing() -> None:
    experts = read_shape({"model_type": "qwen3_moe"})
    assert missing_targets(recipe(adapter__targets=["mlp"]), experts) == ("mlp",)
    assert missing_targets(recipe(adapter__targets=["all"]), experts) == ()
    assert missing_targets(recipe(adapter__targets=["mlp"], adapter__kind="full"), experts) == ()


def test_the_copy_of_adamw_s_step_is_a_part_of_its_own() -> None:
    wanted = recipe(
        adapter__kind="full", training__optimiser="adamw", training__micro_batch=1, training__max_length=512
    )
    found = forecast(wanted, situation(replace(H100, total_bytes=200 * GIB, free_bytes=200 * GIB)))
    assert found.phase == "optimiser step"
    assert found.parts["step_copy"] == found.parts["gradients"]
    assert "activations" not in found.parts


def test_every_part_has_its_words() -> None:
    assert list(PART_WORDS) == list(PARTS)
    assert part_words("context", on_gpu=True) == "CUDA context"
    assert part_words("context", on_gpu=False) == "libraries"
    assert part_words("of a newer engine", on_gpu=False) == "of a newer engine"
