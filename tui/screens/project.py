"""A project's screen: pulse line, tabs, five panes, keys. It pushes the run that it follows down to the panes."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from engine.errors import UserError
from tui.commands import bindings
from tui.messages import (
    EvaluationWanted,
    HomeWanted,
    PaneWanted,
    RecipeChanged,
    StopWanted,
    ToldUser,
    TrainingWanted,
)
from tui.screens.dialogs import Confirm, Problems
from tui.screens.following import FollowingScreen
from tui.widgets.key_line import KeyLine
from tui.widgets.pulse import PulseLine
from tui.widgets.tabs import TabLine

if TYPE_CHECKING:
    from engine.advice import Advice
    from engine.home import Home
    from engine.job import JobFolder
    from engine.project import Project
    from tui.panes.pane import Pane

PANES = ("Data", "Recipe", "Run", "Evaluate", "Chat")
SUMMARY_S = 0.5
"""How often the pane in front is asked for its summary; the tab line changes only when the words do."""


class PaneLoaded(Message):
    """A pane's code is in memory."""

    def __init__(self, name: str, make: "Callable[[Project], Pane]") -> None:
        super().__init__()
        self.name = name
        self.make = make


class TrainingStarted(Message):
    """An engine was launched, or `problems` say why not. `warnings`: what advice says of the run all the same."""

    def __init__(self, run: "JobFolder | None", problems: list[str], warnings: Sequence[str] = ()) -> None:
        super().__init__()
        self.run = run
        self.problems = problems
        self.warnings = warnings


