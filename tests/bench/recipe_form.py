"""The Recipe pane on a real pseudo-terminal: a setting is changed until its repaint and its forecast are there.

    python -m tests.bench.recipe_form [--keys 60] [--data FILE]

The studio runs on the quickstart, or on a project of FILE, at 140x40, from bytecode. A key's time is until its first
bytes are on the terminal; `settled` is until the last of what it brings, forecast and advice included; `processor` is
what all threads of the studio computed for it, which other work on the machine does not stretch. The peer is a Textual
form of as many Input widgets, of which one is changed. The parts are measured in one process, without a terminal.
"""

import argparse
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median

from tests.bench.data_pane import Program, program

ROWS, COLUMNS = 40, 140
CALM_S = 0.06
"""After this long without a byte a key has brought what it brings."""
PLACED, TAB_LINE = re.compile(rb"\x1b\[(\d+);\d+H"), b"2"
"""Rows that are written to. The tab line counts changes on a beat of half a second, which is no key's."""
RIGHT, LEFT = b"\x1b[C", b"\x1b[D"

PEER = """
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Input, Label

class Peer(App):
    def compose(self):
        with VerticalScroll(can_focus=False):
            for number in range(89):
                yield Label(f"setting {number}")
                yield Input("16", compact=True)
        yield Label("first paint")

Peer().run()
"""


ESCAPE, ERASE = b"\x1b", b"\x7f"

CHANGES: tuple[tuple[str, tuple[bytes, ...], tuple[bytes, ...]], ...] = (
    ("a step of the rank, written", (b"/adapter.rank\r", ESCAPE), (RIGHT, LEFT)),
    ("undo, redo", (), (b"u", b"U")),
    ("reset to the default, undo", (RIGHT,), (b"x", b"u")),
    ("the micro-batch: rows ordered anew", (b"/training.micro_batch\r", ESCAPE), (RIGHT, LEFT)),
    ("a choice: the schedule", (b"/training.schedule\r", ESCAPE), (RIGHT, LEFT)),
    ("the method: settings come and go", (b"/method.kind\r", ESCAPE), (RIGHT, LEFT)),
    ("the next setting", (b"/adapter.rank\r", ESCAPE), (b"j", b"k")),
    ("a digit typed", (b"\r",), (b"1", ERASE)),
    ("a list: a letter typed", (ESCAPE, b"/adapter.targets\r", ESCAPE, b"\r"), (b"x", ERASE)),
    ("a search: a letter typed", (ESCAPE, b"/"), (b"r", b"a", b"n", ERASE, ERASE, ERASE)),
)
"""What is changed: the keys that go there, and those that are measured, in turn."""

Taken = tuple[float, float, float]
"""Milliseconds from a key to its first bytes, to the last ones, and what the processor did for it."""


def until_calm(running: Program, keys: bytes) -> Taken:
    """How long a key takes."""
    running.quiet()
    clock = ((~running.process.pid) << 3) | 2  # CPUCLOCK_SCHED of another process, as in <linux/posix-timers.h>
    computed, began = time.clock_gettime(clock), time.perf_counter()
    os.write(running._ours, keys)
    first = last = 0.0
    while select.select([running._ours], [], [], CALM_S if last else 2.0)[0]:
        if set(PLACED.findall(os.read(running._ours, 65536))) == {TAB_LINE}:
            continue
        last = (time.perf_counter() - began) * 1000
        first = first or last
    return first, last, (time.clock_gettime(clock) - computed) * 1000


def row(name: str, taken: list[Taken]) -> str:
    """Median, 95th percentile and slowest, of the first bytes, of all, and of the processor."""
    parts = []
    for figures in zip(*taken, strict=True):
        ordered = sorted(figures)
        parts.append(f"{median(ordered):.0f} / {ordered[int(0.95 * len(ordered)) - 1]:.0f} / {ordered[-1]:.0f}")
    return f"| {name} | {' | '.join(parts)} |"


def wide(running: Program) -> None:
    """Make the terminal as large as the figures are for."""
    fcntl.ioctl(running._ours, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    running.process.send_signal(28)  # SIGWINCH
    running.quiet()


def studio(environment: dict[str, str], count: int, data: Path | None) -> None:
    """The figures of the studio."""
    ttune = [sys.executable, "-m", "tui"]
    given = ["--data", str(data)] if data else []
    subprocess.run([*ttune, "new", "tickets", *given], env=environment, check=True, capture_output=True)
    with program([*ttune, "tickets"], environment) as running:
        running.until(b"rows")
        wide(running)
        running.send(b"2")
        running.until(b"steps")
        time.sleep(20)  # the count of tokens is a process of its own and would be measured too
        for name, there, keys in CHANGES:
            for key in there:
                running.send(key)
                running.quiet()
            turns = cycle(keys)
            print(row(name, [until_calm(running, next(turns)) for _ in range(count)]), flush=True)


def peer(environment: dict[str, str], count: int) -> None:
    """A form of Textual's own widgets."""
    with program([sys.executable, "-c", PEER], environment) as running:
        running.until(b"first paint")
        wide(running)
        typed = cycle([b"1", b"\x7f"])
        print(
            row(
                "Textual: a digit typed into one of 89 Inputs", [until_calm(running, next(typed)) for _ in range(count)]
            )
        )
        tab = cycle([b"\t"])
        print(row("Textual: the next Input", [until_calm(running, next(tab)) for _ in range(count)]))


def parts(environment: dict[str, str]) -> None:
    """What a change is made of, in milliseconds, in a process without a terminal."""
    os.environ["TTUNE_HOME"] = environment["TTUNE_HOME"]
    from engine.advice import advise
    from engine.data.arrow_alone import arrow_alone
    from engine.forecast import forecast
    from engine.home import open_home
    from engine.project import Project
    from engine.recipe_form import field
    from engine.situation import gather
    from tui.panes.recipe.draft import Draft

    arrow_alone()
    project = Project(open_home().projects / "tickets")
    draft, spec = Draft(project.recipe_path), field("adapter.rank")
    assert spec is not None
    situation, recipe = gather(project, project.recipe()), project.recipe()
    values = cycle([32, 16])

    def timed(name: str, work: Callable[[], object]) -> None:
        taken = []
        for _ in range(40):
            began = time.perf_counter()
            work()
            taken.append((time.perf_counter() - began) * 1000)
        print(f"| {name} | {median(taken):.2f} |")

    print("\n| part | ms |\n| --- | --- |")
    timed("trying a typed value", lambda: draft.try_out(spec, next(values)))
    timed("writing a value: TOML edited, checked, synced", lambda: draft.set(spec, next(values)))
    made = forecast(recipe, situation)
    timed("forecast", lambda: forecast(recipe, situation))
    timed("advice", lambda: advise(recipe, situation, made))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as bytecode:
        environment = os.environ | {
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "TTUNE_HOME": home,
            "PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": "",
        }  # fmt: skip
        print(
            f"{COLUMNS}x{ROWS}, ms: median / 19 of 20 under / slowest\n\n| key | first bytes | settled | processor |\n"
            "| --- | --- | --- | --- |"
        )
        studio(environment, options.keys, options.data)
        peer(environment, options.keys)
        parts(environment)


if __name__ == "__main__":
    main()
