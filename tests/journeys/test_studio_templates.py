"""Templates and other tools' files in the studio, key by key."""

from pathlib import Path

import pytest

from engine import recipe_file
from engine.home import Home, open_home
from engine.project import Project, find_project
from engine.recipe_file import load
from engine.templates import COPY_NAME, editions, find_template, save_template, start_project
from engine.templates.pins import pin_of
from tests.look.shown import text, until_gone, until_shown
from tests.support import quickstart
from tui.app import Studio

SIZE = (100, 36)
YAML = Path(__file__).parents[1] / "recorded" / "bridges" / "axolotl" / "llama-3_lora-8b.yml"
CODE = "def score(prompt, answer, row):\n    return 1.0  # as told\n"
REWARD = '\n[[rewards]]\nkind = "python"\nfile = "rewards/mine.py"\n'


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_reward(home: Home, name: str = "tickets") -> Project:
    project = quickstart(home, name)
    (project.path / "rewards").mkdir()
    (project.path / "rewards/mine.py").write_text(CODE)
    project.recipe_path.write_text(project.recipe_path.read_text() + REWARD)
    return project


def two_editions(home: Home) -> Project:
    """A project of `tone@1` with another rate; `tone@2` has another rate too, and other epochs."""
    source = with_reward(home)
    project = start_project(home, "next", save_template(home, source, "tone"), {"training.learning_rate": 5e-5})
    recipe_file.save(source.recipe_path, {"training.learning_rate": 1e-3, "training.epochs": 2})
    save_template(home, source, "tone")
    return project


async def test_templates_are_shown_and_a_project_is_made_of_an_older_edition(home):
    two_editions(home)
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T")
        await until_shown(pilot, "tone", "yours, ◂@2▸", "grpo-maths", "shipped", "grpo lora", "tone@2 · sft lora on")
        await pilot.press("left")
        await until_shown(pilot, "yours, ◂@1▸", "tone@1 · sft lora on", 'template = "tone@1"')
        await pilot.press("n")
        await until_shown(pilot, "New project", "Template: what it starts from", "Base ")
        await pilot.press(*"old", "ctrl+s")
        await until_shown(pilot, "old no run yet")
    assert pin_of(home, find_project(home, "old")).reference == "tone@1"


async def test_a_template_is_given_away_and_taken_in_with_its_code_named(home, here, monkeypatch):
    save_template(home, with_reward(home), "tone")
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T")
        await until_shown(pilot, "yours, @1")
        await pilot.press("e")
        await until_shown(pilot, "it brings code that its runs execute with your rights: rewards/mine.py (2 lines)")
        await pilot.press("enter")
        await until_shown(pilot, "tone@1 written")
        await pilot.press("e")
        await until_shown(pilot, "it brings code")
        await pilot.press("enter")
        await until_shown(pilot, "is there already. Replace?")
        await pilot.press("n", "escape")
    monkeypatch.setenv("TTUNE_HOME", str(here / "theirs"))
    theirs = open_home()
    async with Studio(theirs).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T")
        await until_shown(pilot, "grpo-maths")
        await pilot.press("i")
        await until_shown(pilot, "Import a template")
        await pilot.press(*"tone.toml", "enter")
        await until_shown(
            pilot, "kept as: tone@1", "it brings code", "rewards/mine.py (2 lines)", "return 1.0  # as told"
        )
        assert editions(theirs, "tone") == []
        await pilot.press("ctrl+s")
        await until_shown(pilot, "Keep it? It brings code")
        await pilot.press("enter")
        await until_gone(pilot, "Keep it?")
        assert editions(theirs, "tone") == []
        await pilot.press("ctrl+s", "y")
        await until_shown(pilot, "tone@1 kept", "yours, @1")
    assert find_template(theirs, "tone").parts()[1] == {"rewards/mine.py": CODE}


async def test_a_taken_name_gets_the_next_edition_when_asked_and_mistakes_are_all_told(home, here):
    source = with_reward(home)
    save_template(home, source, "tone")
    other = (home.templates / "tone@1.toml").read_text().replace("tone@1", "tone@7").replace("epochs = ", "epochs = 1")
    (here / "other.toml").write_text(other)
    (here / "wrong.toml").write_text("nonsense = 1\n" + other.replace("learning_rate", "lerning_rate"))
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T", "i")
        await until_shown(pilot, "Import a template")
        await pilot.press(*"wrong.toml", "enter")
        await until_shown(pilot, "nonsense", "lerning_rate")
        await pilot.press(*["backspace"] * 10, *"other.toml", "enter")
        await until_shown(pilot, "ctrl+n keeps this as tone@2")
        await pilot.press("ctrl+n")
        await until_shown(pilot, "kept as: tone@2, the next edition of yours")
        await pilot.press("ctrl+s", "y")
        await until_shown(pilot, "tone@2 kept", "yours, ◂@2▸")