class ProjectScreen(FollowingScreen):
    """One project."""

    PLACE = "project"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(key), f"show_pane('{name.lower()}')", name, show=False) for key, name in enumerate(PANES, 1)),
        *bindings("project"),
    ]

    def __init__(self, home: "Home", path: Path, run: "JobFolder | None" = None) -> None:
        """`run`: the one to show; None shows the newest."""
        super().__init__(home, path, run)
        self._front = ""
        self._starting = False
        self._stop_ids: set[str] = set()

    def compose(self) -> ComposeResult:
        """The frame; runs and panes come from workers."""
        yield PulseLine(self.path.name)
        yield TabLine(PANES)
        with ContentSwitcher(id="panes"):
            yield Static("", id="opening")
        yield KeyLine()

    def on_mount(self) -> None:
        """Load what takes time once the frame is on the terminal."""
        self.after_first_frame(self.begin)
        self.set_interval(SUMMARY_S, self._show_summary)

    def opened(self, *, live: bool) -> None:
        """A run at work is what one comes back for; else the data come first."""
        self._show_pulse()
        self.show_pane("run" if live else "data")

    def view_changed(self) -> None:
        """Push the run down to every pane."""
        for pane in self._mounted_panes():
            pane.view = self.view
        self._show_pulse()
        self._show_summary()

    def panes(self) -> list[tuple[str, str]]:
        """Key and name of each pane."""
        return [(str(key), name) for key, name in enumerate(PANES, start=1)]

    def help(self) -> tuple[str, str]:
        """The words of the pane in front."""
        pane = self._pane(self._front)
        return (pane.NAME, pane.HELP) if pane is not None else ("", "")

    def go_home(self) -> None:
        """Leave the project; what runs, runs on."""
        self.post_message(HomeWanted())

    def _show_pulse(self) -> None:
        view, note = self.view, "starting a run…" if self._starting else ""
        if view is not None and view.live and any(said.command in self._stop_ids for said in view.state.answers):
            note = note or "stopping…"
        self.query_one(PulseLine).show(view, note)

    # Starting and stopping runs

    def on_training_wanted(self, message: TrainingWanted) -> None:
        """Start a run; ask first when one is at work already."""
        message.stop()
        if self.view is None or not self.view.live:
            self._start_training(True)
            return
        question = f"#{self.view.folder.spec.number} is still at work. Start another beside it?"
        self.app.push_screen(Confirm(question, "Both share this machine and its memory."), self._start_training)

    def _start_training(self, sure: bool | None) -> None:
        if sure and self.project is not None and not self._starting:
            self._starting = True
            self._show_pulse()
            self.run_worker(self._start, name="start training", group="start", thread=True)

    def _start(self) -> None:
        """In a thread: the checks read the data and the model's folder."""
        from engine.start import start_training

        assert self.project is not None
        try:
            advice: list[Advice] = []
            run = start_training(self.project, advised=advice.extend)
            warnings = [one.begun for one in advice if one.severity == "warns" and not one.accepted]
            self.post_message(TrainingStarted(run, [], warnings))
        except UserError as error:
            self.post_message(TrainingStarted(None, str(error).splitlines()))
        except OSError as error:  # a disk that fills, a folder that goes away between two checks
            problem = f"{error.filename or self.path}: {error.strerror}: mend that, then start again"
            self.post_message(TrainingStarted(None, [problem]))

    def on_training_started(self, message: TrainingStarted) -> None:
        """Attach to the new run, or list everything that stands in its way."""
        self._starting = False
        self._show_pulse()
        if message.run is None:
            self.app.push_screen(Problems("Training cannot start", message.problems))
            return
        self.follow(message.run)
        self.show_pane("run")
        if message.warnings:
            more = f" (and {len(message.warnings) - 1} more: pane 2)" if len(message.warnings) > 1 else ""
            self.post_message(ToldUser(f"! {message.warnings[0]}{more}"))

    def on_stop_wanted(self, message: StopWanted) -> None:
        """Ask, then tell the engine."""
        message.stop()
        spec = message.folder.spec
        name = f"{spec.project} #{spec.number}" if spec.number else f"the {spec.kind} job"
        kept = "what it has learned is saved and verified" if spec.kind == "train" else "what is done so far is kept"
        self.app.push_screen(
            Confirm(f"Stop {name}?", f"It ends at its next sub-step; {kept}."),
            lambda sure: self._stop(message.folder) if sure else None,
        )

    def _stop(self, folder: "JobFolder") -> None:
        from engine.job import send
        from engine.protocol import Stop

        try:
            self._stop_ids.add(send(folder, Stop()))
        except OSError as error:
            problem = f"{folder.commands}: {error.strerror}: it could not be asked to stop; mend that, then try again"
            self.post_message(ToldUser(problem, error=True))

    # Panes

    def show_pane(self, name: str) -> None:
        """Bring a pane to the front; the first time, load it in a thread."""
        self._front = name
        self._show_summary()
        if self._pane(name) is not None:
            self._bring_forward(name)
        elif self.project is not None:
            self.run_worker(lambda: self._load(name), name=f"load {name}", group=f"load-{name}", thread=True)

    def _load(self, name: str) -> None:
        module = importlib.import_module(f"tui.panes.{name}")
        self.post_message(PaneLoaded(name, getattr(module, f"{name.capitalize()}Pane")))

    async def on_pane_loaded(self, message: PaneLoaded) -> None:
        """Put the pane into its place."""
        if self.project is None or self._pane(message.name) is not None:
            return
        pane = message.make(self.project)
        await self.query_one("#panes", ContentSwitcher).add_content(pane)
        pane.view = self.view
        if self._front == message.name:
            self._bring_forward(message.name)

    def _bring_forward(self, name: str) -> None:
        pane = self._pane(name)
        assert pane is not None
        self.query_one("#panes", ContentSwitcher).current = name
        pane.opened()
        self._show_summary()
        self.refresh_bindings()

    def _pane(self, name: str) -> "Pane | None":
        return next((pane for pane in self._mounted_panes() if pane.id == name), None)

    def _mounted_panes(self) -> "list[Pane]":
        children = self.query_one("#panes", ContentSwitcher).children
        return [child for child in children if child.id != "opening"]  # type: ignore[misc]

    def _show_summary(self) -> None:
        pane = self._pane(self._front)
        self.query_one(TabLine).show(self._front.capitalize(), pane.summary() if pane is not None else "")

    def action_show_pane(self, name: str) -> None:
        """A key of the tab line."""
        self.show_pane(name)

    def on_tab_line_clicked(self, message: TabLine.Clicked) -> None:
        """The mouse does what the keys do."""
        self.show_pane(message.pane)

    def on_pane_wanted(self, message: PaneWanted) -> None:
        """A pane or a command sends the user elsewhere."""
        message.stop()
        self.show_pane(message.pane)

    def on_evaluation_wanted(self, message: EvaluationWanted) -> None:
        """The Evaluate pane does the rest."""
        message.stop()
        self.show_pane("evaluate")

    def on_recipe_changed(self, message: RecipeChanged) -> None:
        """Panes refresh what follows from the recipe."""
        message.stop()
        for pane in self._mounted_panes():
            pane.recipe_changed()
