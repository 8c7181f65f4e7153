"""What GPU tests share: a home, the random Llama, and the command line as a user has it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projects import resource
from tests.gpu.llama import make

Ttune = Callable[..., Any]


@pytest.fixture(scope="session")
def gpu_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the session: later tests look at earlier tests' runs."""
    return tmp_path_factory.mktemp("gpu") / "home"


@pytest.fixture(scope="session")
def ttune(gpu_home: Path) -> Ttune:
    """Run a ttune command with --json and give what it prints; fails on any other exit code than 0."""

    def run(*arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "tui", *arguments, "--json"],
            env=os.environ | {"TTUNE_HOME": str(gpu_home)}, capture_output=True, text=True, timeout=540, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama-3.2-1B-shaped model with random weights and the quickstart's tokenizer."""
    folder = tmp_path_factory.mktemp("llama") / "llama-1b"
    make(folder, resource("ttune:quickstart/model"))
    return folder
