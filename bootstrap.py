"""Makes the environment in .venv that ttune runs in: `python3 bootstrap.py [--test]`. The Makefile calls it.

Needs nothing but a Python of its own, any from 3.8, with which it looks for one that ttune runs on. Beside an NVIDIA
driver it installs the `gpu` extra and uses a fitting CUDA torch that is on the machine already, through a path file;
elsewhere constraints.txt keeps torch to a version that pip has for the CPU. A second call finds its stamp and is quick.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PACKAGES = ("engine", "tui", "themes", "projects")

PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 14)
TORCH_FROM, TORCH_BELOW = (2, 6), (2, 15)
"""The ranges of pyproject.toml; a test holds them together."""

NAMES = ("python3", "python", "python3.13", "python3.12", "python3.11")
FOLDERS = ("/opt/conda/bin", "/venv/main/bin", "/usr/local/bin", "/usr/bin")
"""Where images for training keep their Python when it is not on the path."""

MACHINE_TORCH = "machine-torch.pth"
CUDA_NOTE = (
    "no CPU build of torch is where pip looks, so it fetches the CUDA build, about 3 GB; "
    "it works without a GPU too, and a package index with CPU builds in pip's own configuration spares it"
)
PROBE_S = 60.0

PROBE = """
import importlib.util, json, os, sys
told = {"version": list(sys.version_info[:3]), "path": sys.executable, "missing": []}
for name in ("venv", "ensurepip"):
    if importlib.util.find_spec(name) is None:
        told["missing"].append(name)
spec = importlib.util.find_spec("torch")
if spec and spec.origin:
    about = {}
    try:
        exec(open(os.path.join(os.path.dirname(spec.origin), "version.py")).read(), about)
    except Exception:
        pass
    told["torch"] = str(about.get("__version__") or "")
    told["cuda"] = str(about.get("cuda") or "")
    told["torch_folder"] = os.path.dirname(os.path.dirname(spec.origin))
print(json.dumps(told))
"""
"""Asks an interpreter about itself; torch is not imported, which would take seconds."""


class SetupError(Exception):
    """Set-up cannot go on; the text is one line with the mend."""


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine."""

    path: str
    version: tuple[int, ...]
    missing: tuple[str, ...] = ()
    """Modules that making an environment needs and that are not there."""
    torch: str = ""
    """Version of its torch; "" without one."""
    cuda: str = ""
    """CUDA version that its torch is built for; "" for a CPU build."""
    torch_folder: str = ""
    """The site-packages folder that its torch is in."""


@dataclass(frozen=True)
class Plan:
    """What will be installed, and with what."""

    python: str
    extras: tuple[str, ...]
    torch: str = ""
    """The machine's own torch that is used; "" when pip installs one."""
    torch_folder: str = ""


def main() -> int:
    """Make or complete the environment; 0 when it is ready."""
    parser = argparse.ArgumentParser(description="Make the environment in .venv that ttune runs in.")
    parser.add_argument("--test", action="store_true", help="with the tools that `make check` and `make test` need")
    wanted = ("test",) if parser.parse_args().test else ()
    try:
        gpu = has_driver()
        if not is_ready(VENV, fingerprint(), gpu, wanted):
            install(plan(interpreters(), gpu, wanted))
        compile_packages()
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


def has_driver() -> bool:
    """Whether an NVIDIA driver is here: NVML answers, or the kernel module or its tool is there."""
    try:
        return bool(ctypes.CDLL("libnvidia-ml.so.1").nvmlInit_v2() == 0)
    except (OSError, AttributeError):
        return Path("/proc/driver/nvidia/version").is_file() or shutil.which("nvidia-smi") is not None


