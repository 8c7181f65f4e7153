"""The virtual table: at any number of rows it asks for those on the screen, and keys go where they say."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tui.widgets.painted import Line
from tui.widgets.table import Column, Table, fit_line

ROWS = 1_000_000
HEIGHT = 20
COLUMNS = [Column("#", 8, right=True), Column("text"), Column("more", share=2)]


class CountingSource:
    """Rows that remember having been asked for."""

    def __init__(self, count: int = ROWS) -> None:
        self.count = count
        self.asked: list[int] = []

    def cells(self, row: int) -> Sequence[Line]:
        self.asked.append(row)
        return [[(str(row), "dim")], [(f"row \x1b[31m{row}", "")], [("漢字" * 40, "")]]


class TableApp(App[None]):
    """A table and nothing else."""

    def __init__(self, source: CountingSource) -> None:
        super().__init__()
        self.source = source
        self.chosen: list[int] = []
        self.opened: list[int] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict.fromkeys(("dim", "good", "warn", "side-base", "side-tuned"), "#888888")

    def compose(self) -> ComposeResult:
        yield Table(COLUMNS)

    def on_mount(self) -> None:
        self.table.show(self.source)
        self.table.focus()

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    def on_table_chosen(self, message: Table.Chosen) -> None:
        self.chosen.append(message.row)

    def on_table_opened(self, message: Table.Opened) -> None:
        self.opened.append(message.row)


def lines(app: TableApp) -> list[str]:
    return [app.table.render_line(y).text for y in range(app.table.size.height)]


async def test_a_million_rows_are_never_walked_through():
    source = CountingSource()
    app = TableApp(source)
    began = time.perf_counter()
    async with app.run_test(size=(80, HEIGHT)) as pilot:
        await pilot.pause()
        assert time.perf_counter() - began < 5
        assert set(source.asked) <= set(range(HEIGHT))
        source.asked.clear()
        await pilot.press("G")
        await pilot.pause()
        assert app.table.cursor == ROWS - 1
        assert set(source.asked) <= {0, *range(ROWS - HEIGHT, ROWS)}
        assert str(ROWS - 1) in lines(app)[-1]
        source.asked.clear()
        app.table.move_to(ROWS // 2, centre=True)
        await pilot.pause()
        asked = set(source.asked) - {ROWS - 1}
        assert asked
        assert all(abs(row - ROWS // 2) <= HEIGHT for row in asked)


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ("j j down", 3), ("j j k", 1), ("k", 0), ("pagedown", HEIGHT - 1), ("ctrl+f ctrl+b", 0),
        ("ctrl+d", (HEIGHT - 1) // 2), ("G", ROWS - 1), ("G up", ROWS - 2), ("end home", 0),
        ("end g down", 1), ("G j j", ROWS - 1),
    ],
)  # fmt: skip
async def test_keys(keys, row):
    app = TableApp(CountingSource())
    async with app.run_test(size=(60, HEIGHT)) as pilot:
        await pilot.press(*keys.split())
        await pilot.pause()
        assert app.table.cursor == row
        assert app.chosen[-1] == row
        shown = [line for line in lines(app) if line.startswith("▸")]
        assert len(shown) == 1
        assert f" {row} " in shown[0]
        await pilot.press("enter")
        await pilot.pause()
        assert app.opened == [row]


async def test_one_step_down_repaints_two_rows_and_reads_none_again():
    source = CountingSource()
    app = TableApp(source)
    async with app.run_test(size=(60, HEIGHT)) as pilot:
        await pilot.pause()
        source.asked.clear()
        await pilot.press("j")
        await pilot.pause()
        assert set(source.asked) <= {0, 1}


async def test_header_stays_lines_fill_the_width_and_nothing_drives_the_terminal():
    app = TableApp(CountingSource())
    async with app.run_test(size=(60, HEIGHT)) as pilot:
        for key in ("g", "G"):
            await pilot.press(key)
            await pilot.pause()
            shown = lines(app)
            assert shown[0].split() == ["#", "text", "more"]
            assert {cell_len(line) for line in shown} == {app.table.scrollable_content_region.width}
            assert "\x1b" not in "".join(shown)
            assert "␛[31m" in shown[1]


async def test_a_smaller_source_keeps_the_choice_within_it_and_an_empty_one_is_blank():
    app = TableApp(CountingSource())
    async with app.run_test(size=(60, HEIGHT)) as pilot:
        await pilot.press("G")
        app.table.show(CountingSource(5))
        await pilot.pause()
        assert (app.table.cursor, app.table.count) == (4, 5)
        app.table.show(CountingSource(0))
        await pilot.press("j", "G", "enter")
        await pilot.pause()
        assert app.opened == []
        assert "".join(lines(app)[1:]).strip() == ""


async def test_the_mouse_chooses_scrolls_and_opens():
    app = TableApp(CountingSource())
    async with app.run_test(size=(60, HEIGHT)) as pilot:
        await pilot.click(Table, offset=(10, 5))
        assert app.table.cursor == 4
        await pilot.click(Table, offset=(10, 5), times=2)
        await pilot.pause()
        assert app.opened[-1] == 4
        before = app.table.scroll_offset.y
        app.table._on_mouse_scroll_down(_wheel(app))
        await pilot.pause()
        assert app.table.scroll_offset.y > before


async def test_other_widths_are_shared_out_again():
    app = TableApp(CountingSource())
    async with app.run_test(size=(60, HEIGHT)) as pilot:
        for width, height in ((100, 12), (30, 6), (12, 4)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert {cell_len(line) for line in lines(app)} == {app.table.scrollable_content_region.width}
            assert any(line.startswith("▸") for line in lines(app))


@given(st.lists(st.tuples(st.text(max_size=20), st.just("")), max_size=4), st.integers(0, 30), st.booleans())
def test_a_line_is_fitted_to_its_cells(line, width, right):
    fitted = fit_line(line, width, right=right)
    assert sum(cell_len(text) for text, _ in fitted) == width
    assert "\x1b" not in "".join(text for text, _ in fitted)


def _wheel(app):
    from textual.events import MouseScrollDown

    return MouseScrollDown(app.table, 5, 5, 0, 1, 0, False, False, False)
