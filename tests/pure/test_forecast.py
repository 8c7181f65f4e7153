"""What a forecast says: parts, verdicts, mends, money; and that it says what is not known."""

from dataclasses import replace
from typing import Any

import pytest

from engine.forecast import forecast, missing_targets
from engine.forecast.gpus import GIB, memory_of
from engine.forecast.memory import PARTS
from engine.forecast.shape import read_shape
from engine.situation import DataFacts, ModelFacts, Situation
from tests.gpu.shapes import SHAPES
from tests.pure.foreseeing import H100, LORA, recipe, situation
from tui.forecast_words import PART_WORDS, part_words


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
