"""A real program on a real pseudo-terminal, its screen read by a terminal emulator."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pyte

from tests.support import until


class Terminal:
    """`ttune ARGUMENTS` on a terminal of its own; closing it is a hang-up."""

    def __init__(self, home: Path, *arguments: str, columns: int = 120, rows: int = 40, told: bool = True) -> None:
        """`told`: whether the program hears of a hang-up by a signal too."""
        self._told = told
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            preexec_fn=_take_terminal if told else _hear_nothing,
            env=os.environ | {"TTUNE_HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )  # fmt: skip
        os.close(terminal)
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self._screen.display)

    def shows(self, words: str) -> None:
        """Wait until the screen shows `words`."""
        try:
            until(lambda: words in self.text, words)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen shows:\n{self.text}") from None

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._controller, keys.encode())

    def kill(self) -> None:
        """Kill the program, as `kill -9` does."""
        self._process.kill()
        self._process.wait()

    def hang_up(self) -> None:
        """Close the terminal under the program, as a lost connection does; waits until it is gone."""
        os.close(self._controller)
        if self._told:
            os.killpg(self._process.pid, signal.SIGHUP)
        until(lambda: self._process.poll() is not None, "the program to end after its terminal")

    def wait(self) -> int:
        """The program's exit code, once it has ended."""
        until(lambda: self._process.poll() is not None, "the program to end")
        return self._process.returncode

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._controller, 65536)
            except OSError:
                return
            if not data:
                return
            self._stream.feed(data)


def _take_terminal() -> None:
    """Make standard input the controlling terminal, so that closing it reaches the program.

    It hears of that also where the tests were started deaf to hang-ups (nohup), which children inherit.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _hear_nothing() -> None:
    """Be deaf to hang-ups, as under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
