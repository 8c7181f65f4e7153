"""What a person can do, one class each: footer, key bindings, palette (Ctrl+P) and help (?) all read these.

A command tells where it is offered, what it needs, and what the command line's twin is. It does its work by
posting a message or opening a screen; panes and screens do the rest.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.binding import Binding

from tui.command import Command, Group, Place
from tui.messages import PaneWanted, StopWanted, TrainingWanted
from tui.template_commands import TEMPLATE_COMMANDS

if TYPE_CHECKING:
    from tui.screens.base import CommandScreen

__all__ = ["COMMANDS", "Command", "Group", "Place", "bindings", "commands", "find"]


class StartTraining(Command):
    """Start a run."""

    id, key, label, title, group = "train", "t", "train", "Start training", "Runs"
    help = "Start a run of this project's recipe as it is on disk. It goes on when the studio is closed."
    twin = "ttune train PROJECT"
    places = ("project",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """The screen starts it and shows what stands in the way."""
        screen.post_message(TrainingWanted())


class StopRun(Command):
    """Stop the run that is shown."""

    id, key, label, title, group = "stop", "s", "stop", "Stop the run", "Runs"
    help = "End the run at its next sub-step. What it has learned is saved and verified."
    twin = "ttune stop RUN"
    places = ("project",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """While it lives."""
        return screen.view is not None and screen.view.live

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """The screen asks first."""
        if screen.view is not None:
            screen.post_message(StopWanted(screen.view.folder))


class OlderRun(Command):
    """Show the run before."""

    id, key, label, title, group = "older-run", "left_square_bracket", "older run", "Show the run before", "Runs"
    help = "Show the run before the one that is shown."
    twin = "ttune status PROJECT#N"
    places = ("project",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Where there is one."""
        return screen.neighbour_run(1) is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Follow it."""
        screen.go_to_run(1)


class NewerRun(Command):
    """Show the run after."""

    id, key, label, title, group = "newer-run", "right_square_bracket", "newer run", "Show the run after", "Runs"
    help = "Show the run after the one that is shown."
    twin = "ttune status PROJECT#N"
    places = ("project",)

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Where there is one."""
        return screen.neighbour_run(-1) is not None

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Follow it."""
        screen.go_to_run(-1)


class CompareModels(Command):
    """Bring the comparison up."""

    id, label, title, group = "evaluate", "evaluate", "Compare base and tuned", "Runs"
    help = "Measure base and tuned on the held-out rows, in the Evaluate pane."
    twin = "ttune eval RUN"
    places = ("project",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Open the pane."""
        screen.post_message(PaneWanted("evaluate"))


class OpenChat(Command):
    """Bring the chat up."""

    id, label, title, group = "chat", "chat", "Chat with base and tuned", "Runs"
    help = "Ask both models the same, and see the answers side by side, in the Chat pane."
    twin = "ttune chat RUN"
    places = ("project",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Open the pane."""
        screen.post_message(PaneWanted("chat"))


class NewProject(Command):
    """Make a project."""

    id, key, label, title, group = "new-project", "n", "new project", "New project from a template", "Project"
    help = "Make a project from a template: its recipe, with your name and your data."
    twin = "ttune new NAME --template T"
    places = ("home",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask for its name, template and data."""
        from tui.screens.new_project import open_form

        open_form(screen)


class SaveTemplate(Command):
    """Keep this recipe for other projects."""

    id, label, title, group = "save-template", "save as template", "Save as a template", "Project"
    help = "Keep this project's recipe, prompts and metric to start others from. No data goes into it, and no secret."
    twin = "ttune templates save PROJECT NAME"
    places = ("project",)

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Ask for its name."""
        from tui.screens.save_template import open_form

        open_form(screen)


class GoHome(Command):
    """Leave the project."""

    id, key, label, title, group = "home", "escape", "home", "Home: all projects and runs", "Project"
    help = "Back to the list of projects and runs. Nothing stops."
    twin = "ttune runs"
    places = ("project", "templates")

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Close the project's screen."""
        screen.go_home()


class SwitchTheme(Command):
    """Choose other colours."""

    id, label, title, group = "theme", "theme", "Choose a theme", "Studio"
    help = "Choose the studio's colours. Your own themes are TOML files in the home's `themes` folder."
    in_footer = False

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Open the list of themes."""
        from tui.screens.palette import open_themes

        open_themes(screen.app)


class Help(Command):
    """Explain the screen."""

    id, key, label, title, group = "help", "question_mark", "help", "Help", "Studio"
    help = "What this pane is for, its ideas explained, and every key."
    twin = "ttune --help"

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Show it over the screen."""
        from tui.screens.help import HelpScreen

        screen.app.push_screen(HelpScreen(screen))


class Leave(Command):
    """Close the studio."""

    id, key, label, title, group = "leave", "q", "leave", "Leave", "Studio"
    help = "Close the studio. Runs go on; `ttune` shows them again."

    @classmethod
    def available(cls, screen: "CommandScreen") -> bool:
        """Always."""
        return True

    @classmethod
    def run(cls, screen: "CommandScreen") -> None:
        """Leave at once: nothing is lost by it."""
        screen.app.exit()


COMMANDS: tuple[type[Command], ...] = (
    StartTraining, StopRun, OlderRun, NewerRun, CompareModels, OpenChat,
    NewProject, *TEMPLATE_COMMANDS, SaveTemplate, GoHome, SwitchTheme, Help, Leave,
)  # fmt: skip
"""Every command, in the order of the footer and the palette."""


def commands(place: Place) -> Iterable[type[Command]]:
    """Those offered on a kind of screen."""
    return (command for command in COMMANDS if place in command.places)


def find(id: str) -> type[Command]:
    """The command of an id."""
    return next(command for command in COMMANDS if command.id == id)


def bindings(place: Place) -> list[Binding]:
    """Key bindings of the commands of a kind of screen."""
    return [
        Binding(
            command.key, f"command('{command.id}')", command.label,
            show=command.in_footer, tooltip=command.help, id=command.id,
        )
        for command in commands(place) if command.key
    ]  # fmt: skip
