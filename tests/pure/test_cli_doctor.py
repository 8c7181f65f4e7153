"""What `ttune doctor` makes of a machine. GPUs are made up here: they cannot be had everywhere."""

import json
from pathlib import Path

import pytest

from engine.hardware import GpuReading, HardwareReading
from tui.cli import checks
from tui.cli.main import main

MADE_UP_GPU = HardwareReading(gpus=(GpuReading(index=0, name="H200", memory_total_bytes=139 << 30),))
NO_GPU = HardwareReading()
FITTING = {"version": "2.13.0", "cuda": "13.0", "gpu": "H200", "backend": "unsloth", "reason": "fastest on H200"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def torch_checks(monkeypatch, reading, told):
    monkeypatch.setattr(checks, "_ask_torch", lambda: told)
    return {check.name: check for check in checks._torch(reading)}


def test_a_fitting_gpu_torch(monkeypatch):
    found = torch_checks(monkeypatch, MADE_UP_GPU, FITTING)
    assert found["torch"] == checks.Check("torch", "ok", "2.13.0 on H200")
    assert found["backend"].text == "auto takes unsloth: fastest on H200"


@pytest.mark.parametrize(
    ("cuda", "told"), [("13.0", "is built for CUDA 13.0, which this driver does not run"), ("", "is a CPU build")]
)
def test_a_torch_that_does_not_see_the_gpu_fails(monkeypatch, cuda, told):
    found = torch_checks(monkeypatch, MADE_UP_GPU, FITTING | {"cuda": cuda, "gpu": None})
    assert found["torch"].state == "fail"
    assert told in found["torch"].text
    assert found["torch"].mend


def test_a_torch_that_does_not_import_fails_with_its_last_word(monkeypatch):
    found = torch_checks(monkeypatch, NO_GPU, "ImportError: libcudart.so: cannot open")
    assert (found["torch"].state, found["torch"].text) == ("fail", "ImportError: libcudart.so: cannot open")
    assert "backend" not in found


def test_a_gpu_without_unsloth_is_a_warning_with_the_mend(monkeypatch):
    monkeypatch.setattr(checks, "_installed", lambda name: name == "bitsandbytes")
    monkeypatch.setattr(checks, "_driver_version", lambda: "580.1")
    found = checks._driver(MADE_UP_GPU)
    assert found.state == "warn"
    assert "unsloth not installed" in found.text
    assert "ttune[gpu]" in found.mend


def test_no_gpu_is_fine():
    assert checks._driver(NO_GPU).state == "ok"


def test_packages_that_are_missing_or_too_old_are_named(monkeypatch):
    wanted = ["nothing-of-this-name>=1", "msgspec>=99", "textual>=8", "unsloth; extra == 'gpu'"]
    monkeypatch.setattr(checks.metadata, "requires", lambda name: wanted)
    (found,) = checks.packages()
    assert found.state == "fail"
    assert found.text.startswith("nothing-of-this-name is missing; msgspec ")
    assert "unsloth" not in found.text


def test_a_full_volume_fails_and_a_small_one_warns(monkeypatch):
    for free, state in ((1 << 20, "fail"), (5 << 30, "warn"), (50 << 30, "ok")):
        monkeypatch.setattr(checks.shutil, "disk_usage", lambda path, free=free: type("Usage", (), {"free": free}))
        assert checks._disk().state == state


def test_this_machine(capsys, home):
    code = main(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    found = {check["name"]: check for check in told["checks"]}
    assert code == (0 if told["ok"] else 1)
    assert list(found) == [
        "Python", "terminal", "home", "disk", "machine", "packages", "GPU", "torch", "backend", "quickstart",
    ]  # fmt: skip
    assert found["home"] == {"name": "home", "state": "ok", "text": str(home), "mend": ""}
    assert found["torch"]["state"] == "ok"
    assert all(check["mend"] for check in found.values() if check["state"] != "ok")
