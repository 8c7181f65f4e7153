"""A person edits the recipe, key by key: what is right is written, what is wrong is told, training starts."""

import os
import pty
import re
import signal
import sys
from contextlib import suppress

from textual.events import Key, MouseScrollDown

from engine.recipe_file import load
from tests.look.shown import text, until_gone, until_shown
from tests.support import SHORT_RUN, quickstart, until
from tui.app import Studio

WIDE = (130, 40)
NARROW = (80, 24)
TO_ADAPTER = "}}}}"


def keys(typed):
    """Textual's names of typed characters."""
    names = {
        "}": "right_curly_bracket",
        "{": "left_curly_bracket",
        "/": "slash",
        " ": "space",
        ".": "full_stop",
        ",": "comma",
        "_": "underscore",
    }
    return [names.get(character, character) for character in typed]


async def opened(pilot):
    """The Recipe pane with its plan."""
    await until_shown(pilot, "rows")
    await pilot.press("2")
    await until_shown(pilot, "model.base", "start training", " steps")


async def test_a_number_is_typed_checked_written_and_taken_back(home):
    project = quickstart(home)
    before = project.recipe_path.read_text()
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await opened(pilot)
        await until_shown(pilot, "90 steps, 16 rows each", "950 train / 50 val / 200 held")
        await pilot.press(*keys(TO_ADAPTER), "down", "enter", "backspace", "backspace", "0")
        await until_shown(pilot, "✗ must be greater than or equal to 1, not 0", "adapter.rank")
        assert project.recipe_path.read_text() == before
        await pilot.press("backspace", "8", "enter")
        await until_shown(pilot, "● rank", "template 16", "lora r 8")
        assert load(project.recipe_path).adapter.rank == 8
        assert project.recipe_path.read_text() == before.replace("rank = 16", "rank = 8"), "comments and order stay"
        await pilot.press("u")
        await until_shown(pilot, "lora r 16")
        assert project.recipe_path.read_text() == before
        await pilot.press("right", "right")
        await until_shown(pilot, "lora r 64")
        await pilot.press("x")
        await until_shown(pilot, "lora r 16")
        assert "rank = " not in project.recipe_path.read_text()


async def test_keys_that_come_in_one_burst_over_a_slow_line_are_all_typed(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await opened(pilot)
        burst = ["right_curly_bracket"] * 4 + ["down", "enter", "backspace", "backspace", "4", "8", "enter"]
        for key in burst:
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until_shown(pilot, "● rank", "lora r 48")
    assert load(project.recipe_path).adapter.rank == 48


async def test_the_plan_follows_the_batch_and_the_data(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"micro batch", "enter", "enter", "backspace", "backspace", "4", "enter")
        await until_shown(pilot, "357 steps, 4 rows each")
        await pilot.press("escape", "slash", *"accumulation", "enter", "right", "right")
        await until_shown(pilot, "90 steps, 16 rows each (4 × 4)")
        await pilot.press("escape", "slash", *"split validation", "enter", "right")
        await until_shown(pilot, "86 steps", "900 train / 100 val / 200 held")


async def test_choices_and_switches_go_round(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press(*keys(TO_ADAPTER))
        await until_shown(pilot, "‹ lora ›", "adapter.kind")
        await pilot.press("space")
        await until_shown(pilot, "‹ qlora ›")
        assert load(project.recipe_path).adapter.kind == "qlora"
        await pilot.press("left")
        await until_shown(pilot, "‹ lora ›")
        await pilot.press("slash", *"answers", "enter", "space")
        await until_shown(pilot, "‹ off ›", "● answers only")
        assert load(project.recipe_path).method.answers_only is False


async def test_wrong_values_wait_and_training_does_not_start_over_them(home):
    project = quickstart(home)
    before = project.recipe_path.read_text()
    async with Studio(home, project.path).run_test(size=NARROW, notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"mapping prompt", "enter", "enter", *"text", "enter", "escape")
        await until_shown(pilot, "✗ 1 problem", "1 change not written yet", "prompt and answer go together")
        assert project.recipe_path.read_text() == before
        await pilot.press("t")
        await until_shown(pilot, "the recipe has problems")
        assert project.runs() == []
        await pilot.press("3")
        await until_gone(pilot, "● prompt")
        await pilot.press("2")
        await until_shown(pilot, "1 change not written yet", "● prompt")
        await pilot.press("p", "x", "u", "u")
        await until_shown(pilot, "✓ written to project.toml")
        assert project.recipe_path.read_text() == before


async def test_mistakes_of_the_file_are_shown_where_they_are(home):
    project = quickstart(home)
    broken = (
        project.recipe_path.read_text().replace("rank = 16", "rank = 0").replace("[training]", "[training]\nepocs = 1")
    )
    project.recipe_path.write_text(broken)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "There are no rows to show")
        await pilot.press("2")
        await until_shown(
            pilot, "✗ training.epocs: unknown key; did you mean training.epochs?", "✗ 2 problems", "opens the file"
        )
        await pilot.press("p")
        await until_shown(pilot, "adapter.rank", "✗● rank")
        await pilot.press("v")
        await until_shown(pilot, "epocs = 1", "[training]")
        await pilot.press("escape")
        await until_shown(pilot, "adapter.rank")
        project.recipe_path.write_text(broken.replace("rank = 0", "rank = 4").replace("epocs = 1", ""))
        await until_shown(pilot, "✓ written to project.toml", "below the advised 8 … 64", "start training")


async def test_a_file_that_is_no_toml_is_shown_with_what_is_wrong(home):
    project = quickstart(home)
    whole = project.recipe_path.read_text()
    project.recipe_path.write_text("[model\n" + whole)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "There are no rows to show")
        await pilot.press("2")
        await until_shown(pilot, "not valid TOML", "Mend it with e", "[model")
        project.recipe_path.write_text(whole)
        await until_shown(pilot, "✓ written to project.toml", "model.base")


