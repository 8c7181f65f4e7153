"""A recipe's file as bytes: line ends, byte order mark and mode stay, and so do comments in and behind lists."""

import stat

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.curate.recipe_steps import remove_step
from engine.recipe.lists import aligned
from engine.recipe_file import edit, load, read_text, rewrite, save
from tests.pure.test_recipe_file import changes

BASE = 'version = 2\n[model]\nbase = "a/b" # mine\n'
TRAINING = BASE + "\n# how it goes\n[training]\nepochs = 2 # two\n"
STEPS = """\
[[data.curate]] # one
step = "drop_duplicates"
# about lengths
[[data.curate]] # two
step = "length"
least = 3 # words
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "project.toml"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark_stay(path, mark, end):
    path.write_bytes((mark + TRAINING.replace("\n", end)).encode())
    assert read_text(path) == TRAINING
    save(path, {"training.epochs": 3, "training.seed": 4, "adapter.rank": 8})
    added = TRAINING.replace("2 # two\n", "3 # two\nseed = 4\n") + "\n[adapter]\nrank = 8\n"
    assert path.read_bytes() == (mark + added.replace("\n", end)).encode()
    assert load(path).training.seed == 4
    save(path, {"training.epochs": 2, "training.seed": None, "adapter.rank": None})
    rewrite(path, lambda _: TRAINING)
    assert path.read_bytes() == (mark + TRAINING.replace("\n", end)).encode()


def test_text_is_edited_with_its_own_line_ends_too():
    crlf = TRAINING.replace("\n", "\r\n")
    assert edit(crlf, {"training.epochs": 3}) == crlf.replace("2 # two", "3 # two")
    assert edit("\ufeff" + crlf, {}) == "\ufeff" + crlf


def test_a_file_of_mixed_line_ends_changes_where_it_is_asked_to(path):
    mixed = TRAINING.replace("[training]\n", "[training]\r\n")
    path.write_bytes(mixed.encode())
    save(path, {"training.epochs": 3})
    assert path.read_bytes() == mixed.replace("2 # two", "3 # two").encode()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_the_mode_of_a_file_stays(path, mode):
    path.write_text(TRAINING)
    path.chmod(mode)
    save(path, {"training.epochs": 3})
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_step_that_goes_takes_its_own_comments_and_no_others():
    length = {"step": "length", "least": 3}
    alone = '# about lengths\n[[data.curate]] # two\nstep = "length"\nleast = 3 # words\n'
    assert edit(BASE + STEPS, {"data.curate": [length]}) == BASE + alone
    changed = edit(BASE + STEPS, {"data.curate": [length | {"least": 5}]})
    assert changed == BASE + alone.replace("least = 3", "least = 5")


def test_steps_that_change_places_keep_what_stands_behind_them():
    text = edit(BASE + STEPS, {"data.curate": [{"step": "language", "keep": ["en"]}, {"step": "length", "least": 4}]})
    assert "[[data.curate]] # two" in text
    assert "least = 4 # words" in text
    assert tomli.loads(text)["data"]["curate"][0] == {"step": "language", "keep": ["en"]}


LISTED = """\
[chat]
prompts = [ # to try
  "a", # first
  "b", # second
  # the last
  "c",
]
"""


@pytest.mark.parametrize(
    ("prompts", "listed"),
    [
        (["a", "b", "x", "c"], LISTED.replace('  # the last\n  "c"', '  # the last\n  "x",\n  "c"')),
        (["a", "x", "c"], LISTED.replace('"b"', '"x"')),
        (["b", "c"], LISTED.replace('  "a", # first\n', "")),
        (["a", "c"], LISTED.replace('  "b", # second\n', "")),
        (["a", "b", "c", "d"], LISTED.replace('"c",\n', '"c",\n  "d",\n')),
    ],
)
def test_a_list_keeps_the_comments_of_what_stays(prompts, listed):
    text = edit(BASE + LISTED, {"chat.prompts": prompts})
    assert tomli.loads(text)["chat"]["prompts"] == prompts
    assert text == BASE + listed


def test_a_list_that_is_emptied_or_anew():
    for prompts in ([], ["z"], ["c", "b", "a"]):
        assert tomli.loads(edit(BASE + LISTED, {"chat.prompts": prompts}))["chat"]["prompts"] == prompts
    assert edit(BASE + '[adapter]\ntargets = ["all"] # both\n', {"adapter.targets": ["mlp"]}).endswith(
        '["mlp"] # both\n'
    )


def test_a_key_of_an_older_version_hands_on_its_comment_and_place():
    old = "version = 1 # old\n" + BASE[12:] + "[training]\ngroup_by_length = false # ours\nepochs = 2\n"
    assert edit(old, {"training.epochs": 3}) == (
        "version = 2 # old\n" + BASE[12:] + '[training]\norder = "random" # ours\nepochs = 3\n'
    )
    dotted = 'model.base = "a"\ntraining.group_by_length = true # ours\n'
    assert tomli.loads(edit(dotted, {"training.epochs": 3}))["training"] == {"order": "by_length", "epochs": 3}
    both = 'model.base = "a"\n[training]\ngroup_by_length = true\norder = "given" # ours\n'
    assert edit(both, {"adapter.rank": 8}).count("order") == 1


def test_a_value_may_be_changed_without_the_comment_on_the_old_one():
    text = edit(TRAINING, {"model.base": "c/d"}, bare=True)
    assert text == TRAINING.replace('"a/b" # mine', '"c/d"')


def test_a_step_that_is_taken_back_takes_its_own_comments_and_no_others():
    assert remove_step(BASE + STEPS, 0) == BASE + STEPS[STEPS.index("# about") :]
    assert remove_step(BASE + STEPS) == BASE + STEPS[: STEPS.index("[[data.curate]] # two")]
    alone = BASE + STEPS[STEPS.index("[[data.curate]] # two") :]
    assert remove_step(alone) == BASE


@given(changes())
@settings(deadline=None, max_examples=60)
def test_line_ends_make_no_difference_to_a_change(change):
    text, spec, value = change
    crlf = text.replace("\n", "\r\n")
    assert edit(crlf, {spec.key: value}) == edit(text, {spec.key: value}).replace("\n", "\r\n")


@given(st.lists(st.integers(0, 5), max_size=9), st.lists(st.integers(0, 5), max_size=9))
def test_every_item_of_a_list_stays_changes_comes_or_goes(before, after):
    pairs = aligned(before, after, lambda one, other: int(one == other))
    assert [old for old, _ in pairs if old is not None] == list(range(len(before)))
    assert [new for _, new in pairs if new is not None] == list(range(len(after)))


@given(st.lists(st.text("abc", max_size=2), max_size=6), st.lists(st.text("abc", max_size=2), max_size=6))
@settings(deadline=None)
def test_a_list_of_any_items_becomes_any_other(before, after):
    text = BASE + "[chat]\nprompts = [\n" + "".join(f'  "{it}", # {place}\n' for place, it in enumerate(before)) + "]\n"
    changed = tomli.loads(edit(text, {"chat.prompts": after}))
    assert changed.get("chat", {}).get("prompts", []) == after
