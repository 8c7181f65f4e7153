"""The recipe as a form: every setting is in it, and what is typed, stepped or advised makes sense for each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.recipe import LINEAR_LAYERS, METHODS, Recipe
from engine.recipe_file import known_keys, problems_by_key
from engine.recipe_form import (
    GROUPS,
    advised_words,
    completed,
    default_words,
    entry,
    fault,
    field,
    fields,
    has_effect,
    offers,
    outside_advice,
    owner_of,
    parse_entry,
    reward_help,
    reward_kinds,
    same,
    shown,
    stepped,
)
from engine.recipe_form.rates import rates

MINIMAL = {"model": {"base": "owner/name"}}


def with_value(key: str, value: object) -> dict[str, object]:
    """A recipe's content with one setting."""
    content: dict[str, object] = {"model": {"base": "owner/name"}}
    *tables, last = key.split(".")
    table = content
    for name in tables:
        table = table.setdefault(name, {})
    table[last] = value
    return content


def test_every_setting_is_in_the_form_once_with_its_help():
    keys = [spec.key for spec in fields()]
    assert sorted(keys) == sorted(set(known_keys()) - {"version", "template"})
    assert all(spec.help and "\n" not in spec.help for spec in fields())
    assert [spec.group for spec in fields()] == sorted((spec.group for spec in fields()), key=GROUPS.index)


def test_defaults_are_those_of_the_recipe():
    recipe = Recipe.model_validate(MINIMAL).model_dump()
    for spec in fields():
        value = recipe
        for name in spec.key.split("."):
            value = value[name]
        assert spec.required or same(value, spec.default), spec.key


def test_one_setting_in_full():
    spec = field("training.warmup")
    assert (spec.group, spec.label, spec.kind, spec.unit, spec.advice) == (
        "Rate", "warmup", "number", "share of steps, or steps", "0.03 … 0.1, 5 … 10",
    )  # fmt: skip
    assert spec.bounds.words == "from 0, up to 1e7"
    assert field("adapter.kind").choices == ("lora", "qlora", "full")
    assert field("training.max_steps").kind == "integer"
    assert field("chat.prompts").kind == "list"
    assert field("model.base").required


@pytest.mark.parametrize("spec", fields(), ids=lambda spec: spec.key)
def test_a_default_typed_as_it_is_shown_stays_itself(spec):
    typed = parse_entry(spec, entry(spec, spec.default))
    assert spec.default is None or spec.kind == "table" or same(typed, spec.default)


@given(st.data())
def test_what_is_shown_of_a_number_is_that_number(data):
    spec = field("training.learning_rate")
    value = data.draw(st.floats(1e-9, 1) | st.sampled_from([1e-4, 2e-5, 0.05, 1.0]))
    assert parse_entry(spec, shown(value)) == pytest.approx(value, rel=1e-15)


def test_how_numbers_are_written():
    assert [shown(value) for value in (1e-4, 2.5e-5, 0.1, 3.0, 2048, True, None, ("a", "b"))] == [
        "1e-4", "2.5e-5", "0.1", "3", "2048", "on", "", "a, b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("adapter.rank", " 32 ", 32),
        ("adapter.rank", "32.0", 32),
        ("adapter.rank", "32.5", "32.5"),
        ("adapter.rank", "many", "many"),
        ("adapter.rank", "", None),
        ("training.max_length", "4,096", 4096),
        ("training.learning_rate", "2e-4", 2e-4),
        ("training.learning_rate", "1,5", "1,5"),
        ("training.learning_rate", "inf", "inf"),
        ("training.learning_rate", "nan", "nan"),
        ("evaluation.fields", "urgency, category,", ["urgency", "category"]),
        ("chat.prompts", "Hello, you | Bye", ["Hello, you", "Bye"]),
        ("data.mapping.prompt", "{a}⏎{b}", "{a}\n{b}"),
        ("method.answers_only", "off", False),
    ],
)
def test_typed_text_becomes_a_value(key, text, value):
    typed = parse_entry(field(key), text)
    assert typed == value
    assert type(typed) is type(value)


