"""Random recipes and random keys: the form never fails, and the file is always TOML with its comments."""

import asyncio
import os
import re
import tempfile
from pathlib import Path

import pytest
import tomli
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from textual.screen import Screen

from engine.home import open_home
from engine.project import Project
from tests.pure.recipes import contents, rendered
from tui.app import Studio
from tui.panes.recipe import RecipePane

SESSIONS = int(os.environ.get("KEY_SESSIONS", "5"))
"""About 2 s each; they are others in every run, and `KEY_SESSIONS=100` plays many after a change to the form."""
MOVES = ["up", "down", "j", "k", "g", "G", "pagedown", "pageup", "left_curly_bracket", "right_curly_bracket", "tab"]
CHANGES = ["left", "right", "space", "x", "X", "u", "U", "enter", "backspace", "f", "m"]
SCREENS = ["o", "v", "d", "R", "w", "a", "A", "p", "t", "slash", "escape", "escape", "escape", "c"]
TYPED = [*"0123456789-e.,abtrue", "space", "minus", "comma", "delete", "ctrl+u"]
SIZES = [(80, 24), (140, 40), (40, 10), (100, 50)]


class Host(Studio):
    """The Recipe pane alone, on a screen of its own."""

    def __init__(self, project: Project) -> None:
        super().__init__(open_home())
        self.pane = RecipePane(project)

    def get_default_screen(self) -> Screen[None]:
        class Only(Screen[None]):
            def compose(only):
                yield self.pane

        return Only()


async def play(project: Project, keys: list[str], size: tuple[int, int]) -> None:
    app = Host(project)
    async with app.run_test(size=size) as pilot:
        app.pane.opened()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
    assert app.fault is None, app.fault


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"# ?(one|two|mine|why|because|about the next|newest|the end)$", text, flags=re.M))


@given(
    contents().flatmap(rendered),
    st.lists(st.sampled_from(MOVES + CHANGES * 2 + SCREENS + TYPED), min_size=10, max_size=40),
    st.sampled_from(SIZES),
)
@settings(
    max_examples=SESSIONS, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking plays hundreds of sessions
)  # fmt: skip
def test_no_key_breaks_the_form_and_no_change_the_file(text, keys, size):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TTUNE_HOME", f"{folder}/home")
        project = Project(Path(folder) / "p")
        project.path.mkdir()
        project.recipe_path.write_text(text)
        asyncio.run(play(project, keys, size))
        after = project.recipe_path.read_text()
        tomli.loads(after)
        lost = [comment for comment in comments(text) if comment not in comments(after)]
        assert all(comment in ("why", "because") for comment in lost), "only of a setting that was taken out"
