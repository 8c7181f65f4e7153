"""Journals recorded on one NVIDIA H200 with Unsloth 2026.10.9: what was written then is still read now."""

from pathlib import Path
from statistics import median

import pytest

from engine.journal import Reader
from engine.protocol import AnyEvent, StepDone
from engine.run_state import RunState, condition, fold

RECORDED = Path(__file__).parent.parent / "recorded"


def state_of(name: str) -> RunState:
    reader = Reader[AnyEvent](RECORDED / f"{name}.jsonl", AnyEvent)
    state = fold(RunState(), reader.read())
    assert reader.skipped == 0
    return state


@pytest.mark.parametrize(
    ("name", "steps", "dtype", "gpu_bytes"),
    [("h200-quickstart", 120, "bfloat16", 0.1e9), ("h200-llama-1b-qlora", 30, "nf4", 1e9)],
)
def test_a_recorded_run_reads_as_it_was(name: str, steps: int, dtype: str, gpu_bytes: float) -> None:
    state = state_of(name)
    assert condition(state, alive=False, age_s=0) == "completed"
    assert [step.step for step in state.steps] == list(range(1, steps + 1))
    assert state.model is not None
    assert state.model.dtype == dtype
    assert state.backend is not None
    assert state.backend.backend == "unsloth"
    used = [reading.reading.gpus[0].memory_used_bytes or 0 for reading in state.readings if reading.reading.gpus]
    assert max(used) > gpu_bytes
    assert [span.phase for span in state.phases][:5] == ["starting", "loading", "loading", "tokenising", "loading"]
    assert state.best is not None
    assert state.best.loss == min(evaluation.loss for evaluation in state.evaluations if evaluation.loss is not None)


def test_the_first_step_compiles_and_does_not_sway_the_pace() -> None:
    state = state_of("h200-llama-1b-qlora")
    first, *rest = [step for step in state.steps if isinstance(step, StepDone)]
    assert first.seconds > 10 * median(step.seconds for step in rest)
    assert state.seconds_per_step is not None
    assert state.seconds_per_step < 1.0
