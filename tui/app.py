"""The studio: themes, settings and which screen is shown. What fills the screens is loaded after the first paint."""

import asyncio
import signal
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import Screen
from textual.theme import Theme
from textual.worker import WorkerFailed

import themes
from engine.errors import HomeError
from engine.home import Home
from tui.hangup import end_with_terminal
from tui.messages import HomeWanted, ProjectWanted
from tui.settings import read_settings, remember
from tui.visible import visible

_HERE = Path(__file__).parent


class Studio(App[None]):
    """One terminal's view of a home. Runs do not depend on it: it may be killed at any time."""

    TITLE = "ttune"
    CSS_PATH: ClassVar = [_HERE / path for path in ("app.tcss", "screens/home.tcss", "screens/project.tcss")]
    """The first screen's own CSS_PATH is not read by Textual; both are small."""
    ENABLE_COMMAND_PALETTE = False
    """Ours opens on the same key and reads `tui.commands`."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "palette", "all commands", priority=True, tooltip="Every command by name", id="palette"),
        Binding("ctrl+q", "quit", "leave", show=False, priority=True),
    ]
    COMMANDS: ClassVar = set()

    def __init__(self, home: Home, project: Path | None = None) -> None:
        """`project`: the folder of the project to begin with; None begins at home."""
        self.home = home
        self._first = project
        self._trouble: list[str] = []
        self.theme_labels: dict[str, str] = {}
        """Labels by name of the themes that can be chosen, once `load_themes` has read them."""
        super().__init__()
        self._choose_remembered_theme()
        self.animation_level = "none"

    def get_default_screen(self) -> Screen[None]:
        """Home is always beneath; it reads nothing while something is over it."""
        from tui.screens.home import HomeScreen

        return HomeScreen(self.home)

    def on_mount(self) -> None:
        """Open the project that was named; say what is wrong with settings and themes once it can be read."""
        if not self.is_headless:  # a box that is taken away gets its terminal back in order
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
            end_with_terminal()
        if self._first is not None:
            self.post_message(ProjectWanted(self._first))
        if self._trouble:
            self.call_after_refresh(
                self.notify, visible("\n".join(self._trouble), lines=True), severity="warning", timeout=12, markup=False
            )

    async def on_key(self, event: Key) -> None:
        """A key that was typed ahead goes to the input that has the focus by now; over a slow line keys come in bursts.

        Textual sends a key to what has the focus when it arrives. One that an input would take and that bubbled up
        to here was on its way to something else; it is handed over at once, so that the keys after it stay behind it.
        """
        focused = self.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            event.prevent_default()
            await focused._dispatch_message(Key(event.key, event.character))

    def on_project_wanted(self, message: ProjectWanted) -> None:
        """Open a project, on the run that was chosen."""
        from tui.screens.project import ProjectScreen

        self.push_screen(ProjectScreen(self.home, message.path, message.run))

    def on_home_wanted(self, message: HomeWanted) -> None:
        """Back to the lists."""
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def action_palette(self) -> None:
        """Every command that can be done here, by name."""
        from tui.screens.palette import open_palette

        open_palette(self)

    def action_help_quit(self) -> None:
        """Ctrl+C: people try it to leave, and to stop; it does neither."""
        self.notify("q leaves the studio; runs go on.", markup=False)

    def choose_theme(self, name: str) -> None:
        """Take a theme and remember it."""
        self.theme = name
        try:
            remember(self.home.settings, "theme", name)
        except HomeError as error:
            self.notify(visible(str(error)), severity="warning", markup=False)

    def load_themes(self) -> list[str]:
        """Read every theme, the user's own included; gives a line for each mistake in those."""
        found, problems = themes.read_themes(self.home.themes)
        for theme_file in found:
            self.register_theme(theme_file.theme)
        self.theme_labels = {theme_file.name: theme_file.label for theme_file in found}
        return problems

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours that Textual has no name for, until a theme of ours is registered."""
        return dict.fromkeys(("dim", "good", "warn", "side-base", "side-tuned"), "#888888")

    def _choose_remembered_theme(self) -> None:
        """The remembered theme, else the default; only that one file is read before the first paint."""
        try:
            name = read_settings(self.home.settings).get("theme", themes.DEFAULT)
            self._take_theme(name if isinstance(name, str) else themes.DEFAULT)
        except (HomeError, themes.ThemeError) as error:
            self._trouble += str(error).splitlines()
            self._take_theme(themes.DEFAULT, own=False)

    def _take_theme(self, name: str, *, own: bool = True) -> None:
        paths = themes.theme_paths(self.home.themes if own else None)
        theme: Theme = themes.read_theme(paths.get(name, paths[themes.DEFAULT])).theme
        self.register_theme(theme)
        self.theme = theme.name

    def _handle_exception(self, error: Exception) -> None:
        """A fault in work behind a pane ends that work, and not the studio, as Textual would have it."""
        if isinstance(error, WorkerFailed) and self._outlives_workers:
            from tui.faults import logged

            self.notify(
                visible(f"Work behind this screen failed: {logged(error.error)}"),
                severity="error",
                timeout=20,
                markup=False,
            )
        else:
            super()._handle_exception(error)

    @property
    def _outlives_workers(self) -> bool:
        """Not in tests: there a fault is to be seen."""
        return not self.is_headless

    def _fatal_error(self) -> None:
        """No traceback on the terminal: `open_studio` hands the error to the caller, who logs it."""
        self._close_messages_no_wait()

    @property
    def fault(self) -> Exception | None:
        """What ended the studio, when it was a fault of its own."""
        return self._exception


def open_studio(home: Home, project: str | None = None) -> int:
    """Run the studio until the user leaves, then say what goes on without it. Raises ProjectError for no project."""
    app = Studio(home, _project_path(home, project) if project else None)
    app.run()
    if app.fault is not None:
        raise app.fault
    for line in going_on(home):
        print(visible(line))
    return app.return_code or 0


def going_on(home: Home) -> list[str]:
    """A line for each job that goes on after the studio: what it is, and how to see it again."""
    from tui.home_feed import live_jobs
    from tui.run_words import name, reference

    lines = []
    for job in live_jobs(home):
        spec = job.spec
        if spec.kind == "train":
            lines.append(
                f"{name(spec.project, spec.number)} goes on: ttune attach {reference(spec.project, spec.number)}"
            )
        else:
            lines.append(f"{spec.project}: the comparison of base and tuned goes on: ttune {spec.project} shows it")
    return lines


def _project_path(home: Home, project: str) -> Path:
    """The project's folder; the common case loads nothing."""
    path = home.projects / project
    if (path / "project.toml").is_file():
        return path
    from engine.project import find_project

    return find_project(home, project).path
