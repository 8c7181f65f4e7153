"""The home screen: every project and every run, live ones first. Painted before anything is read."""

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from tui.commands import bindings
from tui.figures import ago, loss, plural, roughly, size
from tui.messages import ProjectWanted
from tui.screens.base import CommandScreen
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Ink, Line, Painted, cells, fit, fitting, sides

if TYPE_CHECKING:
    from engine.hardware import HardwareReading
    from engine.home import Home
    from tui.home_feed import HomeReader, HomeSeen, ProjectLine, RunLine

AGES_S = 20.0
"""How often "3m ago" is looked at again."""
MACHINE_S = 5.0
NAME_WIDTH = 24

NO_PROJECTS: list[Line] = [
    [("No project yet.", "")],
    [],
    [("A project holds a recipe, its data and its runs.", "dim")],
    [("n", "key"), (" makes one from a template: your data, or the", "dim")],
    [("quickstart, which trains a tiny model in two", "dim")],
    [("minutes, on any machine.", "dim")],
]
NO_RUNS: list[Line] = [
    [("No run yet.", "")],
    [],
    [("Open a project with ", "dim"), ("enter", "key"), (" and press ", "dim"), ("t", "key"), (": its", "dim")],
    [("training is listed here, and goes on when the", "dim")],
    [("studio is closed or the line is cut.", "dim")],
]


class MachineSeen(Message):
    """What this machine has."""

    def __init__(self, reading: "HardwareReading") -> None:
        super().__init__()
        self.reading = reading


class TopLine(Painted):
    """The name of the house, and the machine."""

    def __init__(self, home: str) -> None:
        super().__init__(id="top")
        self._home = home
        self._parts: list[Line] = []

    def show(self, reading: "HardwareReading") -> None:
        """Show another reading."""
        self._parts = [[(part, "dim")] for part in machine_words(reading)]
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        name: Line = [(" ttune", "accent"), (f"  {one_line(self._home, 40)}", "dim")]
        if cells(name) > width // 2:
            name = name[:1]
        machine = fitting(self._parts, width - cells(name) - 3)
        return [sides(name, [*machine, (" ", "")], width)]


