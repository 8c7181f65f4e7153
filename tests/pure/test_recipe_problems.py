"""Mistakes in a recipe: types are strict, and each is told in plain words with the key and the mend."""

import pytest

from engine.errors import RecipeError
from engine.recipe.nearest import OTHER_NAMES, known_keys
from engine.recipe_file import content_of, edit, parse, parse_settings, problems_by_key, with_settings

BASE = '[model]\nbase = "a/b"\n'


def told(text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parse(BASE + text, "p.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("learning_rate = true", "must be a number, not true"),
        ('learning_rate = "1e-4"', "must be a number, not '1e-4': write 1e-4, without quotes"),
        ("learning_rate = nan", "must be a finite number, not nan"),
        ("learning_rate = 2024-01-01", "must be a number, not 2024-01-01"),
        ("epochs = true", "must be a number, not true"),
        ("seed = 1.0", "must be a whole number, not 1.0: write 1"),
        ("max_length = 1e3", "must be a whole number, not 1000.0: write 1000"),
        ("max_length = 1e30", "must be a whole number, not 1e+30"),
        ("micro_batch = 2.5", "must be a whole number, not 2.5"),
        ('micro_batch = "4"', "must be a whole number, not '4': write 4, without quotes"),
        ('packing = "yes"', "must be true or false, not 'yes'"),
        ("packing = 1", "must be true or false, not 1"),
    ],
)
def test_a_value_of_another_type_is_a_mistake(line, words):
    key = line.partition(" ")[0]
    assert told(f"[training]\n{line}\n") == f"p.toml: training.{key}: {words}"


def test_a_whole_number_is_a_number_too():
    assert parse(BASE + "[training]\nepochs = 2\n[adapter]\nalpha = 32\n").training.epochs == 2.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[adapter]\ntargets = "all"\n', "adapter.targets: must be a list, not 'all': write [\"all\"]"),
        ("[adapter]\ntargets = []\n", "adapter.targets: must name at least 1, not []"),
        ("[trackers]\nproject = 3\n", "trackers.project: must be text in quotes, not 3"),
        ("[advice]\naccepted = 3\n", "advice.accepted: must be a section with keys of its own, not 3: write"),
        ('[data.curate]\nstep = "mix"\n', "data.curate: must be a list, not {'step': 'mix'}: begin it with [[data."),
        ("[data]\ncurate = [3]\n", "data.curate.0: must be a section with keys of its own, not 3"),
        ('[[rewards]]\nkind = "json"\n', "rewards.0: kind must be one of json_schema, exact, numeric, regex,"),
        ('[[rewards]]\nkind = "json"\n', "language, python, not 'json'"),
        ("[[rewards]]\nweight = 1\n", "rewards.0: kind is missing: add it"),
        ('[[rewards]]\nkind = "regex"\npattern = ""\n', "rewards.0.regex.pattern: must not be empty"),
        ("[data.split]\nvalidation = 0.6\nheld_out = 0.6\n", "data.split.held_out: must be below 1 together with"),
        ('[[data.curate]]\nstep = "length"\nleast = 9\nmost = 8\n', "data.curate.0.length.least: must not be above"),
    ],
)
def test_mistakes_are_told_in_the_words_of_a_recipe(text, words):
    assert words in told(text)
    assert "\n" not in told(text)


def test_a_section_that_is_a_value_says_how_sections_are_written():
    with pytest.raises(RecipeError, match=r"method: must be a section with keys of its own, not 'sft': write \[method"):
        parse('method = "sft"\n' + BASE)


def test_a_share_that_is_not_taken_leaves_rows_to_train_on():
    text = '[data]\nsource = "a"\nheld_out = "b"\n[data.split]\nvalidation = 0.6\nheld_out = 0.6\n'
    assert parse(BASE + text).data.split.held_out == 0.6, "the held-out rows are another file's"
    assert parse(BASE + '[[data.curate]]\nstep = "length"\nleast = 8\nmost = 8\n').data.curate


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[trainin]\nepochs = 1\n", "training"),
        ("[adaptor]\nrank = 1\n", "adapter"),
        ("[lora]\nr = 1\n", "adapter"),
        ("[training]\nlearnng_rate = 1\n", "training.learning_rate"),
        ("[training]\nlr = 1\n", "training.learning_rate"),
        ("[training]\nbatch_size = 1\n", "training.micro_batch"),
        ("[training]\nrank = 1\n", "adapter.rank"),
        ("[adapter]\nr = 1\n", "adapter.rank"),
        ("[adapter]\ntarget_modules = 1\n", "adapter.targets"),
        ("[method]\ngenerations = 1\n", "method.grpo.generations"),
        ("[method.grpo]\nbetta = 1\n", "method.grpo.beta"),
        ("[data]\nseed = 1\n", "data.split.seed"),
        ("[chat]\nprompt = 1\n", "chat.prompts"),
        ('[[data.curate]]\nstep = "mix"\nsource = "a"\nshre = 1\n', "share"),
        ('[[rewards]]\nkind = "regex"\npattern = "a"\npatern = "x"\n', "pattern"),
        ("[training]\nfoo = 1\n", None),
        ('[training]\n"naïve" = 1\n', None),
        ('[training]\n"" = 1\n', None),
    ],
)
def test_an_unknown_key_names_the_one_that_was_meant(text, meant):
    assert told(text).endswith(f"unknown key; did you mean {meant}?" if meant else "unknown key: remove it")