async def test_one_edition_is_deleted_then_the_rest_and_shipped_ones_stay(home):
    two_editions(home)
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T")
        await until_shown(pilot, "yours, ◂@2▸", "x delete")
        await pilot.press("x")
        await until_shown(pilot, "this edition alone", "all 2 editions")
        await pilot.press("enter")
        await until_shown(pilot, "Delete tone@2?", "no way back")
        await pilot.press("enter")
        await until_gone(pilot, "Delete tone@2?")
        assert len(editions(home, "tone")) == 2
        await pilot.press("x", "enter")
        await until_shown(pilot, "Delete tone@2?")
        await pilot.press("y")
        await until_shown(pilot, "tone@2 deleted", "yours, @1")
        await pilot.press("x")
        await until_shown(pilot, "Delete tone?")
        await pilot.press("y")
        await until_gone(pilot, "yours, @1")
        await until_gone(pilot, "x delete")
    assert editions(home, "tone") == []


async def test_a_template_is_compared_with_another_edition(home):
    two_editions(home)
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T")
        await until_shown(pilot, "yours, ◂@2▸")
        await pilot.press("d")
        await until_shown(pilot, "Compare tone@2 with", "tone@1", "project next", "grpo-maths@1")
        await pilot.press("enter")
        await until_shown(pilot, "tone@2 → tone@1", "2 settings differ", "training.epochs", "training.learning_rate")


@pytest.mark.parametrize("turn", [False, True])
async def test_a_newer_edition_is_offered_shown_and_taken_over(home, turn):
    project = two_editions(home)
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("2")
        await until_shown(pilot, "tone@2 is there", "T shows what it changes")
        await pilot.press("T")
        await until_shown(pilot, "tone@1 → tone@2", "2 changes, 1 of them changed by you too")
        assert project.recipe().training.epochs != 2
        if turn:
            await pilot.press("down", "space")
            await until_shown(pilot, "training.learning_rate: ! both have changed it; the template's value is taken")
        await pilot.press("enter")
        await until_shown(pilot, f"next is now of tone@2: {2 if turn else 1} setting", "from tone@2")
        await until_gone(pilot, "tone@2 is there")
    recipe = project.recipe()
    assert (recipe.template, recipe.training.epochs) == ("tone@2", 2)
    assert recipe.training.learning_rate == (1e-3 if turn else 5e-5)


async def test_an_update_is_taken_back_and_made_again_in_the_form(home):
    project = two_editions(home)
    (project.path / "rewards/mine.py").write_text(CODE)
    was = project.recipe_path.read_text(), (project.path / COPY_NAME).read_text()
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("2")
        await until_shown(pilot, "tone@2 is there")
        await pilot.press("T")
        await until_shown(pilot, "tone@1 → tone@2")
        await pilot.press("A", "enter")
        await until_shown(pilot, "next is now of tone@2", "from tone@2")
        await until_gone(pilot, "tone@2 is there")
        await pilot.press("u")
        await until_shown(pilot, "tone@2 is there", "from tone@1")
        assert (project.recipe_path.read_text(), (project.path / COPY_NAME).read_text()) == was
        await pilot.press("U")
        await until_shown(pilot, "from tone@2")
        await until_gone(pilot, "tone@2 is there")
    assert project.recipe().training.learning_rate == 1e-3
    assert not pin_of(home, project).rewritten


async def test_a_mix_that_does_not_go_together_is_told_beside_each_setting(home):
    source = quickstart(home)
    project = start_project(home, "next", save_template(home, source, "tone"), {})
    recipe_file.save(source.recipe_path, {"data.split.validation": 0.1, "data.split.held_out": 0.6})
    save_template(home, source, "tone")
    recipe_file.save(project.recipe_path, {"data.split.validation": 0.5})
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("2")
        await until_shown(pilot, "tone@2 is there")
        await pilot.press("T")
        await until_shown(pilot, "tone@1 → tone@2")
        await pilot.press("enter")
        await until_shown(pilot, "these do not go together", "✗ data.split.held_out", "must be below 1")
        assert project.recipe().template == "tone@1"
        await pilot.press("A", "enter")
        await until_shown(pilot, "next is now of tone@2")
    assert (project.recipe().data.split.validation, project.recipe().data.split.held_out) == (0.1, 0.6)


