"""Preferences and rewards on a real GPU, with Unsloth and with transformers + peft, through the commands of a user.

`pytest -m gpu tests/gpu/test_methods.py`; about a minute a run. The last test prints a table of them all.
"""

import json
import os
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from engine.files import make_folder
from engine.home import Home
from engine.run_state import RunState
from projects import resource
from tests.gpu.conftest import Ttune
from tests.gpu.test_unsloth import train
from tests.support import quickstart

pytestmark = pytest.mark.gpu

STEPS = 6
UNDECIDED = {"dpo": 0.6931, "kto": 0.5}
"""The first loss, where the model is its own reference: -log(1/2) and 1 - sigmoid(0)."""
FIGURES = {
    "dpo": {"rewards/margins", "rewards/accuracies", "logps/chosen"},
    "kto": {"kl", "rewards/chosen", "rewards/rejected"},
    "orpo": {"nll_loss", "log_odds_ratio", "rewards/margins"},
    "grpo": {"reward", "reward_std", "rewards/length/mean", "completions/mean_length", "frac_reward_zero_std"},
}
TABLE: list[tuple[str, str, str, int, float, float, float]] = []
PROSE = ("Thank you for writing to us. It cannot wait.", "I would file it under shipping.", "Let me see. It can wait.")


def rows_of(method: str) -> list[dict[str, Any]]:
    """The quickstart's tickets, as the method wants them: answers in JSON are good, prose is bad."""
    lines = resource("ttune:quickstart/data/tickets.jsonl").read_text().splitlines()[:400]
    rows: list[dict[str, Any]] = []
    for number, turns in enumerate(json.loads(line)["messages"] for line in lines):
        prompt, good = turns[:-1], turns[-1:]
        bad = [{"role": "assistant", "content": PROSE[number % 3]}]
        if method in ("dpo", "orpo"):
            rows.append({"prompt": prompt, "chosen": good, "rejected": bad})
        elif method == "kto":
            rows.append({"prompt": prompt, "completion": bad if number % 2 else good, "label": not number % 2})
        elif method == "grpo":
            rows.append({"prompt": prompt, "solution": good[0]["content"]})
        else:
            rows.append({"messages": turns})
    return rows


def run(ttune: Ttune, home: Path, base: Path, method: str, backend: str, adapter: str, **settings: Any) -> RunState:
    """Train a few steps; a line of the table."""
    name = f"{method}-{backend}-{adapter}" + ("-on" if settings.get("model__adapter") else "")
    short: dict[str, Any] = {
        "model__base": str(base), "data__source": "data/rows.jsonl", "hardware__backend": backend,
        "method__kind": method, "method__grpo__generations": 4, "method__grpo__max_new_tokens": 64,
        "rewards": [{"kind": "length", "most": 150}, {"kind": "regex", "pattern": "a", "weight": 0.5}],
        "adapter__kind": adapter, "training__learning_rate": 5e-4, "training__optimiser": "adamw_8bit",
        "training__max_steps": STEPS, "training__micro_batch": 4, "training__accumulation": 2,
        "training__evaluate_every": STEPS, "data__split__validation": 0.04, "evaluation__rows": 4,
        "evaluation__max_new_tokens": 8,
    }  # fmt: skip
    make_folder(Home(home).projects)
    project = quickstart(Home(home), name, **short | settings)
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows_of(method)))
    state = train(ttune, name)
    seconds = median(step.seconds for step in state.steps[1:])
    peak = max(step.gpu_peak_bytes or 0 for step in state.steps) / 1e9
    last = state.steps[-1].loss
    TABLE.append((method, backend, adapter, len(state.steps), seconds, peak, float("nan") if last is None else last))
    return state


@pytest.mark.parametrize("method", ["dpo", "kto", "orpo", "grpo"])
@pytest.mark.parametrize(("backend", "adapter"), [("unsloth", "qlora"), ("hf", "lora")])
def test_a_method_trains(ttune: Ttune, gpu_home: Path, llama: Path, method: str, backend: str, adapter: str) -> None:
    state = run(ttune, gpu_home, llama, method, backend, adapter)
    assert state.backend is not None
    assert state.backend.backend == backend, state.backend.reason
    assert [step.step for step in state.steps] == list(range(1, STEPS + 1))
    assert all(step.loss is not None and step.grad_norm is not None for step in state.steps)
    assert all(step.tokens > step.trained_tokens > 0 for step in state.steps)
    assert FIGURES[method] <= state.steps[-1].metrics.keys()
    assert None not in state.steps[-1].metrics.values()
    if method in UNDECIDED:
        assert state.steps[0].loss == pytest.approx(UNDECIDED[method], abs=0.02)
    if method in ("dpo", "orpo"):
        assert (state.steps[-1].loss or 9) < (state.steps[0].loss or 0)
    (measured,) = state.evaluations
    assert FIGURES[method] & measured.metrics.keys()
    assert state.adapter is not None
    assert state.adapter.tensors > 0
    answers = ttune(
        "chat", f"{method}-{backend}-{adapter}", "--prompt", "Where is my parcel?", "--max-new-tokens", "8"
    )["answers"]
    assert answers.keys() == {"base", "tuned"}


@pytest.mark.parametrize("backend", ["unsloth", "hf"])
def test_dpo_goes_on_from_what_sft_trained(ttune: Ttune, gpu_home: Path, llama: Path, backend: str) -> None:
    """The reference is the adapter as sft left it, not the base; the copy of it is not saved."""
    run(ttune, gpu_home, llama, "sft", backend, "lora")
    state = run(ttune, gpu_home, llama, "dpo", backend, "lora", model__adapter=f"sft-{backend}-lora#1")
    assert state.steps[0].loss == pytest.approx(UNDECIDED["dpo"], abs=0.02)
    saved = list((gpu_home / "projects" / f"dpo-{backend}-lora-on").glob("jobs/*/adapter"))
    assert saved
    assert not any((folder / "ref").exists() for folder in saved)


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Not a measurement to hold against others: a few steps each."""
    lines = ["method  backend  adapter  steps  s/step  peak GB  last loss"]
    for method, backend, adapter, steps, seconds, peak, loss in TABLE:
        lines.append(f"{method:<7} {backend:<8} {adapter:<8} {steps:5} {seconds:7.2f} {peak:8.2f} {loss:10.4f}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    if out := os.environ.get("OUT"):
        (Path(out) / "methods.txt").write_text("\n".join(lines) + "\n")
    assert TABLE
