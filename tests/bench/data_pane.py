"""The Data pane on a real pseudo-terminal: first rows, scrolling, jumps and memory, beside Textual's DataTable.

    python -m tests.bench.data_pane FILE [FILE ...] [--table-rows 100000]

Each FILE of JSON lines becomes a project whose rows are imported and sorted before the clock starts. `first rows` is
from the key that opens the pane until rows are on the terminal; a key's time is until its first bytes are there. The
studio's processes run from bytecode. DataTable holds its rows in memory, so it is given fewer.
"""

import argparse
import fcntl
import os
import pty
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median

ROWS, COLUMNS = 40, 120
QUIET_S = 0.25
GIVE_UP_S = 300.0
SCROLLS, JUMPS = 60, 20
PAGE_DOWN, DOWN = b"\x06", b"\x1b[B"

TABLE = """
import sys
from textual.app import App
from textual.widgets import DataTable

class Peer(App):
    def compose(self):
        yield DataTable(cursor_type="row")

    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("#", "label", "answer", "prompt")
        rows = range(int(sys.argv[1]))
        table.add_rows([(str(n), "billing", f"answer {n} " * 4, f"first paint {n} " * 4) for n in rows])

Peer().run()
"""


class Program:
    """A process on a terminal of its own."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)

    def until(self, words: bytes) -> float:
        """Seconds until the terminal has received `words`."""
        began, received = time.perf_counter(), b""
        while words not in received:
            if not self._ready(began + GIVE_UP_S - time.perf_counter()):
                raise TimeoutError(f"no {words!r}: {received[-1500:]!r}")
            received += os.read(self._ours, 65536)
        return time.perf_counter() - began

    def quiet(self) -> None:
        """Read until nothing comes any more."""
        while self._ready(QUIET_S):
            os.read(self._ours, 65536)

    def key(self, keys: bytes) -> float:
        """Seconds from a key until the first bytes that it brings."""
        self.quiet()
        began = time.perf_counter()
        os.write(self._ours, keys)
        self._ready(GIVE_UP_S)
        return time.perf_counter() - began

    def send(self, keys: bytes) -> None:
        """Keys of which nothing is measured."""
        os.write(self._ours, keys)

    def peak_mb(self) -> dict[str, float]:
        """VmHWM and, of it now, RssAnon, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in status.splitlines() if line.endswith("kB")}
        return {"peak": found["VmHWM"], "now": found["VmRSS"], "own": found["RssAnon"]}

    def kill(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self._ours], [], [], max(0.0, seconds))[0])


@contextmanager
def program(command: list[str], environment: dict[str, str]) -> Iterator[Program]:
    """Run it, and end it."""
    running = Program(command, environment)
    try:
        yield running
    finally:
        running.kill()


def keys_of(running: Program, make: Callable[[], bytes], count: int) -> str:
    """Median, 95th percentile and slowest of some keys, in milliseconds."""
    taken = sorted(running.key(make()) * 1000 for _ in range(count))
    return f"{median(taken):5.0f} ms, 19 of 20 under {taken[int(0.95 * count) - 1]:.0f}, slowest {taken[-1]:.0f}"


def studio(path: Path, environment: dict[str, str]) -> None:
    """The figures of one file."""
    name, home = path.stem[:30], Path(environment["TTUNE_HOME"])
    ttune = [sys.executable, "-m", "tui"]
    subprocess.run([*ttune, "new", name, "--data", str(path)], env=environment, check=True, capture_output=True)
    subprocess.run([*ttune, "data", "show", name, "--json"], env=environment, check=True, capture_output=True)
    shutil.rmtree(home / "projects" / name / "jobs", ignore_errors=True)
    with program([*ttune, name], environment) as running:
        started = running.until(b"prompt/completion")
        running.quiet()
        subprocess.run(
            ["pkill", "-f", f"jobs/.*-audit-{name}"], check=False
        )  # the count of tokens would be measured too
        running.quiet()
        rng, ends = random.Random(1), cycle([b"G", b"g"])  # the same twice would change nothing
        print(f"{path.name}: rows and split on the terminal {started * 1000:.0f} ms after the process started")
        print(f"  scroll a row      {keys_of(running, lambda: b'j', SCROLLS)}")
        print(f"  scroll a page     {keys_of(running, lambda: PAGE_DOWN, SCROLLS)}")
        print(f"  end, beginning    {keys_of(running, lambda: next(ends), JUMPS)}")

        def jump() -> bytes:
            running.send(b":" + str(rng.randrange(1, 900_000)).encode())
            return b"\r"

        print(f"  jump to a row     {keys_of(running, jump, JUMPS)}")
        running.send(b"/77777")
        running.until(b"rows")
        print(
            "  memory after a search " + ", ".join(f"{name} {size:.0f} MB" for name, size in running.peak_mb().items())
        )


def peer(rows: int, environment: dict[str, str]) -> None:
    """Textual's DataTable."""
    with program([sys.executable, "-c", TABLE, str(rows)], environment) as running:
        print(f"DataTable, {rows:,} rows: first paint {running.until(b'first paint') * 1000:.0f} ms")
        print(f"  scroll a row      {keys_of(running, lambda: DOWN, SCROLLS)}")
        print("  memory " + ", ".join(f"{name} {size:.0f} MB" for name, size in running.peak_mb().items()))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--table-rows", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.files[0].parent) as home, tempfile.TemporaryDirectory() as bytecode:
        environment = os.environ | {
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "TTUNE_HOME": home,
            "PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": "",
        }  # fmt: skip
        for path in options.files:
            studio(path, environment)
        peer(options.table_rows, environment)


if __name__ == "__main__":
    main()
