"""What every pane of a project's screen shares."""

from typing import ClassVar

from textual.containers import Vertical
from textual.reactive import var

from engine.job import JobView
from engine.project import Project


class Pane(Vertical):
    """One pane. The screen pushes state down; a pane posts messages up (`tui.messages`), it never reaches further."""

    NAME: ClassVar[str]
    """What its tab says."""
    HELP: ClassVar[str] = ""
    """Markdown for the `?` screen: the pane's question, its ideas explained, its keys."""

    view: var[JobView | None] = var(None)
    """The run being watched (a train job); None when the project has none. Changes up to four times a second."""

    def __init__(self, project: Project) -> None:
        super().__init__(id=self.NAME.lower())
        self.project = project

    def opened(self) -> None:
        """The pane has come to the front: put the focus where a person would, refresh what may have changed."""

    def recipe_changed(self) -> None:
        """The recipe's file was written, by this studio: refresh what follows from it."""

    def summary(self) -> str:
        """The few words at the right of the tab line, such as "1,214 rows · messages"; plain text."""
        return ""
