"""How screens look, as SVG, from prewritten journals with fixed times. Few, and each was looked at.

When a look changes on purpose: `RENEW_LOOKS=1 python -m pytest tests/look`, then look at what changed in
`tests/look/expected` before keeping it. The pictures hold for the version of Textual in constraints.txt.
"""

import json
import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

from engine import hardware, recipe_file, situation
from engine.home import Home, open_home
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation
from engine.templates import find_template, save_template, start_project
from projects import resource
from tests.look import journals
from tests.look.shown import picture, until_shown
from tui.app import Studio
from tui.settings import remember

EXPECTED = Path(__file__).parent / "expected"
RECORDED = Path(__file__).parents[1] / "recorded" / "bridges"
PATIENCE_S = 20.0


class FakeMonitorOfTwoH200s:
    """Two GPUs that this machine does not have, read at the moment at which everything is looked at."""

    def __init__(self, disk: Path) -> None:
        """Reads nothing."""

    def read(self) -> hardware.HardwareReading:
        return journals.reading(journals.NOW, gpus=True)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The prewritten home, at the moment NOW; #3 of ticket-triage lives."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(time, "time", lambda: journals.NOW)
    monkeypatch.setattr(hardware, "HardwareMonitor", FakeMonitorOfTwoH200s)
    open_home()
    written = Home(Path("home"))
    runs = journals.write_home(written)
    holder = journals.hold_lock(runs["live"])
    yield written
    holder.kill()
    holder.wait()
    monkeypatch.undo()
    time.tzset()


def studio(home: Home, theme: str, project: str | None = None) -> Studio:
    remember(home.settings, "theme", theme)
    return Studio(home, home.projects / project if project else None)


async def compare(pilot: Pilot[None], name: str) -> None:
    """The screen against the stored picture of this name."""
    await pilot.pause()
    seen = normal(picture(pilot))
    path = EXPECTED / f"{name}.svg"
    if os.environ.get("RENEW_LOOKS"):
        EXPECTED.mkdir(exist_ok=True)
        path.write_text(seen, encoding="utf-8")
    stored, patience_ends = path.read_text(encoding="utf-8"), time.monotonic() + PATIENCE_S
    while seen != stored and time.monotonic() < patience_ends:  # parts of a screen come from workers
        await pilot.pause(0.05)
        seen = normal(picture(pilot))
    if seen != stored:
        actual = Path(os.environ.get("PYTEST_LOOKS", "/tmp")) / f"look-{name}.svg"
        actual.write_text(seen, encoding="utf-8")
        pytest.fail(f"{name} looks different: compare {actual} with {path}; see the top of {__file__} to renew it")


def normal(svg: str) -> str:
    """The picture without the number that Rich draws for its ids."""
    return re.sub(r"terminal-\d+", "terminal", svg)


@pytest.mark.parametrize(("columns", "rows", "theme"), [(80, 24, "dark"), (140, 40, "light")])
async def test_home(home, columns, rows, theme):
    async with studio(home, theme).run_test(size=(columns, rows)) as pilot:
        await until_shown(pilot, "2x H200", "ticket-triage #3", "52.1", "sql-assistant #2")
        await compare(pilot, f"home-{columns}x{rows}-{theme}")


@pytest.mark.parametrize(
    ("columns", "rows", "theme"), [(80, 24, "light"), (140, 40, "dark"), (140, 40, "okabe-light"), (40, 10, "dark")]
)
async def test_a_live_run(home, columns, rows, theme):
    async with studio(home, theme, "ticket-triage").run_test(size=(columns, rows)) as pilot:
        await until_shown(pilot, "Learning", "410 steps" if columns > 40 else "epoch 1.2")
        await compare(pilot, f"run-{columns}x{rows}-{theme}")


async def test_a_run_that_ran_out_of_memory(home):
    async with studio(home, "contrast-dark", "sql-assistant").run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "#2")
        await pilot.press("3", "left_square_bracket")
        await until_shown(pilot, "Halve training.micro_batch", "3 steps")
        await compare(pilot, "run-failed-80x24-contrast-dark")


