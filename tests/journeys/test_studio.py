"""A person's session in the studio, key by key, against real engines."""

import os
import signal

import pytest
from textual.pilot import Pilot

from engine import recipe_file
from engine.job import view
from engine.project import find_project
from engine.start import start_training
from engine.templates import find_template, save_template, start_project
from tests.look.shown import text, until_gone, until_shown
from tests.support import LONG_RUN, follow, quickstart
from tui.app import Studio, going_on

SIZE = (100, 30)
PATIENCE_S = 120.0


async def until_training(pilot: Pilot[None]) -> None:
    """Wait for the first steps on the Run pane."""
    await until_shown(pilot, "training", "smoothed", "steps", patience_s=PATIENCE_S)


async def test_an_empty_home_teaches_and_a_first_project_is_made_and_trained(home):
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "No project yet.", "No run yet.", "new project")
        await pilot.press("n")
        await until_shown(pilot, "Template: what it starts from", "quickstart")
        await pilot.press(*"my tickets", "ctrl+s")
        await until_shown(pilot, "not a usable name")
        await pilot.press(*["backspace"] * 8, *"tickets", "ctrl+s")
        await until_shown(pilot, "mytickets no run yet", "1 Data")
        await pilot.press("3")
        await until_shown(pilot, "No run yet. t starts one")
        await pilot.press("t")
        await until_shown(pilot, "#1")
        await until_training(pilot)
        await pilot.press("s")
        await until_shown(pilot, "Stop mytickets #1?")
        await pilot.press("enter")
        await until_gone(pilot, "Stop mytickets #1?")
        await pilot.press("s", "y")
        await until_shown(pilot, "Stopped after", "saved", patience_s=PATIENCE_S)
        assert going_on(home) == []
        await pilot.press("escape")
        await until_shown(pilot, "mytickets #1", "stopped at step")


async def test_a_live_run_is_listed_first_attached_to_and_goes_on_after_leaving(home):
    run = start_training(quickstart(home), LONG_RUN)
    studio = Studio(home)
    async with studio.run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "● tickets #1", "a attach")
        await pilot.press("a")
        await until_training(pilot)
        await pilot.press("q")
    assert studio.return_code == 0
    assert going_on(home) == ["tickets #1 goes on: ttune attach tickets#1"]
    before = view(run).state.step
    follow(run, lambda seen: seen.state.step > before, "steps after the studio was left")


async def test_an_engine_that_is_killed_is_shown_as_dead_with_its_last_step(home):
    project = quickstart(home)
    run = start_training(project, LONG_RUN)
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_training(pilot)
        os.kill(int(run.lock.read_text()), signal.SIGKILL)
        await until_shown(pilot, "dead at step", "The engine is gone at step", patience_s=15)
        last = view(run).state.step
        assert f"dead at step {last:,}" in text(pilot)


async def test_every_mistake_that_keeps_a_run_from_starting_is_listed(home):
    project = quickstart(home)
    broken = project.recipe_path.read_text().replace("[training]", "[training]\nlerning_rate = 1e-4\nseed = -1")
    project.recipe_path.write_text(broken + "\n[hardware]\nbackend = 'cuda'\n")
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("3", "t")
        await until_shown(
            pilot, "Training cannot start", "training.learning_rate?", "training.seed", "hardware.backend"
        )
        await pilot.press("escape")
        await until_gone(pilot, "Training cannot start")
    assert project.runs() == []


async def test_a_template_is_saved_and_offered(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("ctrl+p")
        await until_shown(pilot, "What shall be done?")
        await pilot.press(*"template", "enter")
        await until_shown(pilot, "Save this recipe as a template")
        await pilot.press("end", *"-kept", "enter")
        await until_shown(pilot, "Template tickets-kept saved")
        await until_gone(pilot, "Save this recipe as a template")
        await pilot.press("escape", "escape")
        await until_shown(pilot, "Projects", "Runs")
        await pilot.press("n")
        await until_shown(pilot, "tickets-kept")


@pytest.mark.parametrize("key", ["question_mark", "ctrl+p"])
async def test_help_and_palette_name_every_command(home, key):
    async with Studio(home).run_test(size=(120, 50)) as pilot:
        await until_shown(pilot, "No project yet.")
        await pilot.press(key)
        await until_shown(pilot, "New project from a template", "Choose a theme", "ttune new NAME --template T")
        await pilot.press("escape")
        await until_gone(pilot, "Choose a theme")


async def test_a_theme_is_chosen_by_name_and_remembered(home):
    (home.themes / "mine.toml").write_text("label = 'Mine'")
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "No project yet.")
        await pilot.press("ctrl+p", *"theme", "enter")
        await until_shown(pilot, "Themes that are left out", "dark: is missing: add it")
        await pilot.press("escape")
        await until_shown(pilot, "Which colours?")
        await pilot.press(*"ember", "enter")
        await until_gone(pilot, "Which colours?")
        assert pilot.app.theme == "ember"
    assert Studio(home).theme == "ember"
    home.settings.write_text("theme = [")
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        assert pilot.app.theme == "dark"
        await until_shown(pilot, "settings.toml: cannot be read")


