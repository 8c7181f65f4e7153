"""What a front end loads: the engine knows no screen, front ends nothing that trains, the first paint nothing heavy."""

import json
import os
import subprocess
import sys

import pytest

TRAINS = {"torch", "transformers", "trl", "peft", "datasets", "evaluate", "accelerate", "pandas", "unsloth", "sklearn"}
HEAVY = TRAINS | {"numpy", "pyarrow", "polars"}
SCREEN = {"textual", "tui", "themes", "plotext", "rich"}


def loaded(code: str, tmp_path, *words: str) -> set[str]:
    """Top-level names in sys.modules, and `engine.jobs` where that is among them, after `code` in a fresh process."""
    script = (
        f"{code}\nimport json, sys\nnames = {{name.split('.')[0] for name in sys.modules}}\n"
        "names |= {name for name in sys.modules if name.startswith('engine.jobs')}\n"
        "print('\\n' + json.dumps(sorted(names)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True, cwd=tmp_path,
        env=os.environ | {"TTUNE_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module",
    ["engine.job", "engine.run_state", "engine.journal", "engine.start", "engine.templates", "engine.data.dataset"],
)  # fmt: skip
def test_the_engine_knows_no_screen_and_its_front_half_nothing_that_trains(module, tmp_path):
    names = loaded(f"import {module}", tmp_path)
    assert not names & (SCREEN | HEAVY | {"engine.jobs"})


def test_an_engine_process_knows_no_screen(tmp_path):
    assert not loaded("import engine.__main__", tmp_path) & (SCREEN | HEAVY)


def test_the_command_line_starts_light(tmp_path):
    names = loaded("import tui.__main__", tmp_path)
    assert not names & (HEAVY | {"textual", "pydantic", "engine.jobs"})


@pytest.mark.parametrize(
    "words",
    [["runs"], ["templates"], ["status", "none"], ["train", "none"], ["eval", "none"], ["chat", "none"], ["themes"]],
    ids=lambda words: words[0],
)
def test_no_command_loads_what_trains(words, tmp_path):
    names = loaded("import sys\nfrom tui.cli.main import main\nmain(sys.argv[1:])", tmp_path, *words)
    assert not names & (HEAVY | {"engine.jobs"})


def test_doctor_asks_another_process_about_torch(tmp_path):
    names = loaded("import sys\nfrom tui.cli.main import main\nmain(sys.argv[1:])", tmp_path, "doctor", "--json")
    assert not names & (HEAVY | {"engine.jobs"})
