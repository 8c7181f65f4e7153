"""Keep a project's recipe as a template."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from engine.errors import UserError
from tui.messages import ToldUser
from tui.screens.dialogs import Dialog
from tui.visible import visible
from tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from engine.home import Home
    from engine.project import Project
    from tui.screens.base import CommandScreen


class Saved(Message):
    """The template is on disk, or `problem` says why not."""

    def __init__(self, name: str, problem: str, edition: int = 1, *, new: bool = True) -> None:
        """`new`: it was not there before."""
        super().__init__()
        self.name = name
        self.problem = problem
        self.edition = edition
        self.new = new


class SaveTemplateForm(Dialog):
    """Asks for the template's name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "save"),
        Binding("escape", "close", "cancel"),
    ]

    def __init__(self, home: "Home", project: "Project") -> None:
        super().__init__()
        self._home = home
        self._project = project

    def compose(self) -> ComposeResult:
        """One field."""
        with Vertical(classes="box"):
            yield Static(Content("Save this recipe as a template"), classes="title")
            yield Static(
                Content(
                    "Recipe, prompts, metric and reward files; no data, no secret. A name that is there already gets "
                    "its next edition; projects of earlier ones stay as they are. Enter saves it under this name:"
                ),
                classes="hint",
            )
            yield Input(value=self._project.name, placeholder="name", id="name", compact=True)
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Save it under the name in the field."""
        name = self.query_one("#name", Input).value.strip()
        self.run_worker(lambda: self._save(name), name="save template", group="save", thread=True, exclusive=True)

    def _save(self, name: str) -> None:
        from engine.templates import find_saved, save_template

        try:
            new = find_saved(self._home, self._project, name) is None
            template = save_template(self._home, self._project, name)
            self.post_message(Saved(name, "", template.edition, new=new))
        except UserError as error:
            self.post_message(Saved(name, str(error)))

    def on_saved(self, message: Saved) -> None:
        """Close, or show what is wrong."""
        if message.problem:
            problem = Content.styled(visible(message.problem, lines=True), "$error")
            self.query_one("#problem", Static).update(problem)
            return
        self.dismiss(True)
        if not message.new:
            words = f"{message.name}@{message.edition} says the same already: nothing was saved."
            self.app.notify(visible(words), markup=False)
            return
        which = f" as edition {message.edition}" if message.edition > 1 else ""
        self.app.notify(f"Template {message.name} saved{which}: n at home starts a project from it.", markup=False)

    def action_close(self) -> None:
        """Nothing is saved."""
        self.dismiss(False)


def open_form(screen: "CommandScreen") -> None:
    """Ask for the name."""
    if screen.project is None:
        screen.post_message(ToldUser("the project is still being read"))
        return
    screen.app.push_screen(SaveTemplateForm(screen.home, screen.project))