async def test_the_mouse_does_what_keys_do(home):
    quickstart(home, "first")
    quickstart(home, "second")
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "first", "second", "draft")
        await pilot.click("#projects", offset=(6, 2), times=2)
        await until_shown(pilot, "second no run yet", "rows")
        await pilot.click("#tabs", offset=(22, 0))
        await until_shown(pilot, "No run yet. t starts one")
        keys = text(pilot).splitlines()[-1]
        await pilot.click("KeyLine", offset=(keys.index("help"), 0))
        await until_shown(pilot, "Is it learning, is it healthy")
        await pilot.press("escape")
        await until_gone(pilot, "Is it learning, is it healthy")
        await pilot.click("KeyLine", offset=(text(pilot).splitlines()[-1].index("home"), 0))
        await until_shown(pilot, "Projects", "Runs")


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (200, 60)])
async def test_every_pane_opens_at_any_size(home, size):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=size) as pilot:
        await until_shown(pilot, "tickets")
        for pane in "23451":
            await pilot.press(pane)
            await until_shown(pilot, f"{pane} ")
            await pilot.press("question_mark", "escape")


async def test_a_base_is_chosen_for_a_template_with_one_key(home):
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "No project yet.")
        await pilot.press("n")
        await until_shown(pilot, "quickstart", "chat-style", "◂ ttune:quickstart/model")
        await pilot.press(*"queries", "enter", *["down"] * 11)
        await until_shown(pilot, "Qwen/Qwen2.5-Coder-7B-Instruct", "code and SQL on one GPU")
        await pilot.press("right")
        await until_shown(pilot, "Qwen/Qwen2.5-Coder-32B-Instruct")
        await pilot.press("left", "left")
        await until_shown(pilot, "ttune:quickstart/model", "on a CPU")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "queries no run yet", "the template's sample", "1 Data")
    recipe = find_project(home, "queries").recipe()
    assert (recipe.model.base, recipe.template) == ("ttune:quickstart/model", "text-to-sql@1")


async def test_saving_a_template_again_makes_an_edition_and_the_form_says_who_is_behind(home):
    project = quickstart(home)
    save_template(home, project, "kept")
    start_project(home, "follower", find_template(home, "kept"), {})
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        for told in ("kept@1 says the same already: nothing was saved", "Template kept saved as edition 2"):
            await pilot.press("ctrl+p", *"template", "enter")
            await until_shown(pilot, "gets its next edition")
            await pilot.press(*["backspace"] * len(project.name), *"kept", "enter")
            await until_shown(pilot, told)
            recipe_file.save(project.recipe_path, {"training.epochs": 7})
        await pilot.press("escape", "escape")
        await until_shown(pilot, "Projects", "Runs")
        await pilot.press("n")
        await until_shown(pilot, "kept@2", "follower is on an older edition")


async def test_a_fault_behind_a_screen_is_told_and_the_studio_stays(home, monkeypatch):
    def fail() -> None:
        raise MemoryError("too many rows")

    monkeypatch.setenv("TTUNE_HOME", str(home.path))
    monkeypatch.setattr(Studio, "_outlives_workers", True)
    studio = Studio(home)
    async with studio.run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "No project yet.")
        studio.screen.run_worker(fail, thread=True)
        await until_shown(pilot, "Work behind this screen failed", "MemoryError")
        await pilot.press("n")
        await until_shown(pilot, "Template: what it starts from")
    assert studio.fault is None
    assert "too many rows" in (home.path / "ttune.log").read_text()
