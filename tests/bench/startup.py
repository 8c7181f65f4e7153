"""Time to first paint of the studio, beside a minimal Textual app in the same run.

    python -m tests.bench.startup [--repeats 15] [--project NAME] [--json FILE]

First paint is the moment at which the terminal has received the words that the first frame shows, counted from
just before the process is started. Each start is a real process in a real pty of 120x40 whose terminal answers
nothing. Minimal and studio starts alternate, so that both see the same machine. Both run from bytecode, as
installed: it is written to a temporary cache by the first pair, which is not counted.
"""

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median

ROWS, COLUMNS = 40, 120
BUDGET_S = 0.150
GIVE_UP_S = 60.0

MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("first paint")

Minimal().run()
"""


def first_paint_s(command: list[str], words: bytes, environment: dict[str, str]) -> float:
    """Seconds from starting a process until its terminal has received `words`; the process is then killed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    try:
        _read_until(ours, words, began + GIVE_UP_S)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(ours)


def _read_until(terminal: int, words: bytes, deadline: float) -> None:
    received = b""
    while words not in received:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.perf_counter()))
        if not ready:
            raise TimeoutError(f"no {words!r} on the terminal; received: {received[-2000:]!r}")
        try:
            received += os.read(terminal, 65536)
        except OSError as error:  # the process ended and the terminal hung up
            raise RuntimeError(f"ended without {words!r}: {received[-2000:]!r}") from error


def measure(repeats: int, project: str | None, home: Path, bytecode: Path) -> dict[str, float]:
    """Medians of both, and their difference, in seconds."""
    environment = os.environ | {
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "TTUNE_HOME": str(home),
        "PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONDONTWRITEBYTECODE": "",
    }  # fmt: skip
    studio = [sys.executable, "-m", "tui", *([project] if project else [])]
    apps = {
        "minimal": ([sys.executable, "-c", MINIMAL], b"first paint"),
        "studio": (studio, project.encode() if project else b"Projects"),
    }
    times: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(repeats + 1):
        for name, (command, words) in apps.items():
            times[name].append(first_paint_s(command, words, environment))
    medians = {name: median(taken[1:]) for name, taken in times.items()}
    return medians | {"difference": medians["studio"] - medians["minimal"]}


def main() -> int:
    """Print both medians and the difference; 1 when the difference is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--project", help="open this project instead of the home screen")
    parser.add_argument("--home", type=Path, help="use this home instead of an empty one")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as bytecode:
        seconds = measure(arguments.repeats, arguments.project, arguments.home or Path(empty), Path(bytecode))
    for name, taken in seconds.items():
        print(f"{name:<12}{taken * 1000:8.0f} ms")
    print(f"{'budget':<12}{BUDGET_S * 1000:8.0f} ms over minimal")
    if arguments.json:
        arguments.json.write_text(json.dumps(seconds | {"repeats": arguments.repeats, "budget": BUDGET_S}))
    return 0 if seconds["difference"] <= BUDGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
