"""What a person finds in the Recipe pane where training cannot start, and what is typed wrong and left."""

from engine.recipe_file import load
from tests.look.shown import text, until_gone, until_shown
from tests.support import quickstart
from tui.app import Studio
from tui.panes.recipe.kept import _KEPT
from tui.unwritten import left_unwritten

NARROW = (80, 24)
WIDE = (140, 40)


async def recipe_of(pilot):
    """The Recipe pane, whatever the data."""
    await until_shown(pilot, "1 Data", " rows")
    await pilot.press("2")
    await until_shown(pilot, "model.base", "steps")


async def chosen(pilot, name):
    """A setting, with the focus on it and no search."""
    await pilot.press("slash", *(("full_stop" if letter == "." else letter) for letter in name), "enter", "escape")


async def test_rows_and_a_model_that_are_not_there_are_marked_and_training_does_not_start(home):
    project = quickstart(home, data__source="", model__base="nowhere")
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await recipe_of(pilot)
        await until_shown(pilot, "✗  source", "✗● base", "✗ training cannot start", "2 in the way")
        assert "t  start training" not in text(pilot)
        await pilot.press("t")
        await until_shown(pilot, "model.base", "✗ nowhere: no model folder there: set model.base")
        await pilot.press("enter", "ctrl+u", *"ttune", "colon", *"quickstart", "slash", *"model", "enter")
        await until_shown(pilot, "data.source is empty", "1 in the way")
        await pilot.press("t")
        await until_shown(pilot, "▸ ✗  source", "✗ training cannot start", "data.source is empty: set it to a file")
    assert project.runs() == []


async def test_a_model_that_comes_later_is_seen(home):
    project = quickstart(home, model__base="later")
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await recipe_of(pilot)
        await until_shown(pilot, "no model folder there")
        (project.path / "later").mkdir()
        (project.path / "later/config.json").write_text("{}")
        await until_gone(pilot, "no model folder there")


async def test_a_wrong_value_outlives_the_way_home(home):
    project = quickstart(home)
    before = project.recipe_path.read_text()
    async with Studio(home).run_test(size=NARROW) as pilot:
        await until_shown(pilot, project.name)
        await pilot.press("enter")
        await recipe_of(pilot)
        await chosen(pilot, "training.epochs")
        await pilot.press("enter", "ctrl+u", "3", "x", "enter")
        await until_shown(pilot, "1 change not written yet")
        await pilot.press("escape")
        await until_gone(pilot, "2 Recipe")
        await pilot.press("enter")
        await until_shown(pilot, "1 Data", " rows")
        await pilot.press("2")
        await until_shown(pilot, "✗ 1 problem", "1 change not written yet")
        await pilot.press("p")
        await until_shown(pilot, "3x", "must be a number")
        assert project.recipe_path.read_text() == before
        await pilot.press("enter", "backspace", "enter")
        await until_shown(pilot, "✓ written")
        assert load(project.recipe_path).training.epochs == 3


async def test_what_is_typed_is_written_when_it_is_kept_and_not_before(home):
    project = quickstart(home)
    before = project.recipe_path.read_text()
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await recipe_of(pilot)
        await chosen(pilot, "training.micro_batch")
        await pilot.press("enter", "ctrl+u", *"99999999999999999999")
        await until_shown(pilot, "✗ must be less than or equal to")
        assert project.recipe_path.read_text() == before
        await pilot.press("escape", "enter", "ctrl+u", "8")
        await until_shown(pilot, " → ")
        assert project.recipe_path.read_text() == before, "a right value too waits until it is kept"
        await pilot.press("escape")
        await until_gone(pilot, " → ")
        assert project.recipe_path.read_text() == before, "escape gives it up"
        await pilot.press("enter", "ctrl+u", "8", "down")
        await until_shown(pilot, "✓ written", "● micro batch")
        assert load(project.recipe_path).training.micro_batch == 8, "leaving the field keeps it"


async def test_leaving_the_studio_while_typing_writes_nothing(home):
    project = quickstart(home)
    before = project.recipe_path.read_text()
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await recipe_of(pilot)
        await chosen(pilot, "training.micro_batch")
        await pilot.press("enter", "ctrl+u", *"128", "ctrl+q")
    assert project.recipe_path.read_text() == before
    assert list(left_unwritten(home)) == [("tickets", 1)], "it is kept for the next studio"
    _KEPT.clear()  # the next studio is another process
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await recipe_of(pilot)
        await until_shown(pilot, "written now, as it was left last time: u takes it back")
        assert load(project.recipe_path).training.micro_batch == 128
        await pilot.press("u")
        await until_shown(pilot, "✓ written")
        assert project.recipe_path.read_text() == before
    assert list(left_unwritten(home)) == []