def test_what_other_tools_call_a_setting_is_one_of_ours():
    keys = set(known_keys())
    assert not [key for key in OTHER_NAMES.values() if not any(it == key or it.startswith(f"{key}.") for it in keys)]
    assert not set(OTHER_NAMES) & keys


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[training]\nepochs = 1\nepochs = 2\n", "p.toml: line 5: epochs is there a second time"),
        ("[data.split]\nseed = 1\n[data.split]\n", "p.toml: line 5: [data.split] is there a second time"),
        (f"x = {'[' * 3000}{']' * 3000}\n", "p.toml: lists or tables are nested too deeply"),
        ("epochs\n", "p.toml: not valid TOML"),
    ],
)
def test_text_that_is_no_toml_is_told_with_its_line(text, words):
    assert words in told(text)
    with pytest.raises(RecipeError) as caught:
        edit(BASE + text, {"training.epochs": 2}, "p.toml")
    assert words in str(caught.value)


def test_a_byte_order_mark_is_no_mistake():
    assert content_of("\ufeff" + BASE) == {"model": {"base": "a/b"}}
    assert parse("\ufeff" + BASE).model.base == "a/b"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, float("nan")], {"x": -float("inf")}])
def test_a_number_that_is_none_is_refused_before_it_is_written(value):
    with pytest.raises(RecipeError, match=r"p\.toml: training.*: must be a finite number, not (nan|-?inf)"):
        edit(BASE, {"training.epochs": value}, "p.toml")


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("training.learning_rate=nan", "--set training.learning_rate: must be a finite number, not nan"),
        ("training.packing=yes", "--set training.packing: must be true or false, not 'yes'"),
        ("training.max_length=1e3", "--set training.max_length: must be a whole number, not 1000.0: write 1000"),
        ("training.lr=1", "--set training.lr: unknown key; did you mean training.learning_rate?"),
        ("data.split.validation=0.7", "p.toml: data.split.held_out: must be below 1"),
        ("model.base.x=1", "--set model.base: must be text in quotes"),
    ],
)
def test_a_mistake_of_set_is_told_of_set(assignment, words):
    text = BASE + "[data.split]\nheld_out = 0.6\n"
    with pytest.raises(RecipeError) as caught:
        with_settings(text, parse_settings([assignment]), "p.toml")
    assert str(caught.value).startswith(words)


def test_mistakes_of_the_file_are_told_of_the_file():
    with pytest.raises(RecipeError) as caught:
        with_settings(
            BASE + "[training]\nseed = true\n", {"training.epochs": 0, "adapter.rank": 0}, "p", said=["adapter"]
        )
    assert [line.partition(": must")[0] for line in caught.value.problems] == [
        "--set adapter.rank", "p: training.epochs", "p: training.seed",
    ]  # fmt: skip


def test_set_takes_values_as_the_key_has_them():
    given = parse_settings(
        [
            "adapter.targets=attention", "adapter.also_train=lm_head,embed_tokens", "chat.prompts=One, two?",
            'evaluation.fields=["a","b"]', "trackers.project=2024", "description=2024-01-01", "training.packing=true",
            "training.epochs=2", "training.max_steps=",
        ]
    )  # fmt: skip
    assert given == {
        "adapter.targets": ["attention"], "adapter.also_train": ["lm_head", "embed_tokens"],
        "chat.prompts": ["One, two?"], "evaluation.fields": ["a", "b"], "trackers.project": "2024",
        "description": "2024-01-01", "training.packing": True, "training.epochs": 2, "training.max_steps": None,
    }  # fmt: skip
    recipe = with_settings(BASE + "[training]\nmax_steps = 3\n", given)
    assert (recipe.adapter.targets, recipe.training.max_steps) == (("attention",), None)


def test_set_is_laid_over_a_recipe_of_an_older_version():
    text = BASE + "[training]\ngroup_by_length = true\n"
    assert with_settings(text, {"training.epochs": 2}).training.order == "by_length"
    assert with_settings(text, {"training.order": "given"}).training.order == "given"


def test_problems_are_by_key_for_a_form():
    content = {
        "model": {"base": "a"},
        "data": {"split": {"validation": 0.5, "held_out": 0.5}},
        "adapter": {"rank": 1.5},
    }
    assert set(problems_by_key(content)) == {"data.split.held_out", "adapter.rank"}
