"""The engine's log: what it and the libraries printed, and the run's notices above it."""

from pathlib import Path

from textual.message import Message
from textual.widgets import Log
from textual.worker import get_current_worker

from engine.job import JobFolder
from engine.run_state import RunState
from tui.figures import clock
from tui.visible import visible

TAIL_BYTES = 64 * 1024
EVERY_S = 1.0


class LogView(Log):
    """The end of a log file, read again while it is shown."""

    class Read(Message):
        """The end of the file was read."""

        def __init__(self, folder: JobFolder, lines: list[str]) -> None:
            super().__init__()
            self.folder = folder
            self.lines = lines

        def can_replace(self, message: Message) -> bool:
            """A newer reading makes this one needless."""
            return isinstance(message, LogView.Read)

    def __init__(self) -> None:
        super().__init__(id="log", highlight=False)
        self.can_focus = True
        self._folder: JobFolder | None = None
        self._state: RunState | None = None
        self._shown: list[str] = []

    def follow(self, folder: JobFolder, state: RunState) -> None:
        """Show a run's log from now on."""
        self._state = state
        if folder != self._folder:
            self._folder = folder
            self.run_worker(lambda: self._watch(folder), name="read log", group="log", thread=True, exclusive=True)

    def rest(self) -> None:
        """Read no more."""
        self._folder = None
        self.workers.cancel_group(self, "log")

    def _watch(self, folder: JobFolder) -> None:
        worker = get_current_worker()
        size = -1
        while not worker.is_cancelled:
            now = folder.log.stat().st_size if folder.log.is_file() else 0
            if now != size:
                size = now
                self.post_message(self.Read(folder, tail(folder.log)))
            worker.cancelled_event.wait(EVERY_S)

    def on_log_view_read(self, message: Read) -> None:
        """Show the notices and the end of the file; only lines that are new are written."""
        if message.folder != self._folder or self._state is None:
            return
        notices = [f"{clock(notice.time)} {notice.level}: {visible(notice.text)}" for notice in self._state.notices]
        lines = [*notices, *(["──── engine.log"] if notices else []), *(message.lines or ["(engine.log is empty)"])]
        known = len(self._shown)
        if lines[:known] != self._shown:
            self.clear()
            known = 0
        self.write_lines(lines[known:])
        self._shown = lines


def tail(path: Path) -> list[str]:
    """The last lines of a file, safe to show; a progress bar that overwrote itself is its last state."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            start = max(0, file.tell() - TAIL_BYTES)
            file.seek(start)
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    lines = text.split("\n")[1 if start else 0 :]
    return [visible(line.rstrip("\r").rpartition("\r")[2]) for line in lines if line.strip()]
