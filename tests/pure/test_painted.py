"""Painted widgets: what they paint is on the screen whole, with border and padding or without."""

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from tui.widgets.painted import Line, Painted


class Words(Painted):
    """Lines that fill what there is of the width."""

    DEFAULT_CSS = "Words { width: 14; height: 4; }"

    def __init__(self) -> None:
        super().__init__()
        self.words = ["one", "two"]

    def paint(self, width: int, height: int) -> Sequence[Line]:
        return [[(word, ""), ("." * (width - len(word) - 1), ""), ("|", "bold")] for word in self.words]


class Host(App[None]):
    """The words and nothing else."""

    def __init__(self, styles: str) -> None:
        super().__init__(css_path=None)
        self.stylesheet.add_source(f"Words {{ {styles} }}")

    def compose(self) -> ComposeResult:
        yield Words()


def shown(app: App[None]) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()][:4]


@pytest.mark.parametrize(
    ("styles", "expected"),
    [
        ("", ["one..........|", "two..........|", "", ""]),
        ("border-top: solid red; border-bottom: solid red;", ["─" * 14, "one..........|", "two..........|", "─" * 14]),
        ("border-left: solid red; padding-left: 1;", ["│ one........|", "│ two........|", "│", "│"]),
        ("padding: 1 2;", ["", "  one......|", "  two......|", ""]),
    ],
    ids=["plain", "lines above and below", "left", "padding"],
)
async def test_border_and_padding_stand_round_what_is_painted(styles, expected):
    app = Host(styles)
    async with app.run_test(size=(20, 4)) as pilot:
        await pilot.pause()
        assert shown(app) == expected
        words = app.query_one(Words)
        words.words = ["one", "six"]
        words.repaint()
        await pilot.pause()
        assert shown(app) == [line.replace("two", "six") for line in expected]


async def test_lines_that_stay_are_not_made_again_until_the_style_is_another():
    app = Host("")
    async with app.run_test(size=(20, 4)) as pilot:
        await pilot.pause()
        words = app.query_one(Words)
        first, second = words._strips
        words.words = ["one", "six"]
        words.repaint()
        assert words._strips[0] is first
        assert words._strips[1] is not second
        words.styles.background = "red"
        await pilot.pause()
        words.repaint()
        await pilot.pause()
        assert words._strips[0] is not first
        assert shown(app)[:2] == ["one..........|", "six..........|"]
