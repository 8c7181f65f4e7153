"""The palette's entries: foreign titles and help are shown as they are, never read as markup."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.command import DiscoveryHit, Hit
from textual.content import Content
from textual.fuzzy import Matcher
from textual.screen import Screen

from tui.screens.palette import Entries, Entry
from tui.visible import visible

FOREIGN = ["bad [/x] label", 'open [/",', "odd [A=!1", "[b]bold[/b]", "esc \x1b[2J", "back\\", "[@click=app.quit]x"]


class Foreign(Entries):
    """One entry of foreign text."""

    def __init__(self, title: str, help: str) -> None:
        super().__init__(cast(Screen[Any], None))
        self.entry = title, help

    def entries(self) -> Iterator[Entry]:
        """The one."""
        yield *self.entry, lambda: None

    def matcher(self, user_input: str, case_sensitive: bool = False) -> Matcher:
        """Without a screen there is no style to take."""
        return Matcher(user_input)


def shown(hit: Hit | DiscoveryHit) -> tuple[str, str]:
    """Title and help, as the palette reads them."""
    return Content.from_markup(cast(str, hit.prompt)).plain, Content.from_markup(hit.help or "").plain


@pytest.mark.parametrize("text", FOREIGN)
async def test_foreign_text_is_shown_as_it_is(text: str) -> None:
    entries = Foreign(text, text)
    (discovered,) = [hit async for hit in entries.discover()]
    (found,) = [hit async for hit in entries.search(text[:3])]
    assert shown(discovered) == shown(found) == (visible(text), visible(text))


@given(title=st.text(min_size=1), help=st.text())
async def test_no_text_is_read_as_markup(title: str, help: str) -> None:
    (hit,) = [hit async for hit in Foreign(title, help).discover()]
    assert shown(hit) == (visible(title), visible(help))


async def test_what_matches_is_marked() -> None:
    (hit,) = [hit async for hit in Foreign("[x] dark", "").search("dark")]
    prompt = cast(Content, hit.prompt)
    assert sorted(span.start for span in prompt.spans) == [4, 5, 6, 7]
