"""What a method measures, in words: every name has some, the order is told, an unknown name is shown as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.method_figures import (
    FIGURES,
    LAST,
    REWARD,
    brief,
    decides,
    deciding,
    figure,
    method_of,
    ordered,
    recent,
    validated,
    written,
)
from engine.protocol import Evaluated, StepDone
from engine.recipe.method import METHODS

RECORDED = {
    "dpo": {
        "entropy", "rewards/chosen", "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen",
        "logps/rejected",
    },
    "kto": {
        "entropy", "kl", "rewards/chosen", "rewards/rejected", "rewards/margins", "logps/chosen", "logps/rejected",
    },
    "orpo": {
        "rewards/chosen", "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen",
        "logps/rejected", "nll_loss", "log_odds_ratio",
    },
    "grpo": {
        "reward", "reward_std", "frac_reward_zero_std", "rewards/numeric/mean", "completions/mean_length",
        "completions/clipped_ratio", "kl", "entropy", "clip_ratio/region_mean",
    },
}  # fmt: skip
"""Names that real runs of the templates have written."""


def step(number: int = 1, **metrics: float | None) -> StepDone:
    return StepDone(
        step=number, epoch=0, loss=0.0, metrics={name.replace("__", "/"): it for name, it in metrics.items()}
    )


@pytest.mark.parametrize("method", RECORDED)
def test_all_that_real_runs_wrote_is_explained(method):
    for name in RECORDED[method]:
        known = figure(method, name)
        assert known.told
        assert known.label != name or name in ("entropy", "reward")
        assert len(known.label) <= 15


def test_every_method_has_its_list():
    assert FIGURES.keys() == set(METHODS)


def test_a_single_reward_is_called_by_its_own_name_and_an_unknown_name_by_itself():
    assert figure("grpo", "rewards/json schema/mean").label == "json schema reward"
    assert figure("dpo", "rewards/json schema/mean").label == "rewards/json schema/mean"
    unknown = figure("sft", "tools/calls")
    assert (unknown.label, unknown.unit, unknown.good, unknown.told) == ("tools/calls", "", None, "")
    assert figure("a method of tomorrow", "kl").label == "kl"


def test_the_most_telling_come_first_and_the_unknown_last():
    names = {"zeal", "entropy", "rewards/b/mean", "rewards/a/mean", "reward_std", "reward"}
    first, second = dict.fromkeys(names, 1.0), {"alpha": 1.0}
    assert ordered("grpo", first, second) == [
        "reward", "rewards/a/mean", "rewards/b/mean", "reward_std", "entropy", "alpha", "zeal",
    ]  # fmt: skip


def test_a_line_has_room_for_few():
    assert brief("dpo", dict.fromkeys(RECORDED["dpo"], 1.0)) == ["rewards/margins", "rewards/accuracies"]
    assert brief("kto", {"rewards/chosen": 1.0, "kl": 2.0}) == ["kl"]
    assert brief("sft", {"entropy": 1.0}) == []


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("share", 0.75, "75%"), ("share", 0, "0%"), ("share", 0.004, "0.4%"), ("share", 0.0999, "10%"),
        ("tokens", 127.6, "128"), ("tokens", 2048.2, "2,048"), ("", 0.3124, "0.312"), ("", 0, "0.000"),
        ("", 0.00123, "0.0012"), ("", -0.00123, "−0.0012"), ("", -1e-9, "0.0000"), ("nats", -302.04, "−302.0"),
        ("nats", 9.99951, "10.0"), ("nats", 1234.5, "1,234"), ("", None, None),
    ],
)  # fmt: skip
def test_values_as_a_person_reads_them(unit, value, text):
    assert written(unit, value) == text


@given(st.floats(-1e4, 1e4), st.sampled_from(["", "nats"]))
def test_numbers_stay_short(value, unit):
    assert len(written(unit, value)) <= 7


def test_the_mean_leaves_out_steps_without_a_figure():
    steps = [step(kl=100.0), *(step(kl=1.0) for _ in range(LAST - 2)), step(), step(kl=None)]
    assert recent(steps, "kl") == 1.0
    assert recent(steps, "reward") is None


def test_the_reward_decides_where_an_evaluation_has_no_loss():
    rewarded = Evaluated(step=1, loss=None, seconds=1, best=True, metrics={REWARD: 0.5, "frac_reward_zero_std": 1.0})
    assert (decides(rewarded), deciding(rewarded)) == ("reward", 0.5)
    assert validated(rewarded) == {REWARD: 0.5}
    measured = Evaluated(step=1, loss=2.0, seconds=1, best=True)
    assert (decides(measured), deciding(measured)) == ("loss", 2.0)
    broken = Evaluated(step=1, loss=None, seconds=1, best=False, metrics={"rewards/margins": 1.0})
    assert (decides(broken), deciding(broken)) == ("loss", None)
    assert (decides(step(reward=0.3)), deciding(step(reward=0.3))) == ("reward", 0.3)
    assert decides(step(kl=0.3)) == "loss"
    assert validated(None) == {}


@pytest.mark.parametrize("recipe", [{}, {"version": 1}, {"method": "dpo"}, {"method": {}}, {"method": {"kind": 3}}])
def test_a_recipe_that_names_no_method_is_sft(recipe):
    assert method_of(recipe) == "sft"
    assert method_of({"method": {"kind": "grpo"}}) == "grpo"
