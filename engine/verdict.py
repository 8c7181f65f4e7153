"""Is it learning? A run read in words, by the rules of the field guide (§4: reading a run).

Pure functions over losses, so that every front end and every test gives the same verdict.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from engine.method_figures import deciding
from engine.protocol import Evaluated, StepDone
from engine.run_state import RunState

Level = Literal["good", "info", "warn", "error"]

EARLY_STEPS = 10
"""Below this many steps nothing is said."""
RISES = 3
"""Evaluations in a row, each worse than the one before, that mean overfitting."""
FLAT_SHARE = 0.2
"""Share of the planned steps after which a loss that has not moved is worth a word (warm-up takes up to 0.1)."""
FLAT_CHANGE = 0.02
"""Relative change of the mean loss, first to last window, below which it has not moved."""
MEMORISED_LOSS = 0.02
"""Nats per trained token: the right token is given 98% of the probability, on average."""
SMALL_ROWS = 1_000
"""Training rows below which memorising is likely."""
WINDOW = 10
"""Steps whose mean stands for the loss at one end of a run: single steps are noise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence about a run, and one about what to do, if anything."""

    level: Level
    text: str
    advice: str = ""


def verdict(state: RunState) -> Verdict:
    """What the losses so far say; the gravest finding wins."""
    if not state.steps:
        return Verdict("info", "No step yet.")
    if bad := not_finite(state.steps):
        return _not_finite(bad)
    if found := overfitting(state) or memorised(state) or flat(state):
        return found
    if len(state.steps) < EARLY_STEPS:
        return Verdict("info", f"Too early to say: {len(state.steps)} of at least {EARLY_STEPS} steps.")
    return _progress(state)


def not_finite(steps: Sequence[StepDone]) -> list[int]:
    """Steps whose loss was NaN or infinite."""
    return [step.step for step in steps if step.loss is None]


def rising(evaluations: Sequence[Evaluated]) -> int:
    """How many of the newest evaluations in a row were each worse than the one before."""
    losses = [evaluation.loss for evaluation in evaluations]
    count = 0
    for before, after in zip(reversed(losses[:-1]), reversed(losses[1:]), strict=True):
        if before is None or after is None or after <= before:
            break
        count += 1
    return count


def overfitting(state: RunState) -> Verdict | None:
    """Validation loss up for three evaluations in a row while training loss falls."""
    count = rising(state.evaluations)
    if count < RISES:
        return None
    first, last = state.evaluations[-count - 1], state.evaluations[-1]
    fell = _mean_around(state.steps, last.step) < _mean_around(state.steps, first.step)
    what = f"Validation loss has risen for {count} evaluations ({first.loss:.3f} → {last.loss:.3f})"
    if not fell:
        return Verdict("warn", f"{what}, and training loss does not fall.", "Lower training.learning_rate.")
    kept = f"the best checkpoint, of step {state.best.step}, is kept" if state.best else "the best checkpoint is kept"
    advice = f"Fewer epochs would do: {kept}." if state.finished else f"Stop: {kept}."
    return Verdict("warn", f"{what} while training loss falls: overfitting.", advice)


def memorised(state: RunState) -> Verdict | None:
    """Training loss near 0 on a small set."""
    rows = state.data.train_rows if state.data else None
    loss = _mean(state.steps[-WINDOW:])
    if rows is None or rows >= SMALL_ROWS or len(state.steps) < EARLY_STEPS or loss >= MEMORISED_LOSS:
        return None
    return Verdict(
        "warn", f"Training loss is near 0 ({loss:.3f}) on {rows:,} rows: memorised.", "Fewer epochs, or more rows."
    )


def flat(state: RunState) -> Verdict | None:
    """Loss that has not moved since the start, once a fifth of the run is over."""
    enough = max(2 * WINDOW, FLAT_SHARE * (state.plan.steps if state.plan else math.inf))
    if len(state.steps) < enough:
        return None
    first, last = _mean(state.steps[:WINDOW]), _mean(state.steps[-WINDOW:])
    if first - last > FLAT_CHANGE * abs(first):
        return None
    moved = f"({first:.3f} → {last:.3f})"
    if last - first > FLAT_CHANGE * abs(first):
        return Verdict("warn", f"Training loss has risen since the start {moved}.", "Lower training.learning_rate.")
    return Verdict(
        "warn", f"Training loss has not moved since the start {moved}.",
        "The rate is too low, or the wrong tokens are trained: look at the marks in Data.",
    )  # fmt: skip


def smoothed_trend(steps: Sequence[StepDone]) -> Literal["↓", "→", "↑"] | None:
    """Where the loss (the reward, where that decides) is heading: the last window of steps against the one before; None
    when there are too few."""
    window = min(len(steps) // 2, max(WINDOW, len(steps) // 8))
    if window < 2:
        return None
    recent, before = (_mean_decided(part) for part in (steps[-window:], steps[-2 * window : -window]))
    if not (math.isfinite(recent) and math.isfinite(before)):
        return None
    change = (recent - before) / max(abs(before), 1e-9)
    return "→" if abs(change) < 0.01 else "↓" if change < 0 else "↑"


def _not_finite(bad: list[int]) -> Verdict:
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    return Verdict(
        "error", f"Loss was not a number at step {bad[0]}{more}.",
        "The rate is too high, a row is bad, or fp16 overflows: lower training.learning_rate, or set bf16.",
    )  # fmt: skip


def _progress(state: RunState) -> Verdict:
    first, last = _mean(state.steps[:WINDOW]), _mean(state.steps[-WINDOW:])
    if first - last <= FLAT_CHANGE * abs(first):
        return Verdict("info", f"Training loss {first:.3f} → {last:.3f}: too early to say.")
    text = f"{'Learned' if state.finished else 'Learning'}: training loss {first:.3f} → {last:.3f}."
    measured = [evaluation.loss for evaluation in state.evaluations if evaluation.loss is not None]
    if len(measured) < 2:
        return Verdict("good", text)
    count = rising(state.evaluations)
    if count:
        return Verdict(
            "info", f"{text} Validation loss rose {'once' if count == 1 else f'{count} times'} ({measured[-1]:.3f})."
        )
    return Verdict("good", f"{text} Validation follows ({measured[0]:.3f} → {measured[-1]:.3f}).")


def _mean(steps: Sequence[StepDone]) -> float:
    losses = [step.loss for step in steps if step.loss is not None]
    return fmean(losses) if losses else math.nan


def _mean_decided(steps: Sequence[StepDone]) -> float:
    values = [value for step in steps if (value := deciding(step)) is not None]
    return fmean(values) if values else math.nan


def _mean_around(steps: Sequence[StepDone], step: int) -> float:
    """Mean loss of the window of steps that ends at `step`."""
    end = next((place for place in range(len(steps), 0, -1) if steps[place - 1].step <= step), 0)
    return _mean(steps[max(0, end - WINDOW) : end])