def test_the_editor_is_opened_on_a_real_terminal_and_what_it_wrote_is_taken_up(home, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/^epochs = .*/epochs = 7/' \"$1\"\n")
    editor.chmod(0o700)
    project = quickstart(home)
    screen = Terminal([sys.executable, "-P", "-m", "tui", str(project.path)], {"VISUAL": str(editor), "TERM": "xterm"})
    try:
        until(lambda: "rows" in screen.seen(), "the studio")
        screen.type("2")
        until(lambda: "model.base" in screen.seen(), "the recipe")
        screen.type("e")
        until(lambda: load(project.recipe_path).training.epochs == 7, "the editor")
        until(lambda: "420 steps" in screen.seen(), "the plan of what it wrote")
    finally:
        screen.close()


class Terminal:
    """A program on a pty of its own, and all that it wrote."""

    def __init__(self, command, environment):
        self._process, self._file = pty.fork()
        if not self._process:
            os.execvpe(command[0], command, os.environ | environment)
        os.set_blocking(self._file, False)
        self._seen = b""

    def seen(self):
        with suppress(OSError):
            self._seen += os.read(self._file, 1 << 20)
        return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", self._seen).decode(errors="replace")

    def type(self, text):
        os.write(self._file, text.encode())

    def close(self):
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._file)


async def test_training_starts_from_here(home):
    project = quickstart(home, **{key.replace(".", "__"): value for key, value in SHORT_RUN.items()})
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await opened(pilot)
        assert "6 steps" in text(pilot)
        await pilot.press("t")
        until(lambda: project.runs(), "a run")
        await until_shown(pilot, "#1")
    assert project.runs()[0].spec.recipe["training"]["max_steps"] == 6


async def test_advice_stands_beside_its_setting_is_done_with_one_key_and_accepted_with_a_reason(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"adapter.alpha", "enter", "escape", "right", "right", "right")
        await until_shown(pilot, "alpha 256 at rank 16", "1 warning", "accept it with a reason")
        await pilot.press("f")
        await until_gone(pilot, "alpha 256 at rank 16")
        assert load(project.recipe_path).adapter.alpha in (16, 32)
        await pilot.press("u")
        await until_shown(pilot, "alpha 256 at rank 16")
        await pilot.press("w")
        await until_shown(pilot, "Accept this warning?")
        await pilot.press(*"on purpose".replace(" ", "_"), "enter")
        await until_shown(pilot, "accepted: on_purpose", "1 accepted")
        assert list(load(project.recipe_path).advice.accepted.values()) == ["on_purpose"]
        await pilot.press("slash", *"accepted warnings", "enter", "enter")
        await until_shown(pilot, "[x]", "on_purpose")
        await pilot.press("space", "enter")
        await until_gone(pilot, "1 accepted")
        assert load(project.recipe_path).advice.accepted == {}


async def test_the_forecast_follows_what_is_typed_before_it_is_kept(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"training.epochs", "enter", "escape", "enter", "ctrl+u", "3")
        await until_shown(pilot, "was → now", "90 steps → 180 steps")
        assert load(project.recipe_path).training.epochs == 1.5
        await pilot.press("escape")
        await until_gone(pilot, "180 steps")
        assert "90 steps" in text(pilot)


async def test_settings_are_compared_and_taken_from_the_template(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"adapter.rank", "enter", "escape", "right", "d")
        await until_shown(pilot, "quickstart@1 → this recipe", "adapter.rank", "1 setting differs")
        await pilot.press("enter")
        await until_shown(pilot, "nothing differs")
        await pilot.press("u")
        await until_shown(pilot, "1 setting differs")
        await pilot.press("o", "down", "enter")
        await until_shown(pilot, "the defaults → this recipe", "training.learning_rate")
        await pilot.press("A")
        await until_shown(pilot, "nothing differs")
        assert load(project.recipe_path).training.learning_rate == 1e-4
        await pilot.press("u", "escape")
        await until_shown(pilot, "adapter.rank", "● rank")
        assert load(project.recipe_path).training.learning_rate == 2e-3