async def test_an_edition_with_another_text_is_shown_before_it_is_followed(home):
    project = two_editions(home)
    (home.templates / "tone@2.toml").unlink()
    path = home.templates / "tone@1.toml"
    path.write_text(recipe_file.edit(path.read_text(), {"training.epochs": 9}))
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("2")
        await until_shown(pilot, "tone@1 is not the text that this was made from")
        await pilot.press("T")
        await until_shown(pilot, "tone@1 was changed", "1 change")
        await pilot.press("enter")
        await until_gone(pilot, "tone@1 is not the text")
    assert project.recipe().training.epochs == 9


async def test_a_yaml_becomes_a_project_after_its_losses_were_shown(home):
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "i import")
        await pilot.press("n")
        await until_shown(pilot, "another tool's YAML")
        await pilot.press("ctrl+o")
        await until_shown(pilot, "Import a YAML of Axolotl")
        await pilot.press(*str(YAML), "enter")
        await until_shown(
            pilot, "no equivalent: load_in_8bit: true (line 8)", "24 keys carried", "lora_r → adapter.rank"
        )
        assert not list(home.projects.iterdir())
        await pilot.press("tab", *"llama", "ctrl+s")
        await until_shown(pilot, "llama no run yet")
    assert load(home.projects / "llama" / "project.toml").adapter.rank == 32


async def test_a_wrong_yaml_is_told_and_nothing_is_made(home, here):
    (here / "x.yml").write_text("base_model: a/b\nlearning_rate: fast\n")
    async with Studio(home).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "i import")
        await pilot.press("i")
        await until_shown(pilot, "Import a YAML of Axolotl")
        await pilot.press(*"x.yml", "enter")
        await until_shown(pilot, "must be a number")
        await pilot.press("ctrl+s", "ctrl+t")
        await until_shown(pilot, "Tool: axolotl")
    assert not list(home.projects.iterdir())


async def test_a_recipe_is_exported_after_what_is_lost_was_shown(home):
    project = quickstart(home, training__order="given")
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("2")
        await until_shown(pilot, "model.base")
        await pilot.press("E")
        await until_shown(pilot, "Form: train.py", "pip install torch")
        assert not (project.path / "exports" / "train").exists()
        await pilot.press("ctrl+t")
        await until_shown(pilot, "Form: axolotl", "cannot be said: training.order")
        await pilot.press("enter")
        await until_shown(pilot, "wrote ")
        await pilot.press("E")
        await until_shown(pilot, "pip install torch")
        await pilot.press("enter")
        await until_shown(pilot, "trains the same, without ttune")
        assert "cannot be said" not in text(pilot)
    assert (project.path / "exports" / "tickets.yaml").is_file()
    assert {it.name for it in (project.path / "exports" / "train").iterdir()} >= {"train.py", "train.jsonl"}


async def test_files_of_rewards_that_an_export_would_replace_are_asked_about(home, here):
    rows = here / "sums.jsonl"
    rows.write_text("".join(f'{{"prompt": "{n} + {n}?", "solution": "{2 * n}"}}\n' for n in range(40)))
    own = {"data__source": str(rows), "data__held_out": "", "method__kind": "grpo"}
    project = quickstart(home, **own, rewards=[{"kind": "python", "file": "mine.py"}])
    (project.path / "mine.py").write_text(CODE)
    theirs = project.path / "exports" / "train" / "rewards" / "mine.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("# another's\n")
    async with Studio(home, project.path).run_test(size=SIZE, notifications=True) as pilot:
        await until_shown(pilot, "no run yet", "rows")
        await pilot.press("2")
        await until_shown(pilot, "model.base")
        await pilot.press("E")
        await until_shown(pilot, "Form: train.py", "pip install torch")
        await pilot.press("enter")
        await until_shown(pilot, "mine.py is there already.", "Replace?")
        await pilot.press("n")
        await until_gone(pilot, "Replace?")
        assert [it.name for it in theirs.parents[1].iterdir()] == ["rewards"], "nothing was written"
        await pilot.press("enter")
        await until_shown(pilot, "Replace?")
        await pilot.press("y")
        await until_shown(pilot, "trains the same, without ttune")
    assert theirs.read_text() == CODE


@pytest.mark.parametrize("key", ["question_mark", "ctrl+p"])
async def test_help_and_palette_name_every_command_of_the_templates(home, key):
    save_template(home, quickstart(home), "tone")
    async with Studio(home).run_test(size=(120, 60)) as pilot:
        await until_shown(pilot, "T templates")
        await pilot.press("T")
        await until_shown(pilot, "yours, @1")
        await pilot.press(key)
        await until_shown(
            pilot, "New project from this template", "Compare this template", "Export this template",
            "Import a template", "Delete this template", "ttune templates export NAME",
        )  # fmt: skip
