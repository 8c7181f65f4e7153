"""Is it learning? A run whose rewards decide (grpo), read in words; its loss is near 0 whatever it learns."""

import math
from collections.abc import Sequence
from statistics import fmean, variance

from engine.method_figures import LAST, REWARD, decides, recent
from engine.protocol import StepDone
from engine.run_state import RunState
from engine.verdict import EARLY_STEPS, FLAT_SHARE, WINDOW, Verdict, not_finite

SURE_ERRORS = 2.0
"""Standard errors by which two means must differ to be told apart (95% where rewards are about normal)."""
ALIKE_SHARE = 0.9
"""From this share of prompts on whose answers all have the same reward, nothing to speak of is learned."""


def reward_verdict(state: RunState) -> Verdict | None:
    """What the rewards so far say; None where the loss decides, or was not a number."""
    steps = state.steps
    if not steps or decides(steps[-1]) != "reward" or not_finite(steps):
        return None
    if len(steps) < EARLY_STEPS:
        return Verdict("info", f"Too early to say: {len(steps)} of at least {EARLY_STEPS} steps.")
    alike = recent(steps, "frac_reward_zero_std")
    if alike is not None and alike >= ALIKE_SHARE:
        return _all_alike(alike)
    return _moved(state)


def _all_alike(share: float) -> Verdict:
    return Verdict(
        "warn",
        f"For {share:.0%} of the last {LAST} steps' prompts all answers have the same reward: they teach nothing.",
        "Where it fails them all, raise method.grpo.temperature or generations; where it solves them all, give harder "
        "ones.",
    )


def _moved(state: RunState) -> Verdict:
    """The first steps against the last, by the standard error of their means."""
    window = max(WINDOW // 2, min(len(state.steps) // 2, max(WINDOW, len(state.steps) // 8)))
    first, last = _rewards(state.steps[:window]), _rewards(state.steps[-window:])
    if len(first) < 2 or len(last) < 2:
        return Verdict("info", "Too early to say: too few steps have a reward.")
    change = fmean(last) - fmean(first)
    error = math.sqrt(variance(first) / len(first) + variance(last) / len(last))
    figures = f"{fmean(first):.3f} → {fmean(last):.3f}"
    if abs(change) > SURE_ERRORS * error and change > 0:
        return Verdict("good", f"{'Learned' if state.finished else 'Learning'}: reward {figures}.")
    if abs(change) > SURE_ERRORS * error:
        return Verdict("warn", f"The reward has fallen since the start ({figures}).", "Lower training.learning_rate.")
    if state.plan is None or len(state.steps) < max(2 * WINDOW, FLAT_SHARE * state.plan.steps):
        return Verdict("info", f"Reward {figures}: too early to say.")
    return Verdict(
        "warn", f"The reward has not moved beyond chance since the start ({figures}).",
        "Raise training.learning_rate within its range, or sample more answers a prompt (method.grpo.generations).",
    )  # fmt: skip


def _rewards(steps: Sequence[StepDone]) -> list[float]:
    return [value for step in steps if (value := step.metrics.get(REWARD)) is not None]
