"""The mask shown is the mask trained with Unsloth too. Run with `pytest -m gpu tests/gpu/test_unsloth_masks.py`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gpu

FAMILIES = ("chatml", "llama-3.1", "qwen-2.5", "qwen-3", "gemma-3", "phi-3", "phi-4", "mistral-3")


def test_what_the_audit_shows_is_what_unsloth_trains(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu.unsloth_masks", str(tmp_path), *FAMILIES],
        capture_output=True, text=True, timeout=540, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    compared = json.loads(done.stdout.splitlines()[-1])
    assert set(compared) == set(FAMILIES)
    assert all(tokens > 200 for tokens in compared.values()), compared
