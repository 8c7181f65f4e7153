"""An exported train.py on a real GPU: the losses of the run it came from, and the seconds beside them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from engine.job import JobFolder, view
from tests.gpu.conftest import Ttune

pytestmark = pytest.mark.gpu

STEPS = 12
SHORT = (
    f"training.max_steps={STEPS}", "training.micro_batch=4", "training.evaluate_every=1", "data.split.validation=0",
    "training.optimiser=adamw_8bit", "training.learning_rate=2e-4",
)  # fmt: skip
SETTINGS: dict[str, tuple[str, ...]] = {
    "lora": (),
    "qlora": ("adapter.kind=qlora",),
    "packed": ("training.packing=true", "training.micro_batch=2"),
    "full": ("adapter.kind=full", "training.learning_rate=1e-5"),
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("backend", ["unsloth", "hf"])
def test_the_script_has_the_run_s_losses(
    ttune: Ttune, llama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], backend: str, name: str
) -> None:
    """Kernels of a GPU add in no fixed order, so the losses part by a little more with every step."""
    project = f"script-{backend}-{name}"
    ttune("new", project, "--template", "quickstart")
    settings = (*SHORT, f"model.base={llama}", f"hardware.backend={backend}", *SETTINGS[name])
    run = ttune("train", project, *[word for setting in settings for word in ("--set", setting)])
    state = view(JobFolder(Path(run["path"]))).state
    assert state.finished is not None
    assert state.finished.outcome == "completed", state.finished
    ttune("recipe", run["run"], "--as", "train.py", "--out", str(tmp_path / "alone"))
    log = _run_alone(tmp_path / "alone")
    ours = [step.loss for step in state.steps]
    theirs = [entry["loss"] for entry in log if "loss" in entry]
    with capsys.disabled():
        print(f"\n{project}: losses {_table(ours)} | {_table(theirs)}; {median(s.seconds for s in state.steps):.2f} s")
    assert len(theirs) == STEPS
    assert theirs[0] == pytest.approx(ours[0], rel=2e-3)
    assert theirs == pytest.approx(ours, rel=2e-2)


def _table(losses: list[Any]) -> str:
    return " ".join(f"{loss:.4f}" for loss in losses[:: STEPS // 4])


def _run_alone(folder: Path) -> list[dict[str, Any]]:
    """Run the script where nothing of this repository can be imported."""
    root = str(Path(__file__).parents[2])
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != root]
    done = subprocess.run(
        [sys.executable, "-P", "train.py"], cwd=folder, env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True, text=True, timeout=540, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    log: list[dict[str, Any]] = json.loads((folder / "log.json").read_text())
    return log
