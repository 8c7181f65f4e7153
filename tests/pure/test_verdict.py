"""A run read in words, by the rules of the field guide."""

import math

import pytest

from engine.log import Log
from engine.protocol import DataReady, Evaluated, Finished, StepDone, TrainingPlanned
from engine.run_state import RunState
from engine.verdict import rising, smoothed_trend, verdict


def state(losses, validation=(), *, steps=100, rows=5000, every=10, finished=False) -> RunState:
    best = math.inf
    evaluations = []
    for place, loss in enumerate(validation, start=1):
        evaluations.append(Evaluated(step=place * every, loss=loss, seconds=1, best=loss is not None and loss < best))
        best = min(best, loss if loss is not None else best)
    return RunState(
        steps=Log(StepDone(step=place, epoch=0, loss=loss) for place, loss in enumerate(losses, start=1)),
        evaluations=Log(evaluations), plan=TrainingPlanned(steps=steps, epochs=1, micro_batch=1, accumulation=1),
        data=DataReady(train_rows=rows, validation_rows=10, tokens=1, trained_tokens=1, longest=1),
        finished=Finished(outcome="completed") if finished else None,
    )  # fmt: skip


def falling(steps: int, low: float = 0.4) -> list[float]:
    return [low + 2 * math.exp(-step / 20) for step in range(steps)]


def test_nothing_is_said_before_there_is_something_to_say():
    assert verdict(state([])).text == "No step yet."
    assert verdict(state(falling(5))).text == "Too early to say: 5 of at least 10 steps."


def test_learning_is_said_with_both_losses():
    said = verdict(state(falling(60), [1.2, 0.8, 0.6]))
    assert said.level == "good"
    assert said.text == "Learning: training loss 2.014 → 0.532. Validation follows (1.200 → 0.600)."
    assert said.advice == ""


def test_three_rises_in_a_row_while_training_falls_are_overfitting():
    said = verdict(state(falling(60), [0.9, 0.5, 0.6, 0.7, 0.8]))
    assert said.level == "warn"
    assert (
        said.text
        == "Validation loss has risen for 3 evaluations (0.500 → 0.800) while training loss falls: overfitting."
    )
    assert said.advice == "Stop: the best checkpoint, of step 20, is kept."


def test_a_run_that_ended_is_not_told_to_stop():
    said = verdict(state(falling(60), [0.9, 0.5, 0.6, 0.7, 0.8], finished=True))
    assert said.advice == "Fewer epochs would do: the best checkpoint, of step 20, is kept."


def test_two_rises_are_not_yet_overfitting():
    said = verdict(state(falling(60), [0.9, 0.5, 0.6, 0.7]))
    assert said.level == "info"
    assert "Validation loss rose 2 times (0.700)." in said.text


def test_rises_of_both_losses_are_no_overfitting():
    losses = [0.5 + 0.01 * step for step in range(60)]
    said = verdict(state(losses, [0.5, 0.6, 0.7, 0.8]))
    assert said.text.endswith("and training loss does not fall.")


@pytest.mark.parametrize(("losses", "count"), [([], 0), ([1.0], 0), ([1, 2], 1), ([2, 1], 0), ([1, None, 2], 0)])
def test_rises_are_counted_from_the_newest(losses, count):
    evaluations = [Evaluated(step=place, loss=loss, seconds=1, best=False) for place, loss in enumerate(losses)]
    assert rising(evaluations) == count


def test_a_loss_that_is_not_a_number_is_an_error_with_its_step():
    losses: list = falling(30)
    losses[11] = losses[20] = None
    said = verdict(state(losses))
    assert said.level == "error"
    assert said.text == "Loss was not a number at step 12 and 1 more."
    assert "learning_rate" in said.advice


def test_a_loss_near_zero_on_few_rows_is_memorised_and_on_many_is_not():
    losses = [*falling(40), *[0.004] * 20]
    assert "memorised" in verdict(state(losses, rows=300)).text
    assert "memorised" not in verdict(state(losses, rows=30_000)).text


def test_a_loss_that_never_moved_is_flat_after_a_fifth_of_the_run():
    losses = [2.3 + 0.001 * (-1) ** step for step in range(30)]
    assert "has not moved" in verdict(state(losses, steps=100)).text
    assert "too early" in verdict(state(losses, steps=1000)).text


def test_a_loss_that_rises_from_the_start_is_told():
    assert "has risen since the start" in verdict(state([1 + 0.02 * step for step in range(40)])).text


@pytest.mark.parametrize(
    ("losses", "trend"), [([2 - 0.02 * s for s in range(60)], "↓"), ([1.0] * 60, "→"), ([1.0], None)]
)
def test_the_trend_is_of_windows_not_of_steps(losses, trend):
    assert smoothed_trend(state(losses).steps) == trend


def test_where_rewards_decide_they_have_the_trend():
    steps = [StepDone(step=step, epoch=0, loss=0.001, metrics={"reward": step / 60}) for step in range(1, 61)]
    assert smoothed_trend(steps) == "↑"