def two_h200s_and_counted_rows(project, recipe):
    """A situation that this machine is not in: what forecasts and advice are made of, fixed."""
    config = json.loads((resource("ttune:quickstart/model") / "config.json").read_text())
    lengths = np.tile(np.arange(60, 160, 4, dtype=np.int32), 38)
    gpu = GpuFacts("NVIDIA H200", int(139.8 * journals.GIB), int(108 * journals.GIB), price_per_hour=3.6)
    data = DataFacts(
        key="fixed", train=950, validation=50, held_out=200, format="messages", lengths=lengths,
        validation_lengths=lengths[:50], exact=True, findings={"near_duplicates": 17},
    )  # fmt: skip
    return Situation(ModelFacts(config, chat_template=True), data, (gpu, gpu), unsloth=True, cores=16)


@pytest.mark.parametrize(("columns", "rows", "theme"), [(80, 24, "light"), (140, 40, "dark")])
async def test_a_recipe_with_its_forecast(home, monkeypatch, columns, rows, theme):
    monkeypatch.setattr(situation, "gather", two_h200s_and_counted_rows)
    async with studio(home, theme, "tone-dpo").run_test(size=(columns, rows)) as pilot:
        await until_shown(pilot, "rows")
        await pilot.press("2")
        await until_shown(pilot, "model.base", " steps")
        await pilot.press("slash", *"adapter.alpha", "enter", "escape", *["right"] * 4)
        said = "! 2 warnings · 2 notes, 4" if columns > 80 else "! 2 · 2, 4"
        await until_shown(pilot, "alpha 256 at rank 16", "f alpha", f"{said} not default")
        await compare(pilot, f"recipe-{columns}x{rows}-{theme}")


async def test_help(home):
    async with studio(home, "dark", "ticket-triage").run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "Learning", "410 steps")
        await pilot.press("question_mark")
        await until_shown(pilot, "Is it learning", "overflows.")
        await compare(pilot, "help-80x24-dark")


def with_a_newer_edition(home: Home) -> None:
    """`next` is of `tone@1`; `tone@2` has another rate, which `next` has changed too, and another rank."""
    source = start_project(home, "tone", find_template(home, "quickstart"), {})
    start_project(home, "next", save_template(home, source, "tone"), {"training.learning_rate": 5e-5})
    recipe_file.save(source.recipe_path, {"training.learning_rate": 1e-3, "adapter.rank": 8})
    save_template(home, source, "tone")


@pytest.mark.parametrize(("columns", "rows", "theme"), [(80, 24, "dark"), (140, 40, "light")])
async def test_templates(home, columns, rows, theme):
    with_a_newer_edition(home)
    async with studio(home, theme).run_test(size=(columns, rows)) as pilot:
        await until_shown(pilot, "ticket-triage #3")
        await pilot.press("T")
        await until_shown(pilot, "yours, ◂@2▸", "tone@2 · sft lora on")
        await compare(pilot, f"templates-{columns}x{rows}-{theme}")


@pytest.mark.parametrize(("columns", "rows", "theme"), [(80, 24, "light"), (140, 40, "dark")])
async def test_a_newer_edition(home, columns, rows, theme):
    with_a_newer_edition(home)
    async with studio(home, theme, "next").run_test(size=(columns, rows)) as pilot:
        await until_shown(pilot, "rows")
        await pilot.press("2")
        await until_shown(pilot, "tone@2 is there")
        await pilot.press("T")
        await until_shown(pilot, "tone@1 → tone@2", "1 of them changed by you too")
        await pilot.press("down")
        await until_shown(pilot, "both have changed it")
        await compare(pilot, f"update-{columns}x{rows}-{theme}")


@pytest.mark.parametrize(("columns", "rows", "theme"), [(80, 24, "dark"), (140, 40, "light")])
async def test_another_tool_s_file(home, columns, rows, theme):
    Path("llama.yml").write_bytes((RECORDED / "axolotl" / "llama-3_lora-8b.yml").read_bytes())
    async with studio(home, theme).run_test(size=(columns, rows)) as pilot:
        await until_shown(pilot, "2x H200", "ticket-triage #3", "52.1", "sql-assistant #2")
        await pilot.press("i")
        await until_shown(pilot, "Import a YAML")
        await pilot.press(*"llama.yml", "enter")
        await until_shown(pilot, "no equivalent: load_in_8bit")
        await compare(pilot, f"import-{columns}x{rows}-{theme}")
