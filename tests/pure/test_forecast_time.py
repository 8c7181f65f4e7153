"""How long a run takes and what it costs: from runs of before, else from a table."""

from typing import Any

import numpy as np
import pytest

from engine.forecast import forecast
from engine.forecast.gpus import GIB
from engine.situation import DataFacts, GpuFacts, PastRun
from tests.pure.foreseeing import H100, recipe, rows, situation


def past(**more: Any) -> PastRun:
    facts: dict[str, Any] = {
        "name": "triage#3", "gpu": H100.name, "backend": "unsloth", "base": "base", "adapter": "lora", "method": "sft",
        "parameters": 8_000_000_000, "tokens_per_s": 10_000.0, "load_s": 20.0, "steps": 90, "micro_batch": 4,
    }  # fmt: skip
    return PastRun(**facts | more)


def test_time_is_measured_else_scaled_else_guessed() -> None:
    wanted, alone = recipe(), rows(validation=0, validation_lengths=None)
    tokens = forecast(wanted, situation(data=alone)).tokens
    assert tokens is not None
    same = forecast(wanted, situation(data=alone, past=(past(),))).seconds
    assert same is not None
    assert same.source == "measured"
    assert "triage#3" in same.words
    assert same.mid_s == pytest.approx(tokens / 10_000, rel=0.05)
    assert same.low_s < same.mid_s < same.high_s
    twice = past(base="other", parameters=4_000_000_000)
    other = forecast(wanted, situation(data=alone, past=(twice,))).seconds
    assert other is not None
    assert other.source == "scaled"
    assert other.mid_s == pytest.approx(2 * same.mid_s, rel=0.1)  # the embedding is only looked up
    guess = forecast(wanted, situation(past=(past(gpu="another"),))).seconds
    assert guess is not None
    assert guess.source == "table"
    assert "a guess" in guess.words


def test_of_runs_alike_the_one_with_the_same_batches_and_more_steps_is_told() -> None:
    wanted = recipe()
    smoke = past(name="smoke#9", steps=3, tokens_per_s=2_000.0)
    other = past(name="other#8", micro_batch=1, tokens_per_s=3_000.0)
    whole = past(name="whole#1", tokens_per_s=9_000.0)
    told = [
        forecast(wanted, situation(past=runs)).seconds for runs in ((smoke, other, whole), (smoke, other), (other,))
    ]
    assert [(one.source, one.words) for one in told if one] == [
        ("measured", "as whole#1 ran here"), ("measured", "as smoke#9 ran here, for 3 steps"),
        ("scaled", "from other#8, which had other batches"),
    ]  # fmt: skip
    spreads = [one.high_s / one.low_s for one in told if one]
    assert spreads[0] < spreads[1] == pytest.approx(spreads[2])


def test_a_run_with_much_shorter_rows_had_other_batches() -> None:
    wanted = recipe()
    rows = forecast(wanted, situation()).rows
    assert rows is not None
    tokens = rows.tokens / rows.steps / wanted.training.accumulation
    for factor, source in ((1.2, "measured"), (0.1, "scaled")):
        found = forecast(wanted, situation(past=(past(batch_tokens=factor * tokens),))).seconds
        assert found is not None
        assert found.source == source


def test_other_methods_go_forward_more_often() -> None:
    wanted = {"method__kind": "kto"}
    of_sft = forecast(recipe(**wanted), situation(past=(past(),))).seconds
    of_kto = forecast(recipe(**wanted), situation(past=(past(), past(name="k#1", method="kto", base="x")))).seconds
    assert of_sft is not None
    assert of_kto is not None
    assert of_kto.words.startswith("from k#1")
    assert of_sft.mid_s == pytest.approx(2 * of_kto.mid_s)


def test_sampling_takes_its_time_and_grpo_is_not_told_by_other_methods() -> None:
    sampled = {"method__kind": "grpo", "rewards": [{"kind": "exact"}], "method__grpo__max_new_tokens": 256}
    grpo = forecast(recipe(**sampled), situation(past=(past(),))).seconds
    assert grpo is not None
    assert grpo.source == "table"
    steps = forecast(recipe(**sampled), situation()).steps
    assert steps is not None
    assert grpo.mid_s > steps * 256 * 32 * 0.001, "32 blocks for each token of an answer"
    half = forecast(recipe(**sampled | {"method__grpo__max_new_tokens": 128}), situation())
    assert half.seconds is not None
    assert half.steps is not None
    assert half.seconds.mid_s / half.steps < 0.7 * grpo.mid_s / steps


def test_the_table_says_about_what_was_measured() -> None:
    """Llama-3.1-8B's shape on an H200, QLoRA, 2,048 tokens, 2 x 4 rows: Unsloth 1.63 s a step, hf 3.05 to 3.27."""
    full = np.full(80, 2048, np.int32)
    data = DataFacts(train=80, lengths=full, trained=full, exact=True)
    gpu = GpuFacts("NVIDIA H200", 140 * GIB, 140 * GIB)
    for backend, step_s in (("unsloth", 1.63), ("hf", 3.16)):
        wanted = recipe(
            hardware__backend=backend, adapter__kind="qlora", training__micro_batch=2, training__epochs=1,
            training__max_length=2048,
        )  # fmt: skip
        found = forecast(wanted, situation(gpu, data=data)).seconds
        assert found is not None
        assert found.low_s < 10 * step_s < found.high_s


def test_money_and_budget() -> None:
    wanted = recipe(budget__price_per_hour=3.6, budget__limit=0.001, budget__hours=0.001)
    found = forecast(wanted, situation())
    assert found.cost is not None
    assert found.seconds is not None
    assert found.cost.mid == pytest.approx(found.seconds.mid_s / 1000)
    assert [line.split(":")[0] for line in found.over_budget] == ["budget.limit", "budget.hours"]
    guessed = forecast(recipe(), situation()).cost
    assert guessed is not None
    assert guessed.price_per_hour == 6.0
    assert "guess" in guessed.words
    assert forecast(recipe(), situation(GpuFacts("NVIDIA Mystery", 80 * GIB, 80 * GIB))).cost is None
    assert not forecast(recipe(budget__limit=10_000.0), situation()).over_budget
