"""Forecast memory against measured: `python -m tests.bench.forecast`.

Each training of tests/recorded/memory-*.jsonl, its measured peak (torch's reserved memory), the forecast, and what
Unsloth Studio 2026.10 would say by its published formula (studio/backend/utils/hardware/VRAM_ESTIMATION.md in its
wheel), restated here from that page; of both the share for CUDA itself is left out. Then steps by the table of times
beside measured ones, and how long a forecast takes.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from engine.forecast import forecast, kept_plan
from engine.recipe import Recipe
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation
from tests import measured_steps
from tests.gpu.shapes import SHAPES
from tests.measured_memory import Case, cases, recipe_of

_GIB = 1 << 30


def main() -> None:
    """Print both tables."""
    found = list(cases())
    print(f"{'training':<40} {'measured':>9} {'forecast':>9} {'error':>7}   {'Studio':>7} {'error':>7}")
    for case in found:
        measured, rival = case.measured_bytes, studio_bytes(case)
        print(
            f"{case.name:<40} {measured / _GIB:>8.2f}G {case.forecast_bytes / _GIB:>8.2f}G {case.error:>+7.1%}"
            f"   {rival / _GIB:>6.2f}G {rival / measured - 1:>+7.1%}"
        )
    print()
    own = [case for case in found if case.line["backend"] == "unsloth"]
    _summary("forecast", [case.error for case in found])
    _summary("Studio, all", [studio_bytes(case) / case.measured_bytes - 1 for case in found])
    _summary("Studio, its own backend", [studio_bytes(case) / case.measured_bytes - 1 for case in own])
    _summary("the same, CUDA counted", [_with_cuda(case) for case in own])
    print()
    measured_steps.main()
    print()
    _speed()


def _summary(name: str, errors: list[float]) -> None:
    sizes = [abs(error) for error in errors]
    under = sum(error < -0.05 for error in errors)
    print(
        f"{name:<24} {len(errors)} trainings: median {statistics.median(sizes):.1%}, worst {max(sizes):.1%}, "
        f"lowest {min(errors):+.1%}, more than 5% too low {under}"
    )


def _with_cuda(case: Case) -> float:
    """Studio's error with its 1.4 GB for CUDA, against measured memory and the context that was seen on an H100."""
    return (studio_bytes(case) + 1.4 * _GIB) / (case.measured_bytes + case.memory.parts["context"]) - 1


def studio_bytes(case: Case) -> int:
    """Unsloth Studio's estimate without its 1.4 GB for CUDA: weights, adapter, states, gradients, activations.

    For dense models without biases; H, K, M, V, L, r, S, B are its page's letters.
    """
    line, shape = case.line, case.shape
    H, K, M, L, r = shape.hidden, shape.keys, shape.feed_forward, shape.blocks, line["rank"]
    quantised = ((2 * H + 2 * K) * H + 3 * H * M) * L
    kept = 2 * H * L + shape.vocabulary * H * (1 if shape.tied else 2)
    four_bit = line["adapter"] == "qlora"
    weights = quantised * 2 / 3.2 + kept * 2 if four_bit else (quantised + kept) * 2
    small = L * r * (2 * H + 2 * (H + K) + 2 * H + 3 * (H + M))
    full = line["adapter"] == "full"
    trained = quantised + kept if full else small
    states = trained * {"adamw_8bit": 4, "adamw": 6, "paged_adamw": 8, "paged_adamw_8bit": 4}[line["optimiser"]]
    block = line["length"] * line["micro_batch"] * (H + 2 * K + 2 + 2 * M) * 2 * 1.25
    asked = "plain" if line["backend"] == "hf" and line["checkpointing"] == "unsloth" else line["checkpointing"]
    activations = block * {"off": L, "plain": 2.0 if full else 1.0, "unsloth": 1.5 if full else 1.0}[asked]
    floor = weights * 0.15 if full else min(weights * 0.15, max(activations, states))
    gradients = max(trained * 2, floor)
    return round(weights + (0 if full else small * 2) + states + gradients + activations)


def _speed() -> None:
    """Milliseconds of a forecast at 100,000 rows, where nothing is kept from the one before and where all is."""
    random = np.random.default_rng(0)
    lengths = (random.lognormal(5.8, 0.7, 100_000) + 8).astype(np.int32)
    data = DataFacts(
        train=len(lengths), validation=5000, lengths=lengths, trained=lengths // 2,
        validation_lengths=lengths[:5000], exact=True,
    )  # fmt: skip
    gpu = GpuFacts("NVIDIA GeForce RTX 4090", 24 * _GIB, 23 * _GIB)
    situation = Situation(ModelFacts(SHAPES["llama-8b"]), data, (gpu,), unsloth=True)
    peer = _best(lambda: np.argsort(lengths, kind="stable"))
    print(f"{'sorting the lengths (the peer)':<32} {peer:>6.1f} ms")
    for name, changes in _CHANGES.items():
        recipe = _recipe(**changes)
        first = _best(lambda recipe=recipe: _afresh(recipe, situation))  # type: ignore[misc]
        again = _best(lambda recipe=recipe: forecast(recipe, situation))  # type: ignore[misc]
        print(f"{name:<32} {first:>6.1f} ms ({first / peer:.1f} of the peer), again {again:.1f} ms")


def _afresh(recipe: Recipe, situation: Situation) -> None:
    kept_plan.forget()
    forecast(recipe, situation)


_CHANGES: dict[str, dict[str, object]] = {
    "another micro-batch": {"micro_batch": 2},
    "another length, will not fit": {"max_length": 8192, "micro_batch": 8},
    "packing": {"packing": True},
    "half an epoch more": {"epochs": 2.5},
    "random order": {"order": "random"},
}


def _recipe(**changes: object) -> Recipe:
    line = {
        "shape": "llama-8b", "adapter": "lora", "rank": 16, "micro_batch": 4, "accumulation": 4, "length": 2048,
        "optimiser": "adamw_8bit", "checkpointing": "unsloth", "precision": "auto", "backend": "auto",
    }  # fmt: skip
    base = recipe_of(line)
    return base.model_copy(update={"training": base.training.model_copy(update=changes)})


def _best(work: Callable[[], object], times: int = 7) -> float:
    """Milliseconds of the fastest of several times."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return 1000 * min(taken)


if __name__ == "__main__":
    main()
