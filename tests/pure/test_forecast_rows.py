"""Steps, tokens and padding from lengths, beside the plan that the trainer follows."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forecast.rows import PAD_MULTIPLE, padded, plan_rows
from engine.recipe import Recipe
from engine.recipe_file import validate
from engine.situation import DataFacts
from engine.steps import planned_steps
from engine.steps.plan import order, sequences, step_tokens


def recipe(method: str = "sft", **training: Any) -> Recipe:
    return validate({"model": {"base": "b"}, "method": {"kind": method}, "training": training})


def facts(lengths: list[int], **more: Any) -> DataFacts:
    array = np.array(lengths, dtype=np.int32)
    whole: dict[str, Any] = {
        "train": len(array),
        "lengths": array,
        "trained": (array > 0).astype(np.int32),
        "exact": True,
    }
    return DataFacts(**whole | more)


some_training = st.fixed_dictionaries(
    {
        "micro_batch": st.integers(1, 9),
        "accumulation": st.integers(1, 5),
        "epochs": st.floats(0.1, 4),
        "max_steps": st.none() | st.integers(1, 60),
        "max_length": st.integers(8, 70),
        "packing": st.booleans(),
        "order": st.sampled_from(["by_length", "random", "given"]),
        "seed": st.integers(0, 5),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=90), some_training, st.sampled_from(["sft", "cpt"]))
def test_steps_and_tokens_are_those_of_the_plan(lengths: list[int], training: dict[str, Any], method: str) -> None:
    lengths = [*lengths, 5]  # one row at least trains something
    wanted = recipe(method, **training)
    found = plan_rows(wanted, facts(lengths), in_one_line=False)
    assert found is not None
    kept = np.array([length for length in lengths if length], dtype=np.int32)
    given_out = sequences(kept, wanted).lengths
    told = step_tokens(given_out, wanted.training)
    assert found.rows.steps == len(told) == planned_steps(len(given_out), wanted.training)
    assert found.rows.tokens == told.sum()
    assert found.rows.rows == len(given_out)
    assert found.rows.longest == given_out.max()
    assert found.rows.tokens <= found.rows.padded_tokens


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 600), min_size=40, max_size=400), st.integers(1, 8), st.integers(1, 4))
def test_padding_is_near_the_trainers(lengths: list[int], micro_batch: int, accumulation: int) -> None:
    wanted = recipe(micro_batch=micro_batch, accumulation=accumulation, epochs=1)
    found = plan_rows(wanted, facts(lengths), in_one_line=False)
    assert found is not None
    array = np.array(lengths)
    taken = array[order(array, wanted.training, 0)]
    batches = [taken[at : at + micro_batch] for at in range(0, len(taken), micro_batch)]
    real = sum(padded(int(batch.max())) * len(batch) for batch in batches)
    longest = padded(max(lengths))
    assert abs(found.rows.padded_tokens - real) <= 4 * longest * micro_batch
    assert found.training.width == longest
    assert found.training.rows == min(micro_batch, len(lengths))


def test_rows_that_train_nothing_are_left_out() -> None:
    data = facts([10, 20, 30], trained=np.array([5, 0, 5], np.int32))
    found = plan_rows(recipe(micro_batch=1, accumulation=1, epochs=1), data, in_one_line=False)
    assert found is not None
    assert (found.rows.steps, found.rows.tokens) == (2, 40)


def test_packed_rows_of_a_micro_batch_in_one_line() -> None:
    wanted = recipe(micro_batch=2, accumulation=1, epochs=1, packing=True, max_length=64)
    apart = plan_rows(wanted, facts([60] * 8), in_one_line=False)
    line = plan_rows(wanted, facts([60] * 8), in_one_line=True)
    assert apart is not None
    assert line is not None
    assert (apart.training.rows, apart.training.width) == (2, 64)
    assert (line.training.rows, line.training.width) == (1, 120)


def test_pairs_are_as_wide_as_their_longer_answer_and_both_are_counted() -> None:
    data = facts([10, 20], rejected=np.array([30, 5], np.int32))
    found = plan_rows(recipe("dpo", micro_batch=1, accumulation=1, epochs=1), data, in_one_line=False)
    assert found is not None
    assert found.rows.tokens == 65
    assert found.rows.longest == 30
    assert found.rows.padded_tokens == 2 * (32 + 24)
    assert not found.rows.exact


def test_pairs_that_hold_one_answer_twice_are_left_out_but_kto_takes_them_apart() -> None:
    data = facts([10, 20, 30], rejected=np.array([12, 20, 25], np.int32), alike=np.array([False, True, False]))
    wanted = {"micro_batch": 1, "accumulation": 1, "epochs": 1}
    pairs = plan_rows(recipe("orpo", **wanted), data, in_one_line=False)
    apart = plan_rows(recipe("kto", **wanted), data, in_one_line=False)
    assert pairs is not None
    assert apart is not None
    assert (pairs.rows.steps, pairs.rows.tokens, pairs.rows.exact) == (2, 77, True)
    assert (apart.rows.steps, apart.rows.tokens, apart.rows.exact) == (6, 117, True)


def test_why_pairs_are_not_exact() -> None:
    rejected = np.array([30, 60], np.int32)
    for more, why in (
        ({"alike": None}, "the same answer twice"),
        ({"rejected": None}, "are no pairs"),
        ({"counted_at": 64}, "nobody has counted what is left of rows at 50 tokens"),
        ({"exact": False}, "estimated from characters"),
    ):
        data = facts([10, 20], **{"rejected": rejected.clip(max=50), "alike": np.zeros(2, np.bool_)} | more)
        found = plan_rows(recipe("dpo", max_length=50), data, in_one_line=False)
        assert found is not None
        assert why in found.rows.about
    longer = facts([10, 20], rejected=rejected, alike=np.zeros(2, np.bool_))
    found = plan_rows(recipe("dpo", max_length=50), longer, in_one_line=False)
    assert found is not None
    assert "at 50 tokens" in found.rows.about


def test_sampled_answers_fill_whole_steps() -> None:
    data = facts([10] * 7 + [0, 500], trained=np.zeros(9, np.int32))
    wanted = validate(
        {
            "model": {"base": "b"}, "rewards": [{"kind": "exact"}],
            "method": {"kind": "grpo", "grpo": {"generations": 2, "max_new_tokens": 32}},
            "training": {"micro_batch": 3, "accumulation": 2, "epochs": 2, "max_length": 128},
        }
    )  # fmt: skip
    found = plan_rows(wanted, data, in_one_line=False)
    assert found is not None
    assert (found.rows.rows, found.rows.steps) == (12, 4), "3 prompts a step: of 7 one waits, two are left out"
    assert found.rows.about.startswith("steps are exact")
    assert found.training.trained == 3 * 32


def test_what_is_exact() -> None:
    wanted = recipe(max_length=50)
    for data, exact in (
        (facts([10, 50]), True),
        (facts([10, 50], counted_at=50), True),
        (facts([10, 80], counted_at=80), False),
        (facts([10, 60]), False),
        (facts([10, 20], exact=False), False),
        (facts([10, 20], trained=None), False),
    ):
        found = plan_rows(wanted, data, in_one_line=False)
        assert found is not None
        assert found.rows.exact == exact
    assert plan_rows(wanted, DataFacts(), in_one_line=False) is None


def test_loss_is_computed_for_trained_tokens_alone() -> None:
    data = facts([64, 64], trained=np.array([16, 8], np.int32))
    found = plan_rows(recipe(micro_batch=2, epochs=1), data, in_one_line=False)
    assert found is not None
    assert found.training.trained == 2 * 16
    assert padded(1) == PAD_MULTIPLE
