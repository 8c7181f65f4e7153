"""What home and project screens share: commands become bindings, and what widgets tell the user is shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from tui.commands import Place, commands, find
from tui.messages import ToldUser
from tui.visible import visible

if TYPE_CHECKING:
    from engine.home import Home
    from engine.job import JobFolder, JobView
    from engine.project import Project
    from engine.templates import Template

TOLD_FOR_S = 6.0
FIRST_FRAME_S = 0.03
"""How long loading waits after the first frame: threads that import would hold up the one that writes it."""


class CommandScreen(Screen[None]):
    """A screen whose keys are commands."""

    PLACE: ClassVar[Place]

    project: "Project | None" = None
    """The project of the screen; None at home."""
    view: "JobView | None" = None
    """The run that is shown."""
    template: "Template | None" = None
    """The template that is chosen, where templates are shown."""

    def __init__(self, home: "Home") -> None:
        super().__init__()
        self.home = home

    def after_first_frame(self, begin: Callable[[], None]) -> None:
        """Call `begin` once the frame is on the terminal."""
        self.call_after_refresh(self.set_timer, FIRST_FRAME_S, begin)

    def action_command(self, id: str) -> None:
        """Do what a key stands for."""
        find(id).run(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of commands that cannot be done now are left out."""
        if action != "command":
            return super().check_action(action, parameters)
        return any(command.id == parameters[0] and command.available(self) for command in commands(self.PLACE))

    def panes(self) -> list[tuple[str, str]]:
        """Key and name of each pane; [] where there are none."""
        return []

    def help(self) -> tuple[str, str]:
        """Title and Markdown of the `?` screen."""
        raise NotImplementedError

    def neighbour_run(self, by: int) -> "JobFolder | None":
        """The run that is `by` places older than the one shown; None where there is none."""
        return None

    def go_to_run(self, by: int) -> None:
        """Show a neighbour of the run shown."""

    def templates_changed(self, changed: bool | None = True) -> None:
        """Templates came or went; a screen that shows them reads them again."""

    def go_home(self) -> None:
        """Leave for the home screen."""

    def on_told_user(self, message: ToldUser) -> None:
        """A line passes by in a corner; an error stays until it is read."""
        message.stop()
        if message.error:
            from tui.screens.dialogs import Problems

            self.app.push_screen(Problems("Something is in the way", message.text.splitlines()))
        else:
            self.notify(visible(message.text, lines=True), timeout=TOLD_FOR_S, markup=False)
