"""`?`: what the pane is for, its ideas explained, and every key of the context."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Markdown, Static

from tui.commands import Group, commands
from tui.screens.base import CommandScreen
from tui.widgets.key_line import KeyLine

GROUPS: tuple[Group, ...] = ("Runs", "Project", "Templates", "Studio")
KEY_WIDTH = 12

HOME_HELP = """
**Every project and every run of this home, live ones first.**

A *project* holds a recipe, its data and its runs. A *run* is one training of the recipe as it was at that moment,
in a process of its own: it goes on when the studio is closed, the line is cut, or another studio looks at it too.

Enter opens a project; on a run, it opens the project with that run in front.

**T** shows the templates that projects start from. **i** makes a project of an Axolotl, LLaMA-Factory or trl YAML, and
shows what of it has no equivalent first.
"""

TEMPLATES_HELP = """
**Recipes to start projects from: those that come with ttune, and your own.**

Each row says the edition, what is trained how on which base, and what it is for; below it stands its recipe, and the
files that it brings. **tab** goes there to read on. **←** and **→** turn to other editions: saving a template again
under its name makes the next one, and editions never change.

- **n** or **enter** makes a project of the edition that is shown.
- **e** writes it as one file to give away, **i** takes such a file in. What is inside is shown before, above all
  code, which runs execute with your rights.
- **d** compares it with another template or a project, setting by setting.
- **x** deletes one of your own. There is no way back, so it asks; projects that were made of it keep their copy.

A project's recipe is saved as a template from the project: *Save as a template* in the list of all commands.
"""


class HelpScreen(ModalScreen[None]):
    """Help over the screen it explains."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "close"),
        Binding("down,j", "scroll(1)", "down", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("pagedown,space", "scroll(15)", "more"),
        Binding("pageup,b", "scroll(-15)", "back", show=False),
    ]

    def __init__(self, explained: CommandScreen) -> None:
        super().__init__()
        self._explained = explained

    def compose(self) -> ComposeResult:
        """The pane's own words, then keys."""
        title, text = self._explained.help()
        with Vertical(id="help"):
            with VerticalScroll(can_focus=False):
                yield Static(Content(title), classes="title")
                yield Markdown(text, open_links=False)
                yield Static(Content("\n").join(self._keys()))
            yield KeyLine()

    def action_scroll(self, by: int) -> None:
        """Move the text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def _keys(self) -> Iterator[Content]:
        """Keys of what has the focus and its parents, then the commands by group."""
        own = list(self._own_keys())
        if own:
            yield Content.styled("Here", "bold")
            yield from own
        for group in GROUPS:
            of_group = [command for command in commands(self._explained.PLACE) if command.group == group]
            if not of_group:
                continue
            yield Content("")
            yield Content.styled(group, "bold")
            for command in of_group:
                key = self.app.get_key_display(Binding(command.key.split(",")[0], "", "")) if command.key else "ctrl+p"
                twin = f"  {command.twin}" if command.twin else ""
                yield _entry(key, f"{command.title}. {command.help}", twin)

    def _own_keys(self) -> Iterator[Content]:
        told: set[str] = set()
        for key, name in self._explained.panes():
            yield _entry(key, f"{name} pane", "")
        for active in self._explained.active_bindings.values():
            binding = active.binding
            general = (
                binding.action.startswith(("command(", "app.", "screen.", "show_pane(")) or binding.id == "palette"
            )
            if general or binding.action in told or not (binding.show or binding.tooltip) or not binding.description:
                continue
            told.add(binding.action)
            yield _entry(self.app.get_key_display(binding), binding.tooltip or binding.description, "")


def _entry(key: str, text: str, twin: str) -> Content:
    return Content.assemble((f"{key:>{KEY_WIDTH}}  ", "$accent bold"), text, (twin, "$dim"))