class HomeScreen(CommandScreen):
    """Projects, runs, machine."""

    PLACE = "home"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,left,l,h", "other_list", "other list", show=False),
        Binding("a", "attach", "attach", tooltip="Open the newest live run"),
        *bindings("home"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(self, home: "Home") -> None:
        super().__init__(home)
        self._reader: HomeReader | None = None
        self._projects: tuple[ProjectLine, ...] = ()
        self._runs: tuple[RunLine, ...] = ()
        self._settled = False

    def compose(self) -> ComposeResult:
        """The frame; what goes into it comes from workers."""
        yield TopLine(str(self.home.path))
        with Container(id="lists"):
            yield LineList("Projects", [[("reading…", "dim")]], id="projects")
            yield LineList("Runs", [[("reading…", "dim")]], id="runs")
        yield KeyLine()

    def on_mount(self) -> None:
        """Keep the ages true."""
        self.set_interval(AGES_S, self._repaint)

    def on_screen_resume(self) -> None:
        """Begin to read once the frame is on the terminal."""
        self.after_first_frame(self._begin)

    def on_screen_suspend(self) -> None:
        """A project is over it: read nothing."""
        for group in ("home", "machine"):
            self.workers.cancel_group(self, group)

    def _begin(self) -> None:
        if self.is_current:
            self.run_worker(self._watch, name="follow home", group="home", thread=True, exclusive=True)
            self.run_worker(self._watch_machine, name="read machine", group="machine", thread=True, exclusive=True)

    def _watch(self) -> None:
        """In a thread: what this needs takes longer to import than the first paint may take."""
        from tui.home_feed import HomeReader, follow_home

        if self._reader is None:
            self._reader = HomeReader(self.home)
        follow_home(self._reader, self)

    def _watch_machine(self) -> None:
        from textual.worker import get_current_worker

        from engine.hardware import HardwareMonitor

        worker = get_current_worker()
        monitor = HardwareMonitor(self.home.path)
        while not worker.is_cancelled:
            self.post_message(MachineSeen(monitor.read()))
            worker.cancelled_event.wait(MACHINE_S)
        monitor.close()

    def on_machine_seen(self, message: MachineSeen) -> None:
        """Show the machine."""
        self.query_one(TopLine).show(message.reading)

    def on_home_seen(self, message: "HomeSeen") -> None:
        """Show projects and runs."""
        first, self._settled = not self._settled, True
        self._projects, self._runs = message.projects, message.runs
        self._repaint()
        self.refresh_bindings()
        if first:
            self._choose_first()

    def _repaint(self) -> None:
        if not self._settled:
            return
        now = time.time()
        width = max([NAME_WIDTH, *(len(line.name) for line in self._projects)])
        self.query_one("#projects", LineList).show(
            [Row(str(line.path), lambda room, line=line: project_row(line, room, min(width, room // 2)))  # type: ignore[misc]
             for line in self._projects], NO_PROJECTS,
        )  # fmt: skip
        self.query_one("#runs", LineList).show(
            [Row(str(line.folder.path), lambda room, line=line: run_row(line, room, now)) for line in self._runs],  # type: ignore[misc]
            NO_RUNS,
        )

    def _choose_first(self) -> None:
        """A live run is what one comes back for."""
        self.query_one("#runs" if self._runs and self._runs[0].live else "#projects", LineList).focus()

    def help(self) -> tuple[str, str]:
        """What this screen is."""
        from tui.screens.help import HOME_HELP

        return "Home", HOME_HELP

    def action_other_list(self) -> None:
        """Move between projects and runs."""
        runs = self.query_one("#runs", LineList)
        (self.query_one("#projects", LineList) if runs.has_focus else runs).focus()

    def action_attach(self) -> None:
        """Open the newest live run."""
        live = next((line for line in self._runs if line.live), None)
        if live is not None:
            self.post_message(ProjectWanted(live.folder.path.parent.parent, live.folder))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to attach to while no run lives."""
        if action == "attach":
            return bool(self._runs and self._runs[0].live)
        return super().check_action(action, parameters)

    @on(LineList.Opened, "#projects")
    def open_project(self, message: LineList.Opened) -> None:
        """Open the chosen project."""
        line = next(line for line in self._projects if str(line.path) == message.key)
        self.post_message(ProjectWanted(line.path))

    @on(LineList.Opened, "#runs")
    def open_run(self, message: LineList.Opened) -> None:
        """Open the project of the chosen run, on that run."""
        line = next(line for line in self._runs if str(line.folder.path) == message.key)
        self.post_message(ProjectWanted(line.folder.path.parent.parent, line.folder))


def machine_words(reading: "HardwareReading") -> list[str]:
    """`2x H200`, `139.8G each`, `61.0G disk free`; what matters least comes last."""
    disk = f"{size(reading.disk_free_bytes)} disk free"
    if not reading.gpus:
        return ["no GPU", plural(reading.cores or 1, "core"), f"{size(reading.memory_total_bytes)} memory", disk]
    first = reading.gpus[0]
    alike = all(gpu.name == first.name for gpu in reading.gpus)
    name = visible(first.name.removeprefix("NVIDIA ")) if alike else "GPUs"
    count = f"{len(reading.gpus)}x " if len(reading.gpus) > 1 else ""
    each = " each" if len(reading.gpus) > 1 else ""
    return [f"{count}{name}", f"{size(first.memory_total_bytes)}{each}", disk]


def project_row(line: "ProjectLine", width: int, name_width: int) -> Line:
    """A project: its name, how many runs, and what came of them."""
    count = plural(line.runs, "run") if line.runs else ""
    head: Line = [(fit(visible(line.name), name_width), ""), (f"  {count:<8} ", "dim")]
    words, ink = _project_fate(line)
    return [*head, (one_line(words, width - cells(head)), ink)]


def _project_fate(line: "ProjectLine") -> tuple[str, Ink]:
    if line.newest is None:
        return "draft", "dim"
    if line.newest.live:
        return f"● {line.newest.words[0]}", line.newest.words[1]
    if line.compared is not None:
        points = 100 * line.compared.figures.difference
        return f"{points:+.1f} points", "good" if points > 0 else "warn" if points < 0 else "dim"
    return {"completed": ("trained", "dim")}.get(line.newest.condition, line.newest.words)  # type: ignore[return-value]


def run_row(line: "RunLine", width: int, now: float) -> Line:
    """A run: how it goes or how it went, as far as it fits."""
    from tui.run_words import GLYPHS, name

    glyph, ink = GLYPHS[line.condition]
    head: Line = [(f"{glyph} ", ink), (name(line.project, line.number), "")]
    when = line.ended or line.created
    if line.live:
        parts = _live_parts(line)
        return [*head, ("  ", ""), *fitting(parts, width - cells(head) - 2, between="  ")]
    tail: Line = [(f"{ago(now - when):>8} ", "dim")]
    room = width - cells(head) - cells(tail) - 4
    middle = _ended_line(line, max(0, room))
    return sides([*head, ("  ", ""), *middle], tail, width)


def _live_parts(line: "RunLine") -> list[Line]:
    parts: list[Line] = [[line.words]]
    if line.measured is not None and line.measured[1] is not None:
        name, value = line.measured
        parts.append([(f"{name} {loss(value)}", ""), (f" {line.spark}" if line.spark else "", "accent")])
    if line.eta_s is not None:
        parts.append([(f"{roughly(line.eta_s)} left", "dim")])
    return parts


def _ended_line(line: "RunLine", room: int) -> Line:
    """What came of a run, in the room there is."""
    if line.compared is not None:
        from engine.evaluation_state import label

        figures = line.compared.figures
        low, high = (100 * bound for bound in figures.interval)
        return fitting(
            [
                [(label(line.compared.metric), "")],
                [(f"{100 * figures.base:.1f}", "base"), (" → ", "dim"), (f"{100 * figures.tuned:.1f}", "tuned")],
                [(f"[{low:+.1f}, {high:+.1f}]", "dim")],
            ], room, between=" ",
        )  # fmt: skip
    if line.reason and line.condition == "failed":
        return [(one_line(line.reason, room), "error")]
    words: list[Line] = [[line.words]]
    if line.validation:
        words.append([(f"validation {line.validation}", "dim")])
    return fitting(words, room, between="  ")
