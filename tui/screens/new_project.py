"""A new project from a template: its name, the template, its base model and, if wanted, a file of one's own data."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.errors import UserError
from tui.messages import ProjectWanted
from tui.screens.dialogs import Dialog
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from engine.home import Home
    from engine.templates import Template
    from tui.screens.base import CommandScreen
    from tui.screens.template_offers import Offer


_ABOUT = 66
"""Columns that a name and what is said of it share."""


class TemplatesRead(Message):
    """Templates there are."""

    def __init__(self, found: "list[Offer]") -> None:
        super().__init__()
        self.found = found


class Made(Message):
    """The project is on disk, or `problem` says why not."""

    def __init__(self, path: Path | None, decided: list[str], problem: str) -> None:
        super().__init__()
        self.path = path
        self.decided = decided
        self.problem = problem


class Templates(OptionList):
    """The templates; left and right go through the bases of the one that is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "screen.other_base(1)", "next base"),
        Binding("left", "screen.other_base(-1)", "base before", show=False),
    ]


class NewProjectForm(Dialog):
    """Three fields and a choice. Enter goes on to the next, ctrl+s makes the project."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "make", "make it"),
        Binding("tab", "app.focus_next", "next field"),
        Binding(
            "ctrl+o", "import", "another tool's YAML", tooltip="make it of Axolotl's, LLaMA-Factory's or trl's file"
        ),
        Binding("escape", "close", "cancel"),
    ]

    def __init__(self, home: "Home", wanted: "Template | None" = None) -> None:
        """`wanted`: the template that is chosen at first; None chooses the default."""
        super().__init__()
        self._home = home
        self._wanted = wanted
        self._offers: list[Offer] = []

    def compose(self) -> ComposeResult:
        """Name, template and base, data."""
        with Vertical(classes="box"):
            yield Static(Content("New project"), classes="title")
            yield Static(Content("Name"), classes="hint")
            yield Input(placeholder="letters, digits, . _ -", id="name", compact=True)
            yield Static(Content("Template: what it starts from"), classes="hint")
            yield Templates(id="template", compact=True)
            yield Static("", id="base", markup=False)
            yield Static(Content("Your data: .jsonl .json .csv .tsv .parquet; empty: the template's"), classes="hint")
            yield Input(placeholder="path of a file", id="data", compact=True)
            yield Static("", id="problem", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Read the templates."""
        self.run_worker(self._read, name="read templates", group="templates", thread=True)

    def _read(self) -> None:
        from tui.screens.template_offers import offers

        self.post_message(TemplatesRead(offers(self._home, self._wanted)))

    def on_templates_read(self, message: TemplatesRead) -> None:
        """Offer them, the first one chosen."""
        self._offers = message.found
        options = self.query_one("#template", OptionList)
        for offer in message.found:
            about = one_line(offer.about, _ABOUT - len(offer.name))
            options.add_option(
                Option(Content.assemble(visible(offer.name), ("  " + about, "$dim")), offer.template.name)
            )
        names = [offer.template.name for offer in message.found]
        wanted = names.index(self._wanted.name) if self._wanted is not None and self._wanted.name in names else 0
        options.highlighted = wanted if message.found else None

    @on(OptionList.OptionHighlighted)
    def show_base(self) -> None:
        """Say which base the chosen template would get."""
        from tui.cli.starting import size_words

        offer = self._offer
        if offer is None or not offer.bases:
            self.query_one("#base", Static).update("")
            return
        model = offer.bases[offer.chosen]
        left, right = ("◂ ", " ▸") if len(offer.bases) > 1 else ("", "")
        first = (("Base ", "$dim"), (left, "$accent"), visible(model.id), (right, "$accent"), f"  {model.why}")
        self.query_one("#base", Static).update(Content.assemble(*first, ("\n     " + size_words(model), "$dim")))

    def action_other_base(self, by: int) -> None:
        """Choose another of the bases that suit."""
        if self._offer is not None:
            self._offer.turn(by)
            self.show_base()

    @property
    def _offer(self) -> "Offer | None":
        place = self.query_one("#template", OptionList).highlighted
        return None if place is None or place >= len(self._offers) else self._offers[place]

    @on(Input.Submitted, "#name")
    @on(OptionList.OptionSelected)
    def go_on(self) -> None:
        """Enter leads to the next field."""
        self.focus_next()

    @on(Input.Submitted, "#data")
    def action_make(self) -> None:
        """Make the project of what is in the fields."""
        offer = self._offer
        if offer is None:
            self._show_problem("no template to start from")
            return
        name, data = (self.query_one(f"#{field}", Input).value.strip() for field in ("name", "data"))
        self._show_problem("")
        self.run_worker(
            lambda: self._make(name, offer, data), name="make project", group="make", thread=True, exclusive=True
        )

    def _make(self, name: str, offer: "Offer", data: str) -> None:
        from engine.project import check_name
        from engine.templates import start_project
        from tui.cli.starting import about_sample, base_settings

        template, recipe = offer.template, offer.recipe
        try:
            check_name(name)
            settings, decided = _of_data(self._home, template, data)
            if recipe is not None and offer.chosen:
                settings |= base_settings(recipe, offer.base)
            if recipe is not None and not data:
                decided = about_sample(template, recipe)
            self.post_message(Made(start_project(self._home, name, template, settings).path, decided, ""))
        except UserError as error:
            self.post_message(Made(None, [], str(error)))

    def on_made(self, message: Made) -> None:
        """Open the project, or show what is wrong."""
        if message.path is None:
            self._show_problem(message.problem)
            return
        self.dismiss(True)
        if message.decided:
            self.app.notify("\n".join(visible(line) for line in message.decided), timeout=10, markup=False)
        self.app.post_message(ProjectWanted(message.path))

    def _show_problem(self, text: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(visible(text, lines=True), "$error"))

    def action_import(self) -> None:
        """Ask for another tool's file instead."""
        from tui.screens.import_configuration import ImportConfigurationForm

        self.dismiss(False)
        self.app.push_screen(ImportConfigurationForm(self._home))

    def action_close(self) -> None:
        """Nothing is made."""
        self.dismiss(False)


_NOT_ASKED: dict[str, Any] = {
    "held_out": None, "prompt": None, "answer": None, "system": None, "patterns": (), "settings": (),
}  # fmt: skip
"""What the command line can be told of the data, and the form leaves to be recognised."""


def _of_data(home: "Home", template: "Template", data: str) -> tuple[dict[str, Any], list[str]]:
    """What the recipe needs changed for a file of one's own, and what was decided for the user."""
    if not data:
        return {}, []
    from tui.cli.own_data import settings_for

    return settings_for(home, template, Namespace(**_NOT_ASKED, data=data))


def open_form(screen: "CommandScreen") -> None:
    """Ask for name, template and data."""
    screen.app.push_screen(NewProjectForm(screen.home, screen.template))
