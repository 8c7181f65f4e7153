"""The templates' own screen: what there is, what each is for, and the recipe of the one that is chosen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from engine.errors import UserError
from projects import SCHEME
from tui.commands import bindings, find
from tui.messages import HomeWanted
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.words import toml_lines
from tui.screens.base import CommandScreen
from tui.visible import one_line, visible
from tui.widgets.key_line import KeyLine
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Ink, Line, cells, fit
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from engine.home import Home
    from engine.templates import Template
    from engine.templates.about import About

READING: list[Line] = [[("reading …", "dim")]]
_NAME, _WHOSE, _METHOD, _BASE = 22, 13, 10, 24
"""Columns of a row; what it is for takes the rest."""
_WIDE = 100
"""Columns from which the base has its own; it is named above the recipe too."""


class TemplatesRead(Message):
    """All there are."""

    def __init__(self, found: "Sequence[About]") -> None:
        super().__init__()
        self.found = found


class TemplatesScreen(CommandScreen):
    """Shipped and own templates."""

    PLACE = "templates"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "edition(-1)", "older edition", show=False),
        Binding("right,l", "edition(1)", "newer edition", show=False),
        Binding("tab", "app.focus_next", "list or recipe", show=False, tooltip="from the list to the recipe and back"),
        *bindings("templates"),
    ]
    CSS = """
    TemplatesScreen {
        & #shelf { height: 1fr; layout: vertical; }
        & #templates { height: auto; max-height: 55%; }
        & #preview { height: 1fr; border-top: solid $panel; padding: 0 1; }
        & #preview:focus { border-top: solid $accent; }
    }
    """

    def __init__(self, home: "Home") -> None:
        super().__init__(home)
        self._found: dict[str, About] = {}
        self._edition: dict[str, Template] = {}
        """Editions that are looked at, where that is not the newest."""

    def compose(self) -> ComposeResult:
        """The list above, the recipe of the chosen one below."""
        with Container(id="shelf"):
            yield ChoosingList("Templates", READING, id="templates")
            yield Reading(id="preview")
        yield KeyLine()

    def on_mount(self) -> None:
        """Read them."""
        self.query_one(ChoosingList).focus()
        self._read()

    def help(self) -> tuple[str, str]:
        """What this screen is."""
        from tui.screens.help import TEMPLATES_HELP

        return "Templates", TEMPLATES_HELP

    def go_home(self) -> None:
        """Back to the lists."""
        self.post_message(HomeWanted())

    def templates_changed(self, changed: bool | None = True) -> None:
        """Read them again."""
        if changed:
            self._read()

    @work(thread=True, exclusive=True, group="templates")
    def _read(self) -> None:
        from engine.templates.about import about_all

        self.post_message(TemplatesRead(sorted(about_all(self.home), key=lambda it: it.template.builtin)))

    def on_templates_read(self, message: TemplatesRead) -> None:
        """Show them, one's own first."""
        self._found = {about.template.name: about for about in message.found}
        self._edition.clear()
        self._show_rows()
        self._show_preview()

    def _show_rows(self) -> None:
        rows = [Row(name, lambda width, about=about: self._row(about, width)) for name, about in self._found.items()]  # type: ignore[misc]
        self.query_one(ChoosingList).show(rows)

    @property
    def _about(self) -> "About | None":
        return self._found.get(self.query_one(ChoosingList).chosen or "") if self.is_mounted else None

    @property
    def template(self) -> "Template | None":  # type: ignore[override]
        """The edition that is chosen."""
        about = self._about
        return self._edition.get(about.template.name, about.template) if about is not None else None

    def _row(self, about: "About", width: int) -> Line:
        shown = self._edition.get(about.template.name, about.template)
        whose = "shipped" if shown.builtin else f"yours, @{shown.edition}"
        whose = f"yours, ◂@{shown.edition}▸" if len(about.editions) > 1 else whose
        parts: list[tuple[str, int, Ink]] = [
            (about.template.name, _NAME, ""),
            (whose, _WHOSE, "dim" if shown.builtin else "accent"),
            (about.method, _METHOD, ""),
        ]
        if width >= _WIDE:
            parts.append((_short(about.base), _BASE, "dim"))
        line: Line = [(fit(visible(text), room) + " ", ink) for text, room, ink in parts]
        rest, ink = (f"✗ {about.problem}", "error") if about.problem else (about.template.description, "dim")
        return [*line, (one_line(rest, max(0, width - cells(line))), ink)]  # type: ignore[list-item]

    @on(ChoosingList.Chosen)
    def _show_preview(self) -> None:
        template = self.template
        if template is None:
            return
        try:
            text, fault = template.text(), ""
        except UserError as error:
            text, fault = "", str(error)
        what = self._about
        does = f" · {what.method} on {what.base}" if what is not None and what.recipe is not None else ""
        about = f"{template.reference}{does} · {template.description}"
        self.query_one("#preview", Reading).show(
            lambda width: [[(one_line(about, width), "bold")], *toml_lines(text, fault, width)]
        )
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Editions are turned where there are several."""
        if action == "edition":
            return self._about is not None and len(self._about.editions) > 1
        return super().check_action(action, parameters)

    def action_edition(self, by: int) -> None:
        """Look at another edition."""
        about, now = self._about, self.template
        if about is None or now is None:
            return
        place = [it.edition for it in about.editions].index(now.edition) + by
        self._edition[now.name] = about.editions[min(max(0, place), len(about.editions) - 1)]
        self._show_rows()
        self._show_preview()

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()
        find("new-from-template").run(self)


def _short(base: str) -> str:
    """A base model without its owner; that which comes with ttune as recipes name it."""
    return base if base.startswith(SCHEME) else base.rpartition("/")[2] or base