async def test_keys_that_are_named_work_where_the_focus_is(home):
    project = quickstart(home, adapter__alpha=256)
    before = project.recipe_path.read_text()
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await recipe_of(pilot)
        await until_shown(pilot, "alpha 256 at rank 16")
        await pilot.press("o")
        await until_shown(pilot, "accept it with a reason")
        assert "model.base" not in text(pilot), "help is about what is chosen in the list"
        await pilot.press("f")
        await until_shown(pilot, "done as advised: u takes it back")
        assert project.recipe_path.read_text() != before
        assert pilot.app.focused.id == "recipe-advice"
        await pilot.press("u")
        await until_shown(pilot, "alpha 256 at rank 16")
        assert project.recipe_path.read_text() == before
        await pilot.press("U")
        await until_gone(pilot, "alpha 256 at rank 16")


async def test_keys_that_do_nothing_say_why(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE, notifications=True) as pilot:
        await recipe_of(pilot)
        await chosen(pilot, "training.seed")
        await pilot.press("f")
        await until_shown(pilot, "there is no advice on seed")
        await pilot.press("m")
        await until_shown(pilot, "nothing has to give way: it fits")


async def test_a_change_leaves_time_in_the_line_and_a_search_finds_words_first(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await recipe_of(pilot)
        await pilot.press("slash", *"rate")
        await until_shown(pilot, "▸  ○ learning rate")
        await pilot.press("escape")
        await chosen(pilot, "training.epochs")
        await pilot.press("enter", "ctrl+u", "3")
        shown = await until_shown(pilot, "90 → 180 steps")
        (line,) = [line for line in shown.splitlines() if "180 steps" in line]
        assert line.count("→") >= 2, "time too"
        await pilot.press("escape", "left")
        await until_shown(pilot, "● epochs")
        assert "not default" in text(pilot)


async def test_a_file_that_is_no_toml_is_said_to_be_unreadable(home):
    project = quickstart(home)
    project.recipe_path.write_text(project.recipe_path.read_text() + "\n[training\n")
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "1 Data", " rows")
        await pilot.press("2")
        shown = await until_shown(pilot, "the file cannot be read")
        assert "0 changed" not in shown


async def test_a_mistake_in_toml_is_shown_at_its_line(home):
    project = quickstart(home)
    lines = project.recipe_path.read_text().splitlines()
    place = lines.index("[training]")
    project.recipe_path.write_text("\n".join([*lines[:place], "[training", *lines[place + 1 :]]))
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await until_shown(pilot, "1 Data", " rows")
        await pilot.press("2")
        shown = await until_shown(pilot, f"see line {place + 1} · e opens it", "▸", "Mend it with e")
        assert shown.count("not valid TOML") == 1
        assert f"▸{place + 1} [training" in shown


async def test_dialogs_have_one_cursor_help_and_whole_texts(home):
    project = quickstart(home, method__kind="grpo")
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await recipe_of(pilot)
        await pilot.press("R")
        shown = await until_shown(pilot, "Is fine-tuning the right thing to do here?", "A no means")
        assert shown.count("▸") == 1
        await pilot.press("down", "enter", "enter", *"200")
        await until_shown(pilot, "readiness.prompt_score", "✗ must be less than or equal to 100, not 200.")
        assert text(pilot).count("▸") == 1
        await pilot.press("escape", "question_mark")
        await until_shown(pilot, "Nothing here stops a training")
        await pilot.press("escape")
        await until_gone(pilot, "Nothing here stops a training")
        await pilot.press("escape", "escape")
        await until_gone(pilot, "Is fine-tuning")
        await chosen(pilot, "rewards")
        await pilot.press("enter")
        await until_shown(pilot, "no reward yet")
        await pilot.press("question_mark")
        await until_shown(pilot, "hard to fool")
        await pilot.press("escape", "a", *["down"] * 5)
        await until_shown(pilot, "▸ length", "falling to 0")


async def test_a_compared_value_stands_in_full_below(home):
    long = "and so on " * 12
    project = quickstart(home, chat__system=f"the beginning {long}the end")
    async with Studio(home, project.path).run_test(size=NARROW) as pilot:
        await recipe_of(pilot)
        await pilot.press("d")
        await until_shown(pilot, "chat.system")
        await pilot.press(*["end"])
        for _ in range(30):
            if "the end" in text(pilot):
                break
            await pilot.press("up")
        await until_shown(pilot, "chat.system", "this recipe", "the end")
        await pilot.press("question_mark")
        await until_shown(pilot, "both in full below the list")


async def test_the_readiness_check_learns_what_is_counted_while_it_is_open(home):
    project = quickstart(home)
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await until_shown(pilot, "1 Data", " rows")
        await pilot.press("2")
        await until_shown(pilot, "model.base")
        await pilot.press("R")
        await until_shown(pilot, "Is fine-tuning the right thing to do here?", "950 training rows")


async def test_all_holds_the_other_targets_and_text_takes_no_steps(home):
    project = quickstart(home, adapter__targets=["all", "mlp"])
    async with Studio(home, project.path).run_test(size=WIDE) as pilot:
        await recipe_of(pilot)
        assert "←→" not in text(pilot), "the base is text"
        await chosen(pilot, "adapter.targets")
        await until_shown(pilot, "all holds the others")
        await pilot.press("space")
        await until_shown(pilot, "all seven linear layers; it holds the others")
