from engine.recipe import Recipe
from engine.recipe.diff import Difference, differences, values
from engine.recipe_file import known_keys, parse

PLAIN = '[model]\nbase = "a"\n'


def test_every_setting_has_a_value():
    assert list(values(parse(PLAIN))) == list(known_keys(Recipe))


def test_equal_recipes_do_not_differ_and_defaults_may_be_written_out():
    assert differences(parse(PLAIN), parse(PLAIN + "[training]\nepochs = 3\nschedule = 'cosine'\n")) == []


def test_what_differs_is_named_with_both_values():
    other = parse('[model]\nbase = "b"\n[adapter]\nrank = 8\n[method.grpo]\ngenerations = 4\n')
    assert differences(parse(PLAIN), other) == [
        Difference("model.base", "a", "b"),
        Difference("method.grpo.generations", 8, 4),
        Difference("adapter.rank", 16, 8),
    ]


def test_steps_and_rewards_are_one_setting():
    other = parse(PLAIN + '[[rewards]]\nkind = "numeric"\nafter = "####"\n')
    (found,) = differences(parse(PLAIN), other)
    assert (found.key, found.a) == ("rewards", [])
    assert found.b == [{"weight": 1.0, "kind": "numeric", "tolerance": 1e-6, "after": "####"}]