@given(st.text())
def test_no_text_that_is_no_number_passes_for_one(text):
    for key in ("adapter.rank", "adapter.alpha"):
        spec = field(key)
        value = parse_entry(spec, text)
        assert value is None or bool(fault(spec, value)) == isinstance(value, str)


@pytest.mark.parametrize("spec", fields(), ids=lambda spec: spec.key)
@pytest.mark.parametrize("direction", [1, -1])
def test_steps_stay_within_what_is_allowed_and_come_to_an_end_or_go_round(spec, direction):
    value = spec.default
    for _ in range(40):
        after = stepped(spec, value, direction)
        if spec.numeric and after is not None:
            assert after in spec.bounds
            assert value is None or (after - value) * direction >= 0
        if after is not None and spec.kind in ("integer", "number", "switch", "choice"):
            assert problems_by_key(with_value(spec.key, after)) == {}
        value = after


def test_steps_go_where_a_person_would():
    def walk(key, value, direction, count):
        spec, seen = field(key), []
        for _ in range(count):
            value = stepped(spec, value, direction)
            seen.append(value)
        return seen

    assert walk("adapter.rank", 16, 1, 3) == [32, 64, 128]
    assert walk("adapter.rank", 12, -1, 2) == [8, 4]
    assert walk("training.learning_rate", 1e-4, 1, 4) == [2e-4, 3e-4, 5e-4, 1e-3]
    assert walk("training.learning_rate", 1e-4, -1, 2) == [5e-5, 3e-5]
    assert walk("training.epochs", 3, -1, 4) == [2, 1, 1, 1]
    assert walk("training.max_steps", None, 1, 2) == [100, 200]
    assert walk("training.warmup", 0.1, 1, 2) == [0.11, 0.12]
    assert walk("adapter.dropout", 0.05, -1, 2) == [0, 0]
    assert walk("adapter.kind", "lora", 1, 3) == ["qlora", "full", "lora"]
    assert walk("method.answers_only", True, 1, 2) == [False, True]


@pytest.mark.parametrize(
    ("key", "value", "others", "words"),
    [
        ("training.learning_rate", 4e-4, {"adapter.kind": "lora"}, "above the advised 5e-5 … 3e-4"),
        ("training.learning_rate", 4e-4, {"adapter.kind": "qlora"}, ""),
        ("training.learning_rate", 6e-5, {"adapter.kind": "qlora"}, "below the advised 1e-4 … 5e-4"),
        ("adapter.rank", 4, {}, "below the advised 8 … 64"),
        ("adapter.alpha", 32, {"adapter.rank": 16}, ""),
        ("adapter.alpha", 24, {"adapter.rank": 16}, "not the advised 16 or 32"),
        ("adapter.alpha", 24, {"adapter.rank": 0}, ""),
        ("adapter.dropout", 0.0, {}, ""),
        ("adapter.dropout", 0.3, {}, "above the advised 0 or 0.05 … 0.1"),
        ("training.evaluate_every", 0.5, {"training.evaluate_every": 0.5}, "above the advised 0.05 … 0.2"),
        ("training.evaluate_every", 50, {"training.evaluate_every": 50}, ""),
        ("training.epochs", "nine", {}, ""),
        ("training.seed", 1, {}, ""),
        ("training.learning_rate", 1e-6, {"method.kind": "dpo", "adapter.kind": "lora"}, ""),
        ("training.learning_rate", 1e-6, {"method.kind": "kto", "adapter.kind": "lora"}, ""),
        ("training.learning_rate", 5e-6, {"method.kind": "grpo", "adapter.kind": "qlora"}, ""),
        ("training.learning_rate", 1e-4, {"method.kind": "dpo"}, "above the advised 5e-7 … 1e-6"),
        ("training.learning_rate", 1e-4, {"adapter.kind": "full"}, "above the advised 5e-6 … 5e-5"),
        ("training.learning_rate", 1e-4, {"method.kind": "cpt", "adapter.kind": "wrong"}, ""),
    ],
)
def test_values_outside_the_advice_are_told(key, value, others, words):
    assert outside_advice(field(key), value, others) == words


