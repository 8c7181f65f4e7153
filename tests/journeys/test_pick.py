"""A list to choose from, over any screen: the keys stay below it however many rows there are and however low it is."""

import pytest
from textual.app import App

from tests.look.shown import text, until_shown
from tui.app import Studio
from tui.panes.recipe.asking import Choice, Pick

LONG = "it is so for a reason that takes more than a line to say, and then some words, " * 4


def pick(helps: str, hint: str) -> Pick:
    return Pick("Which?", [Choice(f"c{n}", f"choice {n}", helps) for n in range(16)], lambda keys: None, hint=hint)


async def opened(app: "App[None]", helps: str, hint: str) -> None:
    await app.push_screen(pick(helps, hint))


@pytest.mark.parametrize("size", [(80, 24), (80, 30), (60, 20), (40, 10), (140, 40)])
@pytest.mark.parametrize(("helps", "hint"), [("", ""), ("short", "enter takes one"), (LONG, "enter takes one")])
async def test_keys_are_whole_below_the_list(home, size, helps, hint):
    async with Studio(home).run_test(size=size) as pilot:
        await until_shown(pilot, "n")
        await opened(pilot.app, helps, hint)
        await until_shown(pilot, "Which?", "choice 0", "⏎ keep")
        rows = text(pilot).splitlines()
        foot = next(y for y, row in enumerate(rows) if "⏎ keep" in row)
        assert "╰" in rows[foot + 1], "nothing of the box is below its keys but its border"
        await pilot.press("end")
        await until_shown(pilot, "choice 15", "⏎ keep")
