"""Ctrl+P: every command by name, and the list of themes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import Matcher

from tui.commands import commands
from tui.messages import PaneWanted
from tui.screens.base import CommandScreen
from tui.screens.dialogs import Problems
from tui.visible import visible

if TYPE_CHECKING:
    from tui.app import Studio

Entry = tuple[str, str, Callable[[], object]]
"""What it is called, its help, and what it does."""


class Entries(Provider):
    """Offers a list of entries, all of them before anything is typed.

    Titles and help may be foreign, such as a theme's label. The palette reads text as markup, but no Content.
    """

    def entries(self) -> Iterator[Entry]:
        """What there is to choose from."""
        raise NotImplementedError

    async def discover(self) -> Hits:
        """Every entry."""
        for title, help, action in self.entries():
            yield DiscoveryHit(Content(visible(title)), action, help=_help(help))

    async def search(self, query: str) -> Hits:
        """Entries whose name or help matches."""
        matcher = self.matcher(query)
        for title, help, action in self.entries():
            score = max(matcher.match(title), 0.5 * matcher.match(help))
            if score > 0:
                yield Hit(score, _highlighted(matcher, visible(title)), action, help=_help(help))


def _highlighted(matcher: Matcher, title: str) -> Content:
    """The title with what matches marked; `Matcher.highlight` would read it as markup."""
    content = Content(title)
    for offset in matcher.fuzzy_search.match(matcher.query, title)[1]:
        content = content.stylize(matcher.match_style, offset, offset + 1)
    return content


def _help(text: str) -> str:
    """Help as Content. The palette takes it, though `Hit.help` is declared as text; `escape` misses open brackets."""
    return cast(str, Content(visible(text)))


class CommandEntries(Entries):
    """The commands that can be done on the screen behind, and its panes."""

    def entries(self) -> Iterator[Entry]:
        """Commands in their own order, then panes."""
        screen = self.screen
        if not isinstance(screen, CommandScreen):
            return
        for command in commands(screen.PLACE):
            if command.available(screen):
                twin = f"  ({command.twin})" if command.twin else ""
                yield command.title, command.help + twin, partial(command.run, screen)
        for key, name in screen.panes():
            yield f"{name} pane", f"Key {key}", partial(screen.post_message, PaneWanted(name.lower()))


class ThemeEntries(Entries):
    """Themes, the one in use marked."""

    def entries(self) -> Iterator[Entry]:
        """Themes that come with ttune, and the user's own."""
        studio = cast("Studio", self.app)
        for name, label in studio.theme_labels.items():
            yield label, "in use" if name == studio.theme else name, partial(studio.choose_theme, name)


def open_palette(app: App[Any]) -> None:
    """Show all commands."""
    if not CommandPalette.is_open(app):
        app.push_screen(CommandPalette(providers=[CommandEntries], placeholder="What shall be done?"))


def open_themes(app: App[Any]) -> None:
    """Show all themes."""
    problems = cast("Studio", app).load_themes()
    app.push_screen(CommandPalette(providers=[ThemeEntries], placeholder="Which colours?"))
    if problems:
        app.push_screen(Problems("Themes that are left out", problems))
