"""A value that is not right yet outlives the studio, however that ends. Real terminals, real keys."""

import pytest

from engine.home import Home
from engine.recipe_file import load
from tests.faults.terminal import Terminal
from tests.support import quickstart, until
from tui.unwritten import NAME, left_unwritten


def in_recipe(home: Home, shown: str) -> Terminal:
    """The studio, at the recipe that says this."""
    studio = Terminal(home.path, "tickets")
    studio.shows("rows · messages")
    studio.press("2")
    studio.shows(shown)
    return studio


def found_rank(home: Home) -> Terminal:
    """The studio, in whose recipe the rank was searched for."""
    studio = in_recipe(home, "start training")
    studio.press("/rank\r")
    studio.shows("adapter.rank")
    return studio


def at_rank(home: Home) -> Terminal:
    """The studio, in whose recipe the rank is being typed: 0 so far."""
    studio = found_rank(home)
    studio.press("\r")
    studio.shows("⏎ keep")
    studio.press("\x150")  # ctrl+u empties the line
    studio.shows("✗ must be greater")
    return studio


def is_there_again(home: Home) -> None:
    """In another studio it is shown with what is wrong, and is written once it is mended."""
    studio = in_recipe(home, "1 change not written yet")
    studio.press("p")
    studio.shows("must be greater than or equal to 1, not 0")
    studio.press("l")
    studio.shows("written to project.toml")
    studio.press("q")
    assert studio.wait() == 0
    assert list(left_unwritten(home)) == []


@pytest.mark.parametrize("end", ["q", "ctrl+q in the middle of typing", "escape, then q", "hang-up", "kill"])
def test_a_wrong_value_is_kept_however_the_studio_ends(home: Home, end: str) -> None:
    project = quickstart(home)
    before = load(project.recipe_path)
    studio = at_rank(home)
    if end.startswith("ctrl+q"):
        studio.press("\x11")
    else:
        studio.press("\r")
        studio.shows("1 change not written yet")
        until((project.path / NAME).exists, "what waits to be kept")
    if end == "hang-up":
        studio.hang_up()
    elif end == "kill":
        studio.kill()
    else:
        if end.startswith("escape"):
            studio.press("\x1b")
            studio.shows("answers only")  # the search has ended
            studio.press("\x1b")
            studio.shows("new project")
        if not end.startswith("ctrl"):
            studio.press("q")
        assert studio.wait() == 0
        studio.shows("tickets: 1 change to the recipe not written yet, and kept")
    assert load(project.recipe_path) == before
    assert list(left_unwritten(home)) == [("tickets", 1)]
    is_there_again(home)


def test_keys_that_come_in_a_burst_are_taken_in_their_order(home: Home) -> None:
    """As over a slow line: the value, enter, and what is done next."""
    project = quickstart(home)
    studio = found_rank(home)
    for value, after in ((8, 32), (64, 256)):
        studio.press("\r")
        studio.shows("⏎ keep")
        studio.press(f"\x15{value}\rll")
        until(lambda after=after: load(project.recipe_path).adapter.rank == after, f"two steps from {value}")
    studio.press("q")
    assert studio.wait() == 0
