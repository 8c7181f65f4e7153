"""`ttune forecast`: for people and for scripts; 1 when a run will not fit."""

import json
from typing import Any

import pytest

from engine.home import Home
from tests.gpu.shapes import SHAPES
from tests.support import quickstart
from tui.cli.main import main


@pytest.fixture
def project(home: Home) -> str:
    """The starter project, its base an 8B model of which only the config is here."""
    folder = home.path / "llama-8b"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(SHAPES["llama-8b"]))
    quickstart(home, model__base=str(folder), training__max_length=2048)
    return "tickets"


def told(capsys: Any, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["forecast", *words, "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def test_what_scripts_rely_on(project: str, capsys: Any) -> None:
    code, found = told(capsys, project, "--set", "hardware.gpu=H100", "--set", "adapter.kind=qlora")
    assert code == 0
    assert {"vram_bytes", "parts", "fits", "steps", "tokens", "seconds", "cost"} <= set(found)
    assert found["fits"] is True
    assert found["vram_bytes"] == sum(found["parts"].values())
    assert found["steps"] == 90
    assert found["exact"] is False
    assert found["seconds_range"][0] < found["seconds"] < found["seconds_range"][1]
    assert found["cost"] > 0


def test_a_run_that_will_not_fit_is_1_and_names_mends(project: str, capsys: Any) -> None:
    words = (project, "--set", "hardware.gpu=RTX 3060", "--set", "adapter.kind=lora")
    code, found = told(capsys, *words)
    assert (code, found["fits"], found["verdict"]) == (1, False, "will not fit")
    assert {"adapter.kind": "qlora"} in [mend["settings"] for mend in found["mends"]]
    assert main(["forecast", *words]) == 1
    text = capsys.readouterr().out
    assert "✗ will not fit" in text
    assert "--set adapter.kind=qlora" in text


def test_what_people_read(project: str, capsys: Any) -> None:
    assert main(["forecast", project, "--set", "hardware.gpu=A100 80GB", "--set", "budget.limit=0.01"]) == 0
    text = capsys.readouterr().out
    for words in (
        "✓ fits",
        "weights",
        "CUDA context",
        "steps",
        "about ",
        "a guess",
        "budget.limit",
        "ttune data audit",
    ):
        assert words in text


def test_an_unknown_model_is_not_called_a_misfit(home: Home, capsys: Any) -> None:
    quickstart(home, model__base="owner/never-fetched")
    code, found = told(capsys, "tickets")
    assert (code, found["fits"], found["vram_bytes"]) == (0, None, None)
    assert "not fetched from the Hub" in found["reason"]
    assert main(["forecast", "tickets"]) == 0
    assert "? unknown" in capsys.readouterr().out


def test_mistakes_are_2(home: Home, capsys: Any) -> None:
    quickstart(home)
    assert main(["forecast", "nobody"]) == 2
    assert main(["forecast", "tickets", "--set", "training.micro_batch=none"]) == 2
    assert "training.micro_batch" in capsys.readouterr().err


def test_a_step_of_grpo_holds_answers_and_one_of_dpo_pairs(project: str, capsys: Any) -> None:
    words = ["forecast", project, "--set", "hardware.gpu=H100", "--set", "training.max_length=512"]
    assert main([*words, "--set", "method.kind=grpo", "--set", 'rewards=[{kind = "exact"}]']) == 0
    text = capsys.readouterr().out
    assert " answers\n" in text
    assert "tokens        up to about " in text
    assert main([*words, "--set", "method.kind=dpo"]) == 0
    assert " pairs\n" in capsys.readouterr().out
