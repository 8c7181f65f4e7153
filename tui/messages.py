"""What panes ask of the screen and the app. Data goes down as reactives, these go up."""

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:  # the first screen is painted before engines are thought of
    from engine.job import JobFolder


class TrainingWanted(Message):
    """Start a run of the project's recipe as it is on disk."""


class StopWanted(Message):
    """Stop a job; the screen asks for confirmation where work would end."""

    def __init__(self, folder: "JobFolder") -> None:
        super().__init__()
        self.folder = folder


class EvaluationWanted(Message):
    """Compare base and tuned of a run on its held-out rows."""

    def __init__(self, run: "JobFolder") -> None:
        super().__init__()
        self.run = run


class RecipeChanged(Message):
    """The recipe's file was written: panes that show what follows from it refresh."""


class ProjectWanted(Message):
    """Open a project, on a run of it where one is named."""

    def __init__(self, path: Path, run: "JobFolder | None" = None) -> None:
        super().__init__()
        self.path = path
        self.run = run


class HomeWanted(Message):
    """Show the list of projects and runs."""


class PaneWanted(Message):
    """Bring a pane to the front, by its name in lower case."""

    def __init__(self, pane: str) -> None:
        super().__init__()
        self.pane = pane


class ToldUser(Message):
    """Say one line to the user; `error` stays until read."""

    def __init__(self, text: str, *, error: bool = False) -> None:
        super().__init__()
        self.text = text
        self.error = error