def interpreters() -> list[Interpreter]:
    """Every Python that answers: the one that runs this first, then those on the path."""
    paths = [sys.executable]
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), *FOLDERS]:
        paths += [str(Path(folder) / name) for name in NAMES if folder and (Path(folder) / name).is_file()]
    found: dict[str, Interpreter] = {}
    for path in dict.fromkeys(paths):
        interpreter = None if VENV in Path(path).parents else ask(path)
        if interpreter:
            found.setdefault(os.path.realpath(interpreter.path) + interpreter.torch_folder, interpreter)
    return list(found.values())


def ask(path: str) -> Interpreter | None:
    """What a Python says of itself; None when it does not run, as a version manager's stand-in may not."""
    try:
        told = json.loads(
            subprocess.run(
                [path, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PROBE_S, check=True
            ).stdout
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Interpreter(
        told["path"], tuple(told["version"]), tuple(told["missing"]), told.get("torch", ""), told.get("cuda", ""),
        told.get("torch_folder", ""),
    )  # fmt: skip


def plan(candidates: list[Interpreter], gpu: bool, wanted: tuple[str, ...]) -> Plan:
    """Which Python, which extras and whose torch. Raises SetupError when no Python will do."""
    usable = [each for each in candidates if fits(each.version) and not each.missing]
    if not usable:
        raise SetupError(why_none(candidates))
    if not gpu:
        return Plan(usable[0].path, wanted)
    for each in usable:
        if each.cuda and TORCH_FROM <= release(each.torch) < TORCH_BELOW:
            return Plan(each.path, ("gpu", *wanted), each.torch, each.torch_folder)
    return Plan(usable[0].path, ("gpu", *wanted))


def fits(version: tuple[int, ...]) -> bool:
    """Whether ttune runs on this Python."""
    return PYTHON_FROM <= version[:2] < PYTHON_BELOW


def why_none(candidates: list[Interpreter]) -> str:
    """Why no Python will do, and the mend."""
    for each in candidates:
        if fits(each.version):
            name = f"python{each.version[0]}.{each.version[1]}"
            missing = " and no ".join(each.missing)
            return f"{each.path} has no {missing}: install it (Debian, Ubuntu: apt install {name}-venv)"
    there = ", ".join(f"{each.path} {'.'.join(map(str, each.version))}" for each in candidates) or "none"
    return f"no Python 3.11, 3.12 or 3.13 here (there: {there}): install one (Debian, Ubuntu: apt install python3-venv)"


def release(version: str) -> tuple[int, int]:
    """Major and minor of a version such as `2.11.0+cu130`; (0, 0) when it is none."""
    numbers = version.split("+")[0].split(".")[:2]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 and all(map(str.isdecimal, numbers)) else (0, 0)


def constraints(text: str, gpu: bool, torch: str) -> str:
    """constraints.txt for this machine: beside a driver its torch line gives way to the machine's torch, or to none."""
    if not gpu:
        return text
    lines = [line for line in text.splitlines() if not line.startswith("torch==")]
    return "\n".join([*lines, *([f"torch=={torch}"] if torch else [])]) + "\n"


def fingerprint() -> str:
    """Changes when what would be installed changes."""
    content = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt", "bootstrap.py"))
    return hashlib.sha256(content).hexdigest()


def is_ready(venv: Path, key: str, gpu: bool, wanted: tuple[str, ...]) -> bool:
    """Whether the environment holds all that is wanted, by the stamp of the set-up before."""
    try:
        stamp = json.loads((venv / "ready.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    needed = {*wanted, *(("gpu",) if gpu else ())}
    return bool(
        stamp["key"] == key
        and needed <= set(stamp["extras"])
        and (venv / "bin" / "ttune").exists()
        and ask(venv_python(venv))
    )


def venv_python(venv: Path) -> str:
    """The environment's Python."""
    return str(venv / "bin" / "python")


def install(chosen: Plan) -> None:
    """Make the environment where there is none that runs, and install into it."""
    began = time.monotonic()
    version = ask_version(chosen.python) or ()
    say("python", f"{'.'.join(map(str, version))}  {chosen.python}")
    say("torch", torch_words(chosen))
    (VENV / "ready.json").unlink(missing_ok=True)
    make_venv(chosen)
    limits = VENV / "constraints.txt"
    limits.write_text(
        constraints((ROOT / "constraints.txt").read_text(encoding="utf-8"), "gpu" in chosen.extras, chosen.torch),
        encoding="utf-8",
    )
    what = f".[{','.join(chosen.extras)}]" if chosen.extras else "."
    say("install", f"{what} into {VENV}: a few minutes the first time")
    pip(["install", "--disable-pip-version-check", "-c", str(limits), "-e", what], gpu="gpu" in chosen.extras)
    stamp = {"key": fingerprint(), "extras": chosen.extras, "plan": asdict(chosen)}
    (VENV / "ready.json").write_text(json.dumps(stamp), encoding="utf-8")
    say("ready", f"after {time.monotonic() - began:.0f} s")


def torch_words(chosen: Plan) -> str:
    """Which torch, and why."""
    if "gpu" not in chosen.extras:
        return "for the CPU: no NVIDIA driver here"
    if chosen.torch:
        return f"{chosen.torch}, which is on this machine already ({chosen.torch_folder})"
    return "for CUDA: there is an NVIDIA driver and no fitting torch on the machine"


def make_venv(chosen: Plan) -> None:
    """An environment of the chosen Python, with a path file to the machine's torch where that is used."""
    there = ask(venv_python(VENV))
    same = there is not None and there.version == ask_version(chosen.python)
    if not same:
        run([chosen.python, "-m", "venv", "--clear", str(VENV)], f"{chosen.python} could not make {VENV}")
    for folder in VENV.glob("lib/python*/site-packages"):
        path_file = folder / MACHINE_TORCH
        if chosen.torch_folder:
            path_file.write_text(chosen.torch_folder + "\n", encoding="utf-8")
        else:
            path_file.unlink(missing_ok=True)


def ask_version(path: str) -> tuple[int, ...] | None:
    """A Python's version; None when it does not run."""
    told = ask(path)
    return told.version if told else None


def pip(arguments: list[str], gpu: bool) -> None:
    """Run pip, its words in a log; on a terminal the package at hand is shown."""
    log = VENV / "setup.log"
    error = ""
    told = gpu
    with open(log, "w", encoding="utf-8") as kept, subprocess.Popen(
        [venv_python(VENV), "-m", "pip", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        for line in process.stdout or ():
            kept.write(line)
            show_progress(line)
            if not told and line.startswith("Collecting nvidia-c"):
                told = True
                show_progress("")
                say("note", CUDA_NOTE)
            if line.startswith("ERROR:"):
                error = error or line[len("ERROR:") :].strip()
    show_progress("")
    if process.returncode:
        why = error or f"code {process.returncode}"
        raise SetupError(f"pip failed: {why}: check the network and the disk; the whole story is in {log}")


def show_progress(line: str) -> None:
    """On a terminal, what pip does now, in one line that the next one replaces."""
    if not sys.stdout.isatty():
        return
    width = shutil.get_terminal_size().columns - 12
    words = line.strip() if line.lstrip().startswith(("Collecting", "Downloading", "Installing", "Building")) else ""
    if words or not line:
        print(f"\r\033[K{'          ' + words[:width] if words else ''}", end="", flush=True)


def compile_packages() -> None:
    """Bytecode for our own packages: without it each start takes twice as long. Quick when nothing changed."""
    run(
        [venv_python(VENV), "-m", "compileall", "-q", *(str(ROOT / name) for name in PACKAGES)],
        "bytecode could not be compiled",
    )


def run(command: list[str], complaint: str) -> None:
    """Run quietly. Raises SetupError with the last thing that it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if done.returncode:
        said = (done.stdout.strip().splitlines() or [f"code {done.returncode}"])[-1]
        raise SetupError(f"{complaint}: {said}")


def say(name: str, text: str) -> None:
    """One line of what is done."""
    print(f"{name:<10}{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
