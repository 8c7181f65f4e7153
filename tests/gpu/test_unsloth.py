"""Real Unsloth on a real GPU, through the commands that a user types. Run with `pytest -m gpu tests/gpu`."""

import os
import shutil
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from engine.job import JobFolder, view
from engine.run_state import RunState
from tests.gpu.conftest import Ttune

pytestmark = pytest.mark.gpu


def train(ttune: Ttune, project: str, *settings: str) -> RunState:
    """Train in the foreground; what the journal says of it."""
    assignments = [word for setting in settings for word in ("--set", setting)]
    run = ttune("train", project, *assignments)
    status = ttune("status", run["run"])
    assert status["state"] == "completed", status
    folder = JobFolder(Path(run["path"]))
    _keep(folder, project)
    return view(folder).state


def _keep(folder: JobFolder, name: str) -> None:
    """Leave the journal in the folder that OUT names, to become a fixture."""
    if out := os.environ.get("OUT"):
        shutil.copy(folder.events, Path(out) / f"{name}.jsonl")


def check(state: RunState, *, steps: int) -> None:
    """Loss falls, NVML's figures are there, the adapter was saved and verified."""
    losses = [step.loss for step in state.steps if step.loss is not None]
    assert len(losses) == steps
    assert mean(losses[-5:]) < 0.9 * mean(losses[:5])
    assert state.backend is not None
    assert state.backend.backend == "unsloth", state.backend.reason
    gpus = [reading.reading.gpus[0] for reading in state.readings if reading.reading.gpus]
    assert gpus
    assert max(gpu.memory_used_bytes or 0 for gpu in gpus) > 100_000_000
    assert all(gpu.power_w and gpu.temperature_c and gpu.utilisation is not None for gpu in gpus)
    assert {"loading", "tokenising", "compiling", "training", "evaluating", "saving"} <= {p.phase for p in state.phases}
    assert state.adapter is not None
    assert all((step.gpu_peak_bytes or 0) > 0 for step in state.steps)


def test_the_quickstart_trains_and_beats_its_base(ttune: Ttune) -> None:
    ttune("new", "tickets", "--template", "quickstart")
    state = train(ttune, "tickets")
    assert state.plan is not None
    check(state, steps=state.plan.steps)
    compared: dict[str, Any] = ttune("eval", "tickets")["metrics"]["json_fields"]
    assert compared["base"] < 0.2
    assert compared["tuned"] > 0.8
    answers = ttune("chat", "tickets", "--prompt", "My invoice is wrong and the audit is today.")["answers"]
    assert answers["base"] != answers["tuned"]
    assert answers["tuned"].startswith("{")


def test_qlora_on_a_llama_of_one_billion(ttune: Ttune, llama: Path) -> None:
    ttune("new", "llama", "--template", "quickstart")
    state = train(
        ttune, "llama", f"model.base={llama}", "adapter.kind=qlora", "training.learning_rate=2e-4",
        "training.max_steps=30", "training.micro_batch=2", "training.accumulation=4", "training.optimiser=adamw_8bit",
        "training.max_length=2048", "evaluation.rows=8", "evaluation.max_new_tokens=8",
    )  # fmt: skip
    check(state, steps=30)
    assert state.model is not None
    assert state.model.dtype == "nf4"
    assert 1.2e9 < state.model.parameters < 1.3e9
    assert ttune("eval", "llama")["rows"] == 8  # the adapter loads again, without Unsloth, on the 4-bit base
