"""Editing a recipe: valid values are written with comments kept, wrong ones wait, and every change can be undone."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.recipe_file import load
from engine.recipe_form import field, fields, parse_entry
from tui.panes.recipe.changes import Beside
from tui.panes.recipe.draft import Draft
from tui.panes.recipe.reward_draft import RewardDraft
from tui.panes.recipe.state_line import state_parts
from tui.unwritten import NAME

TEXT = """\
# mine
version = 2

[model]
base = "owner/name" # the small one

[adapter]
rank = 16 # wide enough

[data]
source = "a.csv"
"""


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    path = tmp_path / "project.toml"
    path.write_text(TEXT)
    return Draft(path)


def put(draft: Draft, key: str, value: object) -> bool:
    spec = field(key)
    assert spec is not None
    return draft.set(spec, value)


def state(draft: Draft, key: str):
    spec = field(key)
    assert spec is not None
    return draft.state(spec)


def test_a_valid_value_is_written_at_once_and_comments_stay(draft):
    assert put(draft, "adapter.rank", 32)
    assert draft.path.read_text() == TEXT.replace("rank = 16 #", "rank = 32 #")
    assert put(draft, "training.epochs", 2)
    assert load(draft.path).training.epochs == 2
    assert "# the small one" in draft.path.read_text()
    assert draft.recipe == load(draft.path)


def test_a_wrong_value_waits_with_its_reason_and_is_neither_written_nor_lost(draft):
    assert not put(draft, "adapter.rank", 0)
    assert draft.path.read_text() == TEXT
    rank = state(draft, "adapter.rank")
    assert (rank.value, rank.waiting) == (0, True)
    assert "greater than or equal to 1" in rank.problem
    assert draft.waiting == 1
    assert put(draft, "training.epochs", 2), "another setting is written meanwhile"
    draft.reload()
    assert state(draft, "adapter.rank").value == 0
    assert put(draft, "adapter.rank", 8)
    assert (draft.problems, draft.waiting) == ({}, 0)
    assert load(draft.path).adapter.rank == 8


def test_text_in_a_numbers_place_is_wrong_even_where_it_reads_as_one(draft):
    spec = field("adapter.alpha")
    assert not draft.set(spec, parse_entry(spec, "inf"))
    assert "must be a number" in state(draft, "adapter.alpha").problem
    assert draft.try_out(spec, parse_entry(spec, "1x")).problem == "must be a number, not '1x'"
    assert draft.try_out(spec, 12).problem == ""
    assert draft.try_out(spec, 12).recipe.adapter.alpha == 12


def test_settings_that_need_each_other_are_written_together(draft):
    assert not put(draft, "data.mapping.prompt", "text")
    assert "prompt and answer go together" in " ".join(draft.problems.values())
    assert draft.path.read_text() == TEXT
    assert put(draft, "data.mapping.answer", "label")
    mapping = load(draft.path).data.mapping
    assert (mapping.prompt, mapping.answer) == ("text", "label")
    assert draft.waiting == 0


def test_undo_goes_back_step_by_step(draft):
    put(draft, "adapter.rank", 32)
    put(draft, "training.epochs", 2)
    put(draft, "adapter.rank", 0)
    put(draft, "data.source", "b.csv")
    assert draft.undo().key == "data.source"
    assert draft.undo().key == "adapter.rank"
    assert draft.problems == {}
    assert load(draft.path).adapter.rank == 32
    assert draft.undo().key == "training.epochs"
    assert "epochs" not in draft.path.read_text()
    assert draft.undo().key == "adapter.rank"
    assert load(draft.path).adapter.rank == 16
    assert draft.undo() is None
    assert not draft.can_undo


def test_what_was_taken_back_can_be_made_again_until_something_else_is(draft):
    put(draft, "adapter.rank", 32)
    put(draft, "training.epochs", 2)
    draft.undo()
    draft.undo()
    assert draft.path.read_text() == TEXT
    assert draft.redo().key == "adapter.rank"
    assert draft.redo().key == "training.epochs"
    assert draft.redo() is None
    assert (load(draft.path).adapter.rank, load(draft.path).training.epochs) == (32, 2)
    draft.undo()
    put(draft, "adapter.alpha", 64)
    assert not draft.can_redo


def test_several_settings_are_one_change(draft):
    assert draft.set_all({"adapter.rank": 8, "adapter.alpha": 16, "training.epochs": 1})
    assert load(draft.path).adapter.rank == 8
    draft.undo()
    assert draft.path.read_text() == TEXT


def test_a_setting_is_marked_against_its_template(draft):
    draft.template = {"adapter.rank": 8, "adapter.alpha": 16.0}
    rank, alpha, epochs = (state(draft, key) for key in ("adapter.rank", "adapter.alpha", "training.epochs"))
    assert (rank.default, rank.as_template, rank.template, rank.changed) == (True, False, 8, True)
    assert (alpha.as_template, alpha.changed) == (True, False)
    assert (epochs.as_template, epochs.changed) == (None, False)


def test_a_file_of_an_older_version_is_shown_in_the_words_of_this_one(draft):
    draft.path.write_text(TEXT.replace("version = 2", "version = 1") + "[training]\ngradient_checkpointing = true\n")
    draft.reload()
    assert state(draft, "training.gradient_checkpointing").value == "unsloth"
    assert len(draft.notes) == 2
    assert put(draft, "training.epochs", 1)
    assert draft.notes == ()
    assert 'gradient_checkpointing = "unsloth"' in draft.path.read_text()
    assert "version = 2" in draft.path.read_text()


def test_tables_are_changed_as_wholes(draft):
    assert put(draft, "rewards", [{"kind": "numeric"}, {"kind": "length", "most": 100}])
    assert put(draft, "advice.accepted", {"rate": "a test"})
    recipe = load(draft.path)
    assert [reward.kind for reward in recipe.rewards] == ["numeric", "length"]
    assert recipe.advice.accepted == {"rate": "a test"}
    assert not put(draft, "rewards", [{"kind": "length"}])
    assert "is missing" in state(draft, "rewards").problem
    draft.undo()
    draft.undo()
    assert load(draft.path).advice.accepted == {}
    draft.undo()
    assert draft.path.read_text() == TEXT


def test_a_reward_is_edited_in_a_form_of_its_own(draft):
    put(draft, "rewards", [{"kind": "numeric"}, {"kind": "length", "most": 100}])
    reward = RewardDraft(draft, 1)
    most, weight = reward.specs
    assert (most.key, reward.state(most).value, reward.state(weight).value) == ("most", 100, 1.0)
    assert reward.try_out(most, 0).problem.startswith("must be greater")
    assert reward.set(most, 50)
    assert not reward.set(most, None)
    assert "missing" in reward.state(most).problem
    assert reward.state(weight).problem == ""
    assert RewardDraft(draft, 0).state(RewardDraft(draft, 0).specs[0]).problem == ""
    draft.undo()
    assert load(draft.path).rewards[1].most == 50


def test_the_default_is_marked_and_gone_back_to(draft):
    assert state(draft, "adapter.rank").default
    put(draft, "adapter.rank", 32)
    assert not state(draft, "adapter.rank").default
    put(draft, "adapter.rank", None)
    assert state(draft, "adapter.rank").default
    assert "rank =" not in draft.path.read_text()
    assert not put(draft, "adapter.rank", None), "there is nothing left to change"


def test_a_file_with_mistakes_is_mended_in_the_form(draft):
    draft.path.write_text(TEXT.replace("rank = 16", "rank = 0") + 'held_ot = "x"\n')
    assert draft.changed_outside()
    draft.reload()
    assert set(draft.problems) == {"adapter.rank", "data.held_ot"}
    assert draft.recipe is None
    assert draft.strange_problems == ["data.held_ot: unknown key; did you mean data.held_out?"]
    assert not put(draft, "adapter.rank", 8), "the strange key is still in the way"
    assert state(draft, "adapter.rank").waiting
    assert state(draft, "adapter.rank").problem == ""
    draft.path.write_text(draft.path.read_text().replace("held_ot", "held_out"))
    draft.reload()
    assert draft.problems == {}
    assert put(draft, "training.epochs", 1)
    assert load(draft.path).adapter.rank == 8, "what waited is written with it"


def test_a_file_that_is_no_toml_says_so_and_comes_back(draft):
    draft.path.write_text("[model\n")
    draft.reload()
    assert not draft.readable
    assert "not valid TOML" in draft.fault
    draft.path.write_text(TEXT)
    draft.reload()
    assert (draft.readable, draft.fault) == (True, "")


def test_a_file_that_is_gone_or_cannot_be_written_loses_nothing(draft, tmp_path):
    draft.path.unlink()
    assert draft.changed_outside()
    assert not put(draft, "adapter.rank", 32)
    assert "no such file" in draft.fault
    assert state(draft, "adapter.rank").value == 32
    draft.path.write_text(TEXT)
    draft.reload()
    assert put(draft, "training.epochs", 2)
    assert load(draft.path).adapter.rank == 32


def test_sections_out_of_order_are_edited_in_place(draft):
    draft.path.write_text('[data]\nsource = "a.csv"\n\n[model]\nbase = "o/n"\n\n[data.split]\nseed = 1\n')
    draft.reload()
    assert put(draft, "data.split.seed", 2)
    assert put(draft, "data.source", "b.csv")
    assert draft.path.read_text() == '[data]\nsource = "b.csv"\n\n[model]\nbase = "o/n"\n\n[data.split]\nseed = 2\n'


@given(
    st.lists(
        st.tuples(st.sampled_from(fields()), st.text(max_size=6) | st.sampled_from(["1", "0", "16", "on"])), max_size=8
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_typed_the_file_stays_a_recipe_and_undo_finds_the_way_back(tmp_path_factory, typed):
    path = tmp_path_factory.mktemp("draft") / "project.toml"
    path.write_text(TEXT)
    before = load(path)
    draft = Draft(path)
    for spec, text in typed:
        draft.set(spec, parse_entry(spec, text))
        assert load(path) == draft.recipe
        assert draft.fault == ""
        assert (
            all(draft.state(spec).waiting for spec in fields() if draft.state(spec).problem)
            or "data.mapping" in draft.problems
        )
    while draft.undo():
        pass
    assert (load(path), draft.waiting, draft.problems) == (before, 0, {})


def test_what_is_taken_back_is_as_it_was_byte_for_byte(draft):
    text = TEXT + "\n[training]\nepochs = 2\naccumulation = 2 # 8 x 2 = 16 rows a step\n\n# prompts\n[chat]\n"
    draft.path.write_bytes(text.replace("\n", "\r\n").encode())
    draft.reload()
    put(draft, "training.accumulation", None)
    assert b"accumulation" not in draft.path.read_bytes()
    put(draft, "adapter.rank", 0)
    assert [draft.undo().key, draft.undo().key] == ["adapter.rank", "training.accumulation"]
    assert draft.path.read_bytes() == text.replace("\n", "\r\n").encode()
    assert draft.redo().key == "training.accumulation"
    assert b"accumulation" not in draft.path.read_bytes()
    draft.undo()
    assert draft.path.read_bytes() == text.replace("\n", "\r\n").encode()
    draft.redo()
    draft.redo()
    assert state(draft, "adapter.rank").waiting


def test_a_change_from_outside_survives_taking_back(draft):
    put(draft, "adapter.rank", 32)
    draft.path.write_text(draft.path.read_text() + "# mine too\n")
    draft.undo()
    assert draft.path.read_text() == TEXT + "# mine too\n"


def test_a_mend_of_a_file_that_was_no_recipe_is_taken_back_as_a_value(draft):
    draft.path.write_text(TEXT.replace("rank = 16", "rank = 0"))
    draft.reload()
    assert put(draft, "adapter.rank", 8)
    draft.undo()
    assert state(draft, "adapter.rank").value == 0
    assert load(draft.path).adapter.rank == 8, "no wrong value is written"


# --- what something else has written


def taken_over(draft: Draft, *, rank: int = 8) -> tuple[Path, Path]:
    """A file that the project had and one that it got, and a recipe that was written beside the form."""
    copy, new = draft.path.with_name("template.toml"), draft.path.with_name("rewards") / "new.py"
    new.parent.mkdir()
    copy.write_text("after")
    new.write_text("new")
    before = draft.text
    draft.path.write_text(before.replace("rank = 16 #", f"rank = {rank} #").replace("# mine", 'template = "tone@2"'))
    draft.took_over(before, [Beside(copy, "before", "after"), Beside(new, None, "new")])
    return copy, new


def test_what_something_else_wrote_is_taken_back_and_made_again_with_the_other_files(draft):
    copy, new = taken_over(draft)
    after = draft.path.read_text()
    assert draft.undo() == field("adapter.rank")
    assert draft.path.read_text() == TEXT
    assert (copy.read_text(), new.exists()) == ("before", False)
    assert draft.redo() == field("adapter.rank")
    assert draft.path.read_text() == after
    assert (copy.read_text(), new.read_text()) == ("after", "new")
    put(draft, "training.epochs", 2)
    draft.undo()
    draft.undo()
    assert draft.path.read_text() == TEXT


def test_where_the_file_has_changed_since_values_go_back_alone_and_other_work_stays(draft):
    copy, new = taken_over(draft)
    new.write_text("mine now")
    draft.path.write_text(draft.path.read_text() + "# looked at\n")
    draft.reload()
    draft.undo()
    assert "rank = 16 #" in draft.path.read_text()
    assert draft.path.read_text().endswith("# looked at\n")
    assert load(draft.path).template == ""
    assert (copy.read_text(), new.read_text()) == ("before", "mine now")


def test_what_waits_is_there_again_for_the_next_studio_and_can_be_taken_back(draft):
    put(draft, "adapter.rank", 0)
    put(draft, "training.epochs", -1)
    kept = draft.path.parent / NAME
    assert kept.stat().st_mode & 0o777 == 0o600
    again = Draft(draft.path)
    assert again.waiting == 2
    assert state(again, "adapter.rank").value == 0
    assert state(again, "adapter.rank").problem
    assert put(again, "adapter.rank", 4) and again.waiting == 1
    assert put(again, "training.epochs", 2)
    assert not kept.exists()
    put(again, "adapter.rank", 0)
    taken_back = Draft(draft.path)
    assert taken_back.undo() == field("adapter.rank")
    assert state(taken_back, "adapter.rank").value == 4
    assert not kept.exists()


def test_what_waits_is_written_once_the_file_allows_it(draft):
    draft.path.write_text(draft.path.read_text().replace("version = 2", "version = 2\nnothing_such = 1"))
    draft.reload()
    put(draft, "adapter.rank", 8)
    assert draft.waiting == 1
    draft.path.write_text(draft.path.read_text().replace("\nnothing_such = 1", ""))
    again = Draft(draft.path)
    assert again.waiting == 0
    assert load(draft.path).adapter.rank == 8


def test_what_cannot_be_kept_is_said(draft):
    draft.path.with_name(NAME).mkdir()
    put(draft, "adapter.rank", 0)
    said = "".join(text for part in state_parts(draft, "") for text, _ in part)
    assert f"lost when the studio ends: {NAME}" in said
    put(draft, "adapter.rank", 8)
    assert "lost" not in "".join(text for part in state_parts(draft, "") for text, _ in part)


@pytest.mark.parametrize("kept", ["", "{", "[1]", '{"no.such": 1}', '{"adapter": {"rank": 0}}'])
def test_kept_values_that_mean_nothing_are_passed_over(draft, kept):
    draft.path.with_name(NAME).write_text(kept)
    again = Draft(draft.path)
    assert (again.waiting, again.can_undo, again.recipe) == (0, False, draft.recipe)
