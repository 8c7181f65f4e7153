"""Every setting on a real GPU, with Unsloth and with transformers + peft. `pytest -m gpu tests/gpu/test_settings.py`.

Both backends begin with the same weights, rows and order, so their first losses must agree: a setting that one of them
passed over in silence would show there.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.job import JobFolder, view
from engine.journal import read_events
from engine.protocol import CheckpointSaved
from engine.run_state import RunState
from tests.gpu.conftest import Ttune

pytestmark = pytest.mark.gpu

SHORT = (
    "training.max_steps=6", "training.micro_batch=4", "training.evaluate_every=3", "data.split.validation=0.02",
    "training.optimiser=adamw_8bit",
)  # fmt: skip


PROJECT = "settings"


@pytest.fixture(scope="module", autouse=True)
def project(ttune: Ttune) -> None:
    """One project for all runs."""
    ttune("new", PROJECT, "--template", "quickstart")


def short(ttune: Ttune, *settings: str) -> tuple[RunState, JobFolder]:
    """A run of six steps on the tiny base; it has to complete, and to save what it trained."""
    assignments = [word for setting in (*SHORT, *settings) for word in ("--set", setting)]
    run = ttune("train", PROJECT, *assignments)
    folder = JobFolder(Path(run["path"]))
    state = view(folder).state
    assert state.finished is not None
    assert state.finished.outcome == "completed", state.finished
    assert state.adapter is not None
    assert len(state.steps) == 6
    return state, folder


def losses(state: RunState) -> list[float]:
    found = [step.loss for step in state.steps if step.loss is not None]
    assert len(found) == len(state.steps)
    return found


BOTH = {
    "plain": (),
    "packed": ("training.packing=true", "training.micro_batch=2"),
    "full": ("adapter.kind=full", "training.learning_rate=1e-4"),
    "rslora": ("adapter.rslora=true",),
    "embeddings": ('adapter.also_train=["embed_tokens", "lm_head"]',),
    "attention": ('adapter.targets=["attention"]',),
    "dropout": ("adapter.dropout=0.05",),
    "linear": ("training.max_length=2048", "training.rope_scaling=linear"),
    "yarn": ("training.max_length=2048", "training.rope_scaling=yarn"),
    "cpt": ("method.kind=cpt", "training.max_length=64", "training.packing=true"),
    "plain-checkpointing": ("training.gradient_checkpointing=plain",),
    "no-checkpointing": ("training.gradient_checkpointing=off",),
    "qlora": ("adapter.kind=qlora",),
    "paged": ("training.optimiser=paged_adamw",),
    "paged-8bit": ("training.optimiser=paged_adamw_8bit",),
    "random": ("training.order=random",),
    "given": ("training.order=given",),
}


@pytest.mark.parametrize("name", BOTH)
def test_both_backends_train_the_same(ttune: Ttune, name: str) -> None:
    states = {}
    for backend in ("unsloth", "hf"):
        states[backend], folder = short(ttune, f"hardware.backend={backend}", *BOTH[name])
        assert states[backend].backend.backend == backend  # type: ignore[union-attr]
        assert ttune("eval", folder.id, "--rows", "4")["rows"] == 4
    one, other = states["unsloth"], states["hf"]
    assert [step.tokens for step in one.steps] == [step.tokens for step in other.steps]
    assert losses(one)[0] == pytest.approx(losses(other)[0], rel=0.02)
    assert losses(one)[-1] == pytest.approx(losses(other)[-1], rel=0.15)
    if name not in ("dropout", "qlora"):
        assert one.evaluations[-1].loss == pytest.approx(other.evaluations[-1].loss, rel=0.1)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (("adapter.dora=true",), "adapter.dora"),
        (("adapter.init=pissa",), "pissa"),
        (("training.rope_scaling=off", "training.max_length=1100"), "scales positions by itself"),
    ],
)
def test_what_unsloth_cannot_is_trained_by_hf(ttune: Ttune, settings: tuple[str, ...], why: str) -> None:
    state, folder = short(ttune, *settings)
    assert state.backend is not None
    assert state.backend.backend == "hf"
    assert why in state.backend.reason
    assert ttune("eval", folder.id, "--rows", "4")["rows"] == 4


@pytest.mark.parametrize("precision", ["bf16", "fp16", "fp32"])
def test_each_precision_trains(ttune: Ttune, precision: str) -> None:
    for backend in ("unsloth", "hf"):
        state, _ = short(ttune, f"training.precision={precision}", f"hardware.backend={backend}")
        assert losses(state)[-1] < losses(state)[0]


@pytest.mark.parametrize("backend", ["unsloth", "hf"])
def test_training_goes_on_from_an_adapter(ttune: Ttune, backend: str) -> None:
    chosen = (f"hardware.backend={backend}",)
    first, folder = short(ttune, *chosen)
    second, _ = short(ttune, *chosen, f"model.adapter={folder.id}")
    assert losses(second)[0] == pytest.approx(losses(first)[-1], rel=0.25)
    assert losses(second)[0] < 0.9 * losses(first)[0]


@pytest.mark.parametrize("backend", ["unsloth", "hf"])
def test_checkpoints_are_kept_as_asked_and_measured(ttune: Ttune, backend: str) -> None:
    state, folder = short(
        ttune, f"hardware.backend={backend}", "training.max_steps=6", "training.evaluate_every=1",
        "training.save_every=3", "training.keep_checkpoints=1",
    )  # fmt: skip
    saved = [event.step for event in read_events(folder.events) if isinstance(event, CheckpointSaved)]
    assert saved == [3, 6]
    assert state.adapter is not None
    assert state.adapter.step in saved
    assert len(state.evaluations) == 6


@pytest.mark.parametrize("backend", ["unsloth", "hf"])
def test_measuring_takes_no_more_memory_than_training(ttune: Ttune, llama: Path, backend: str) -> None:
    """A vocabulary of 128,256: the logits of a whole evaluation would take gigabytes."""
    state, _ = short(
        ttune, f"model.base={llama}", f"hardware.backend={backend}", "training.micro_batch=8",
        "data.split.validation=0.2", "training.learning_rate=1e-4",
    )  # fmt: skip
    before = [step.gpu_peak_bytes or 0 for step in state.steps if step.step <= 3]
    after = [step.gpu_peak_bytes or 0 for step in state.steps if step.step > 3]
    assert max(after) < 1.1 * max(before) + 200_000_000


@pytest.mark.parametrize("backend", ["unsloth", "hf"])
def test_a_row_in_a_sequence_is_trained_as_by_itself(tmp_path: Path, backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu.packed_rows", str(tmp_path), backend],
        capture_output=True, text=True, timeout=540, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["packed"] == pytest.approx(found["alone"], rel=0.01)
    assert found["leak"], "rows that see each other are noticed"


def test_more_than_one_gpu_is_refused_in_a_line(ttune: Ttune) -> None:
    with pytest.raises(AssertionError, match=r"hardware\.gpus: 2: training runs on one GPU so far"):
        short(ttune, "hardware.gpus=2")