async def test_rewards_are_added_weighed_edited_and_removed(home):
    project = quickstart(home, method__kind="grpo")
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "rows")
        await pilot.press("2")
        await until_shown(pilot, "model.base")
        await pilot.press("slash", *"rewards", "enter", "escape", "enter")
        await until_shown(pilot, "no reward yet")
        await pilot.press("a")
        await until_shown(pilot, "A reward for")
        await pilot.press(*["down"] * 5, "enter")
        await until_shown(pilot, "is missing", "length: 1 up to")
        assert load(project.recipe_path).rewards == ()
        await pilot.press("enter", *"200", "enter")
        await until_shown(pilot, "most 200")
        (reward,) = load(project.recipe_path).rewards
        assert (reward.kind, reward.most) == ("length", 200)
        await pilot.press("tab", "plus")
        await until_shown(pilot, "1.1 ×")
        await pilot.press("a", "enter")
        await until_shown(pilot, "exact")
        assert [each.kind for each in load(project.recipe_path).rewards] == ["length", "exact"]
        await pilot.press("d")
        await until_gone(pilot, "1 × exact")
        await pilot.press("escape")
        await until_shown(pilot, "● rewards")
        assert [each.kind for each in load(project.recipe_path).rewards] == ["length"]


async def test_readiness_is_asked_measured_and_answered(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("R")
        await until_shown(pilot, "Is fine-tuning the right thing to do here?", "950 training rows", "A no means")
        await pilot.press("enter", "space", "space")
        await until_shown(pilot, "✓ Is it about how the model answers", "extraction")
        assert load(project.recipe_path).readiness.task == "extraction"
        await pilot.press("escape", "escape")
        await until_shown(pilot, "start training")


async def test_what_has_no_effect_is_folded_until_it_is_asked_for(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=(130, 50)) as pilot:
        await opened(pilot)
        await pilot.press("G")
        await until_shown(pilot, "without effect here: a shows them")
        await pilot.press("a", *keys("{" * 30), *keys("}}}"))
        await until_shown(pilot, "Mapping")
        await pilot.press("slash", *"grpo temperature", "enter")
        await until_shown(pilot, "no effect here", "Has an effect with method.kind grpo")


async def test_an_older_file_is_shown_and_rewritten_with_the_next_change(home):
    project = quickstart(home)
    text_before = project.recipe_path.read_text()
    old = text_before.replace("version = 2", "version = 1") + "\n"
    old = old.replace("[training]", "[training]\ngradient_checkpointing = true # old")
    project.recipe_path.write_text(old)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await opened(pilot)
        await until_shown(pilot, "version 1 -> 2, 1 setting renamed, with the next change")
        await pilot.press("slash", *"gradient checkpointing", "enter", "escape", "v")
        await until_shown(pilot, "The next change rewrites", "▸", "gradient_checkpointing = true # old")
        await pilot.press("v", "space")
        await until_gone(pilot, "version 1 -> 2")
    assert 'gradient_checkpointing = "plain" # old' in project.recipe_path.read_text()


async def test_the_mouse_chooses_edits_and_scrolls(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.click("#recipe-form", offset=(8, 3))
        await until_shown(pilot, "▸    adapter", "model.adapter")
        await pilot.click("#recipe-form", offset=(8, 3))
        await until_shown(pilot, "give up")
        await pilot.press(*"x1", "enter")
        await until_shown(pilot, "● adapter")
        assert load(project.recipe_path).model.adapter == "x1"
        pilot.app.screen.query_one("#recipe-form").post_message(scroll_down())
        await until_gone(pilot, "● adapter")
        await pilot.press("k")
        await until_shown(pilot, "▸    revision")


def scroll_down():
    return MouseScrollDown(None, 5, 5, 0, 1, 0, False, False, False)


async def test_items_and_base_models_are_picked_and_items_completed(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("space")
        await until_shown(pilot, "Base models for this recipe", "Qwen/Qwen3-4B")
        await pilot.press("escape", "slash", *"trackers.use", "enter", "escape", "space")
        await until_shown(pilot, "[ ] wandb")
        await pilot.press("space", "down", "space", "enter")
        await until_shown(pilot, "wandb, tensorboard")
        assert load(project.recipe_path).trackers.use == ("wandb", "tensorboard")
        await pilot.press(
            "slash", *"adapter.targets", "enter", "escape", "enter", "ctrl+u", *keys("q_"), "tab", *keys(",v")
        )
        await until_shown(pilot, "q_proj,v", "v_proj")
        await pilot.press("tab", "enter")
        await until_shown(pilot, "q_proj, v_proj")
        assert load(project.recipe_path).adapter.targets == ("q_proj", "v_proj")
