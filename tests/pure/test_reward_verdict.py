"""Is it learning, by its rewards: what is said rests on more than chance."""

import random

from engine.log import Log
from engine.protocol import Finished, StepDone, TrainingPlanned
from engine.reward_verdict import reward_verdict
from engine.run_state import RunState

PLAN = TrainingPlanned(steps=100, epochs=1, micro_batch=4, accumulation=4)


def state(rewards, *, alike=0.1, loss=0.0, **known) -> RunState:
    steps = (
        StepDone(step=number, epoch=0, loss=loss, metrics={"reward": reward, "frac_reward_zero_std": alike})
        for number, reward in enumerate(rewards, start=1)
    )
    return RunState(steps=Log(steps), plan=PLAN, **known)


def rewards(low: float, high: float, count: int = 40, noise: float = 0.1) -> list[float]:
    chance = random.Random(3407)
    return [low + (high - low) * place / count + chance.gauss(0, noise) for place in range(count)]


def test_a_run_that_the_loss_decides_is_left_to_the_other_verdict():
    assert reward_verdict(RunState()) is None
    assert reward_verdict(RunState(steps=Log([StepDone(step=1, epoch=0, loss=1.0)]))) is None
    assert reward_verdict(state(rewards(0, 1), loss=None)) is None


def test_a_reward_that_rises_is_learning():
    found = reward_verdict(state(rewards(0.1, 0.8)))
    assert found.level == "good"
    assert found.text.startswith("Learning: reward 0.1")
    ended = reward_verdict(state(rewards(0.1, 0.8), finished=Finished(outcome="completed")))
    assert ended.text.startswith("Learned: ")


def test_a_reward_that_falls_is_a_warning():
    found = reward_verdict(state(rewards(0.8, 0.1)))
    assert (found.level, found.advice) == ("warn", "Lower training.learning_rate.")


def test_chance_is_not_called_learning():
    assert reward_verdict(state(rewards(0.5, 0.5))).text.startswith("The reward has not moved beyond chance")
    early = reward_verdict(state(rewards(0.5, 0.5, count=12)))
    assert early.level == "info"
    assert "too early" in early.text
    assert "Too early" in reward_verdict(state([0.5] * 4)).text


def test_answers_that_are_all_alike_teach_nothing():
    found = reward_verdict(state(rewards(0.5, 0.5), alike=0.95))
    assert found.text == "For 95% of the last 10 steps' prompts all answers have the same reward: they teach nothing."
    assert "temperature" in found.advice


def test_steps_without_a_reward_are_no_reason_to_fail():
    assert reward_verdict(state([None] * 30)).level == "info"
