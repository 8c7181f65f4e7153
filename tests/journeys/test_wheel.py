"""The built wheel in an empty environment: everything that ttune needs is in it or declared by it."""

import ast
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
import zipfile
from collections import Counter
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from projects import starters

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "tui", "themes", "projects")
PAINT_S = 60.0
GPU_ONLY = {"unsloth", "bitsandbytes"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "-w", str(folder), str(ROOT))
    (built,) = folder.glob("ttune-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The bin folder of a new environment that holds the wheel and what it declares, and nothing else.

    What it declares is linked from the environment of the tests, which is a minute quicker than unpacking it again;
    pip, which has just resolved the same requirements for that one, checks that all of them are met.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    there = ("--python", str(folder / "bin" / "python"))
    pip(*there, "install", "--no-compile", "--no-deps", str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    (ttune,) = metadata.distributions(path=[str(packages)])
    for name in needed_by(required(ttune)):
        link(metadata.distribution(name), packages)
    pip(*there, "check")
    return folder / "bin"


def required(distribution: metadata.Distribution, extras: frozenset[str] = frozenset({""})) -> list[Requirement]:
    """What a distribution declares that it needs here."""
    every = [Requirement(line) for line in distribution.requires or []]
    return [it for it in every if not it.marker or any(it.marker.evaluate({"extra": extra}) for extra in extras)]


def needed_by(requirements: list[Requirement]) -> set[str]:
    """Names of all that requirements lead to, by what each distribution declares."""
    names, asked, waiting = set(), set(), list(requirements)
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras | {""})
        if (name, extras) not in asked:
            asked.add((name, extras))
            names.add(name)
            waiting += required(metadata.distribution(name), extras)
    return names


def link(distribution: metadata.Distribution, packages: Path) -> None:
    """Put a distribution's modules and its metadata into another environment; folders that several share stay apart."""
    for file in distribution.files or []:
        place = packages / file.parts[0]
        if ".." in file.parts or "__pycache__" in file.parts[0]:
            continue
        if len(file.parts) > 1 and shared(file.parts[0]):
            place.mkdir(exist_ok=True)
            place /= file.parts[1]
        if not place.is_symlink():
            place.symlink_to(distribution.locate_file(place.relative_to(packages)))


@cache
def owners() -> Counter[str]:
    """How many distributions have files in each top folder."""
    return Counter(top for it in metadata.distributions() for top in {file.parts[0] for file in it.files or []})


def shared(top: str) -> bool:
    return owners()[top] > 1


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Path:
    """A folder that is neither the source nor the home."""
    return tmp_path_factory.mktemp("elsewhere")


def pip(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *words], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"TTUNE_HOME": str(home / "home"), "TERM": "xterm-256color", "COLORTERM": "truecolor"}


def ttune(installed: Path, elsewhere: Path, *words: str) -> str:
    done = subprocess.run(
        [str(installed / "ttune"), *words], capture_output=True, text=True, cwd=elsewhere, env=environment(elsewhere),
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_is_no_code(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            inside = path.relative_to(ROOT)
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in inside.parts):
                assert inside.as_posix() in names
    assert "projects/quickstart/model/tokenizer.model" in names
    assert "projects/quickstart/data/held-out.jsonl" in names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_everything_that_is_imported_is_declared():
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    origins = metadata.packages_distributions()
    undeclared = [
        f"{path}: {name}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in imported(path) - set(PACKAGES) - GPU_ONLY - sys.stdlib_module_names
        if not path.with_name(f"{name}.py").is_file()
        and not {canonicalize_name(owner) for owner in origins.get(name, [])} & declared
    ]
    assert undeclared == []


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_commands_work_there(installed, elsewhere):
    assert "usage: ttune [PROJECT]" in ttune(installed, elsewhere, "--help")
    themes = json.loads(ttune(installed, elsewhere, "themes", "--json"))
    assert len(themes) >= 6
    assert all(Path(theme["path"]).is_relative_to(installed.parent) for theme in themes)
    templates = json.loads(ttune(installed, elsewhere, "templates", "--json"))
    assert {template["name"] for template in templates} == set(starters())
    assert all(Path(template["path"]).is_relative_to(installed.parent) for template in templates)
    doctor = json.loads(ttune(installed, elsewhere, "doctor", "--json"))
    assert doctor["ok"], doctor
    made = json.loads(ttune(installed, elsewhere, "new", "triage", "--json"))
    assert Path(made["path"], "project.toml").is_file()
    assert json.loads(ttune(installed, elsewhere, "data", "show", "triage", "--json"))["rows"] > 500


@pytest.mark.parametrize("name", [name for name in starters() if name != "sft"])
def test_templates_start_with_their_rows_there(installed, elsewhere, name):
    made = json.loads(ttune(installed, elsewhere, "new", f"of-{name}", "--template", name, "--json"))
    assert Path(made["path"], "template.toml").is_file()
    shown = json.loads(ttune(installed, elsewhere, "data", "show", f"of-{name}", "--json"))
    assert shown["rows"] == shown["fits"] >= 60


def test_an_engine_trains_there(installed, elsewhere):
    ttune(installed, elsewhere, "new", "short", "--json")
    words = ["--set", "training.max_steps=2", "--set", "training.max_length=96", "--set", "training.evaluate_every=2"]
    told = json.loads(ttune(installed, elsewhere, "train", "short", *words, "--json"))
    assert (told["state"], told["step"]) == ("completed", 2)


def test_the_studio_opens_there(installed, elsewhere):
    ttune(installed, elsewhere, "new", "opened", "--json")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        [str(installed / "ttune"), "opened"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=elsewhere,
        env=environment(elsewhere), start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = read_until(ours, b"Recipe", b"")
        assert b"opened" in shown
        os.write(ours, b"\x11")  # Ctrl+Q
        read_until(ours, None, shown)
        assert process.wait(PAINT_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, words: bytes | None, shown: bytes) -> bytes:
    """What the terminal has received once `words` are in it; with None, once the program has hung up."""
    deadline = time.monotonic() + PAINT_S
    while words is None or words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"still waiting for {words!r} after: {shown[-2000:]!r}"
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # the program has ended and let go of its side
            assert words is None, shown[-2000:]
            return shown
    return shown
