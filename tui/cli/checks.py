"""What `ttune doctor` checks, one function each. Nothing here loads torch: another process is asked about it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from engine.errors import HomeError
from engine.hardware import HardwareMonitor, HardwareReading
from engine.home import home_path, open_home
from tui.figures import plural, size

GIB = 1024**3
LOW_DISK_BYTES = 10 * GIB
"""A checkpoint of a 7B adapter is about 0.3 GiB, a merged model 15."""
NO_DISK_BYTES = GIB // 2
ASK_TORCH_S = 180.0
"""The first import of torch from a cold network volume takes a minute or more."""

_ASK_TORCH = """
import json, torch
from engine.errors import UserError
from engine.jobs.train.backend import choose, gpu_name
from engine.recipe import Model, Recipe
try:
    choice = choose(Recipe(model=Model(base="any")), gpu_name(), {})
    backend, reason = choice.name, choice.reason
except UserError as error:
    backend, reason = None, str(error)
print(json.dumps({"version": torch.__version__, "cuda": torch.version.cuda, "gpu": gpu_name(),
                  "backend": backend, "reason": reason}))
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    state: Literal["ok", "warn", "fail"]
    text: str
    mend: str = ""


def run_checks() -> Iterator[Check]:
    """Every check in order, each as soon as it is known."""
    yield _python()
    yield _terminal()
    home = _home()
    yield home
    yield _disk()
    reading = _reading()
    yield _memory(reading)
    yield from packages()
    yield _driver(reading)
    yield from _torch(reading)
    yield _quickstart()


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("Python", "ok", f"{version}  {sys.executable}")
    return Check(
        "Python", "fail", f"{version} is not supported", "use Python 3.11, 3.12 or 3.13: `make studio` picks one"
    )


def _terminal() -> Check:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Check("terminal", "warn", "none here: only commands work", "use `ssh -t`, or run ttune from a shell")
    columns, rows = shutil.get_terminal_size()
    name = os.environ.get("TERM", "")
    colours = "24-bit colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else _colours(name)
    told = f"{columns} x {rows}, {colours}, {sys.stdout.encoding}"
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        return Check("terminal", "warn", told, "set LANG=C.UTF-8, or lines and charts are drawn wrongly")
    if columns < 80 or rows < 24:
        return Check("terminal", "warn", told, "make it at least 80 x 24")
    return Check("terminal", "ok", told)


def _colours(name: str) -> str:
    return "256 colours" if "256" in name else f"few colours (TERM={name or 'not set'})"


def _home() -> Check:
    try:
        home = open_home()
        with tempfile.TemporaryFile(dir=home.path) as file:
            file.write(b"ttune")
    except HomeError as error:
        path, _, told = str(error).partition(": ")
        why, _, mend = told.partition(": ")
        return Check("home", "fail", f"{path}: {why}", mend)
    except OSError as error:
        return Check("home", "fail", f"{home_path()}: {error.strerror}", "free some space or set TTUNE_HOME")
    return Check("home", "ok", str(home.path))


def _disk() -> Check:
    folder = home_path()
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{size(free)} free at {folder}"
    if free < NO_DISK_BYTES:
        return Check("disk", "fail", told, "free some space, or set TTUNE_HOME to a larger volume")
    if free < LOW_DISK_BYTES:
        return Check("disk", "warn", told, "enough for adapters of small models; checkpoints of large ones fill it")
    return Check("disk", "ok", told)


def _reading() -> HardwareReading:
    monitor = HardwareMonitor(Path.home())
    try:
        return monitor.read()
    finally:
        monitor.close()


def _memory(reading: HardwareReading) -> Check:
    cores = plural(reading.cores, "core") if reading.cores else "cores unknown"
    used = f"{size(reading.memory_used_bytes)} of {size(reading.memory_total_bytes)} used"
    return Check("machine", "ok", f"{cores}, memory {used}")


def packages(name: str = "ttune") -> Iterator[Check]:
    """Whether everything that is declared is installed, in the versions that are declared."""
    try:
        declared = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        yield Check("packages", "fail", f"{name} itself is not installed", "`make studio` installs it")
        return
    wrong = [problem for line in declared if (problem := _unmet(line))]
    if wrong:
        yield Check("packages", "fail", "; ".join(wrong), "`make studio` installs what fits, or `pip install ttune`")
    else:
        trained = ("torch", "transformers", "trl", "peft", "datasets", "textual")
        yield Check("packages", "ok", "  ".join(f"{each} {metadata.version(each)}" for each in trained))


def _unmet(line: str) -> str:
    """What is wrong with one declared requirement; "" when it is met or does not apply."""
    from packaging.requirements import Requirement

    wanted = Requirement(line)
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return ""
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return f"{wanted.name} is missing"
    return (
        ""
        if wanted.specifier.contains(version, prereleases=True)
        else f"{wanted.name} {version} is not {wanted.specifier}"
    )


def _driver(reading: HardwareReading) -> Check:
    if not reading.gpus:
        return Check("GPU", "ok", "no NVIDIA driver: the CPU trains; fine for the quickstart, slow for real models")
    first = reading.gpus[0]
    told = f"{len(reading.gpus)}x {first.name}, {size(first.memory_total_bytes)}, driver {_driver_version()}"
    missing = [name for name in ("unsloth", "bitsandbytes") if not _installed(name)]
    if missing:
        return Check(
            "GPU",
            "warn",
            f"{told}; {' and '.join(missing)} not installed",
            "`make studio`, or pip install 'ttune[gpu]'",
        )
    return Check(
        "GPU", "ok", f"{told}, unsloth {metadata.version('unsloth')}, bitsandbytes {metadata.version('bitsandbytes')}"
    )


def _driver_version() -> str:
    import pynvml

    try:
        pynvml.nvmlInit()
        return str(pynvml.nvmlSystemGetDriverVersion())
    except pynvml.NVMLError:
        return "of unknown version"


def _torch(reading: HardwareReading) -> Iterator[Check]:
    """torch and the backend that `auto` takes, asked of another process."""
    told = _ask_torch()
    if isinstance(told, str):
        yield Check("torch", "fail", told, "`make studio` installs one that fits this machine")
        return
    if reading.gpus and told["gpu"] is None:
        build = (
            f"is built for CUDA {told['cuda']}, which this driver does not run" if told["cuda"] else "is a CPU build"
        )
        yield Check("torch", "fail", f"{told['version']} {build}", "update the driver, or install a torch built for it")
    else:
        yield Check("torch", "ok", f"{told['version']} on {told['gpu'] or 'the CPU'}")
    if told["backend"]:
        yield Check("backend", "ok", f"auto takes {told['backend']}: {told['reason']}")
    else:
        yield Check("backend", "fail", told["reason"])


def _ask_torch() -> Any:
    """What torch says of itself, or in words why it says nothing."""
    try:
        asked = subprocess.run(
            [sys.executable, "-P", "-c", _ASK_TORCH], capture_output=True, text=True, timeout=ASK_TORCH_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"did not import within {ASK_TORCH_S:.0f} s"
    if asked.returncode:
        return (asked.stderr.strip().splitlines() or [f"ended with code {asked.returncode}"])[-1]
    return json.loads(asked.stdout.strip().splitlines()[-1])


def _quickstart() -> Check:
    from projects import DEFAULT, ROOT

    model = ROOT / DEFAULT / "model"
    if (ROOT / DEFAULT / "project.toml").is_file() and any(model.glob("*.safetensors")):
        return Check("quickstart", "ok", str(ROOT / DEFAULT))
    return Check("quickstart", "fail", f"{model}: no model in it", "install ttune again: its files are not complete")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
