"""What set-up decides: which Python, which extras, whose torch. Installing itself is tried by `make test`."""

import ast
import json
import sys
from pathlib import Path

import pytest
import tomli
from packaging.requirements import Requirement

import bootstrap
from bootstrap import Interpreter, Plan, SetupError, constraints, is_ready, plan, release

OLD = Interpreter("/usr/bin/python3", (3, 10, 4))
NEW = Interpreter("/opt/python3.14", (3, 14, 0))
GOOD = Interpreter("/opt/python3.12", (3, 12, 1))
NO_VENV = Interpreter("/usr/bin/python3.11", (3, 11, 2), ("ensurepip",))
CUDA = Interpreter("/usr/bin/python3.13", (3, 13, 0), (), "2.11.0+cu130", "13.0", "/usr/lib/site")
PINS = "# why\ntorch==2.13.0\ntorchao==0.18.0\ntransformers==5.17.0\n"


def test_without_a_driver_the_first_fitting_python_is_taken_and_no_cuda():
    assert plan([OLD, GOOD, CUDA], False, ()) == Plan(GOOD.path, ())
    assert plan([NEW, NO_VENV, CUDA], False, ("test",)) == Plan(CUDA.path, ("test",))


def test_beside_a_driver_a_machines_cuda_torch_decides():
    assert plan([GOOD, CUDA], True, ("test",)) == Plan(CUDA.path, ("gpu", "test"), "2.11.0+cu130", "/usr/lib/site")


@pytest.mark.parametrize("torch", ["2.5.1+cu124", "2.15.0", "3.0.0", "", "nightly"])
def test_a_torch_out_of_range_is_not_used(torch):
    odd = Interpreter("/x", (3, 12, 0), (), torch, "13.0", "/site")
    assert plan([GOOD, odd], True, ()) == Plan(GOOD.path, ("gpu",))


def test_a_cpu_torch_is_no_cuda_torch():
    cpu = Interpreter("/x", (3, 12, 0), (), "2.13.0+cpu", "", "/site")
    assert plan([cpu], True, ()).torch == ""


@pytest.mark.parametrize(
    ("candidates", "told"),
    [
        ([], "no Python 3.11, 3.12 or 3.13 here (there: none): install one"),
        ([OLD, NEW], "(there: /usr/bin/python3 3.10.4, /opt/python3.14 3.14.0)"),
        ([OLD, NO_VENV], "/usr/bin/python3.11 has no ensurepip: install it (Debian, Ubuntu: apt install python3.11-"),
    ],
)  # fmt: skip
def test_no_python_that_will_do_is_one_line_with_the_mend(candidates, told):
    with pytest.raises(SetupError) as refused:
        plan(candidates, False, ())
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_constraints_pin_torch_for_the_cpu_alone():
    assert constraints(PINS, False, "") == PINS
    assert "torch==" not in constraints(PINS, True, "")
    assert "torchao==0.18.0" in constraints(PINS, True, "")
    assert constraints(PINS, True, "2.11.0+cu130").endswith("torch==2.11.0+cu130\n")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.13.0+cpu", (2, 13)), ("2.9.0a0+git1", (2, 9)), ("", (0, 0)), ("dev", (0, 0)), ("2.x", (0, 0))],
)  # fmt: skip
def test_release(version, numbers):
    assert release(version) == numbers


def test_a_stand_in_that_does_not_run_is_passed_over(tmp_path):
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert bootstrap.ask(str(shim)) is None
    assert bootstrap.ask(str(tmp_path / "none")) is None


def test_a_python_is_asked_without_importing_torch():
    told = bootstrap.ask(sys.executable)
    assert told is not None
    assert told.version == sys.version_info[:3]
    assert release(told.torch) >= bootstrap.TORCH_FROM


def test_pythons_of_the_path_are_found_and_ours_is_not_among_them(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "VENV", Path(sys.prefix))
    found = bootstrap.interpreters()
    assert all(not each.path.startswith(sys.prefix + "/") for each in found)


def test_a_stamp_makes_the_next_call_quick(tmp_path):
    def stamp(**content):
        (tmp_path / "ready.json").write_text(json.dumps(content))

    assert not is_ready(tmp_path, "key", False, ())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ttune").write_text("")
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    stamp(key="key", extras=["test"])
    assert is_ready(tmp_path, "key", False, ())
    assert is_ready(tmp_path, "key", False, ("test",))
    assert not is_ready(tmp_path, "key", True, ())
    assert not is_ready(tmp_path, "other", False, ())
    (tmp_path / "bin" / "python").unlink()
    assert not is_ready(tmp_path, "key", False, ())


def test_what_the_stamp_covers_changes_with_the_pins(tmp_path, monkeypatch):
    for name in ("pyproject.toml", "constraints.txt", "bootstrap.py"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    before = bootstrap.fingerprint()
    (tmp_path / "constraints.txt").write_text("textual==8.2.9")
    assert bootstrap.fingerprint() != before


def test_a_failing_pip_is_one_line_that_names_the_log(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    pip = tmp_path / "bin" / "python"
    pip.write_text("#!/bin/sh\necho Collecting x\necho 'ERROR: no matching distribution'\nexit 1\n")
    pip.chmod(0o755)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    with pytest.raises(SetupError) as refused:
        bootstrap.pip(["install", "x"], gpu=False)
    assert str(refused.value).startswith("pip failed: no matching distribution: check the network and the disk; ")
    assert (tmp_path / "setup.log").read_text().startswith("Collecting x\n")


@pytest.mark.parametrize("gpu", [False, True])
def test_cuda_packages_for_a_machine_without_a_gpu_are_not_fetched_silently(tmp_path, monkeypatch, capsys, gpu):
    (tmp_path / "bin").mkdir()
    pip = tmp_path / "bin" / "python"
    pip.write_text("#!/bin/sh\necho Collecting nvidia-cublas\necho Collecting nvidia-cudnn-cu13\n")
    pip.chmod(0o755)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    bootstrap.pip(["install", "x"], gpu=gpu)
    assert capsys.readouterr().out.count("about 3 GB") == (0 if gpu else 1)


def test_ranges_and_pins_agree_with_the_project():
    project = tomli.loads((bootstrap.ROOT / "pyproject.toml").read_text())["project"]
    ours = project["requires-python"]
    assert ours == f">={_dotted(bootstrap.PYTHON_FROM)},<{_dotted(bootstrap.PYTHON_BELOW)}"
    wanted = [Requirement(line) for line in project["dependencies"]]
    wanted += [Requirement(line) for extra in project["optional-dependencies"].values() for line in extra]
    specifiers = {each.name.lower(): each.specifier for each in wanted}
    assert set(str(specifiers["torch"]).split(",")) == {
        f">={_dotted(bootstrap.TORCH_FROM)}", f"<{_dotted(bootstrap.TORCH_BELOW)}",
    }  # fmt: skip
    pins = dict(
        line.split("==") for line in (bootstrap.ROOT / "constraints.txt").read_text().split("\n") if "==" in line
    )
    for name, version in pins.items():
        specifier = specifiers.get(name.lower())
        assert specifier is None or specifier.contains(version), f"{name}=={version} is not {specifier}"
    assert set(specifiers) <= {name.lower() for name in pins}, "every direct dependency has a pin"
    assert "torchvision" not in pins


def test_it_is_written_for_any_python_3_8():
    ast.parse((bootstrap.ROOT / "bootstrap.py").read_text(), feature_version=(3, 8))


def _dotted(version):
    return ".".join(map(str, version))