def test_rates_are_those_of_the_rules_of_advice_which_spare_tiny_models():
    spec, lora = field("training.learning_rate"), {"method.kind": "sft", "adapter.kind": "lora"}
    assert outside_advice(spec, 2e-3, lora) == "above the advised 5e-5 … 3e-4"
    assert outside_advice(spec, 2e-3, lora, tiny=True) == outside_advice(spec, 2e-3, lora, tiny=None) == ""
    assert outside_advice(field("adapter.rank"), 4, lora, tiny=True), "the others hold for every model"
    assert advised_words(spec, lora | {"method.kind": "dpo"}) == "5e-7 … 1e-6 for DPO"
    assert advised_words(spec, lora | {"adapter.kind": "qlora"}) == "1e-4 … 5e-4 for QLoRA"
    assert advised_words(spec, lora, tiny=True) == ""
    assert default_words(spec, lora) == ""
    assert default_words(spec, lora | {"method.kind": "grpo"}) == "whatever the method; GRPO usually takes 5e-6"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("adapter", ["lora", "qlora", "full"])
def test_there_are_rates_for_every_way_to_train(method, adapter):
    found = rates(method, adapter)
    assert found.low <= found.usual <= found.high


def test_defaults_are_inside_their_own_advice():
    values = {spec.key: spec.default for spec in fields()}
    assert [spec.key for spec in fields() if outside_advice(spec, spec.default, values)] == []


def test_a_problem_belongs_to_a_setting():
    assert owner_of("adapter.rank").key == "adapter.rank"
    assert owner_of("evaluation.fields.3").key == "evaluation.fields"
    assert owner_of("data.mapping").key == "data.mapping.system"
    assert owner_of("data.sorce") is None


def test_settings_without_effect_are_known():
    values = {spec.key: spec.default for spec in fields()}
    assert has_effect(field("adapter.rank"), values)
    assert not has_effect(field("adapter.rank"), values | {"adapter.kind": "full"})
    assert not has_effect(field("rewards"), values)
    assert has_effect(field("rewards"), values | {"method.kind": "grpo"})
    assert field("method.preference.beta").when_words == "method.kind dpo or kto or orpo"


def test_what_a_setting_depends_on_is_a_setting_with_such_values():
    for spec in fields():
        for key, allowed in spec.when:
            assert set(allowed) <= set(field(key).choices), spec.key


def test_items_of_lists_are_completed():
    spec = field("adapter.targets")
    assert offers(spec, "") == ["all", "attention", "mlp", *LINEAR_LAYERS]
    assert offers(spec, "q_proj, v") == ["v_proj"]
    assert offers(spec, "v_proj, v") == []
    assert completed(spec, "q_proj, v", "v_proj") == "q_proj, v_proj"
    assert completed(spec, "a", "attention") == "attention"
    assert offers(field("trackers.use"), "m") == ["mlflow"]
    assert offers(field("model.base"), "a") == []


def test_tables_are_named_by_what_they_hold():
    assert entry(field("rewards"), [{"kind": "json_schema"}, {"kind": "length", "most": 9}]) == "json schema, length"
    assert entry(field("data.curate"), [{"step": "drop_duplicates"}]) == "drop duplicates"
    assert entry(field("advice.accepted"), {"rate": "because"}) == "rate"


def test_every_reward_has_a_form_of_its_own():
    assert set(reward_kinds()) == {
        "exact", "numeric", "regex", "choice", "json_schema", "length", "language", "python",
    }  # fmt: skip
    for kind, specs in reward_kinds().items():
        assert reward_help(kind)
        assert specs[-1].key == "weight"
        assert all(spec.help for spec in specs)
