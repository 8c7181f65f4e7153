"""The learning rate: by method, by what is trained, by the number of rows and by the batch."""

import math

from engine.advice.case import DEFAULT_BATCH, Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.recipe_form.numbers import shown_number
from engine.recipe_form.rates import OF_ADAPTER, OF_METHOD, Rates

FEW_ROWS = 1_000
"""Rows under which the rate should be lower (guide §3)."""
MOST_OF_FEW = 2e-4
SURE = 1e-4
FAR = 4
"""Times larger or smaller than 16 from which the batch moves the rate by a factor of 2."""
LONGEST_WARMUP = 0.3


_SOURCE = "guide §3: QLoRA 1e-4-5e-4, LoRA 5e-5-3e-4, DPO 5e-7-1e-6, GRPO 1e-6-5e-6"


def rates(case: Case) -> Rates:
    """What is advised for a recipe."""
    return OF_METHOD.get(case.method) or OF_ADAPTER[case.recipe.adapter.kind]


@rule("rate_high", "warns", "training.learning_rate", _SOURCE)
def rate_high(case: Case) -> Found | None:
    """Too large steps forget what the base knew, or the loss jumps and ends as NaN. Preference training and sampling
    take far smaller ones than imitation; KTO, ORPO and full fine-tuning as their papers and trl's guides have it."""
    advised, rate = rates(case), case.recipe.training.learning_rate
    if rate <= advised.high * 1.0001 or case.tiny:
        return None
    return Found(_outside(rate, "above", advised), {"training.learning_rate": _usual(case, advised)})


@rule("rate_low", "warns", "training.learning_rate", f"{_SOURCE}; sweep 1e-5-5e-4")
def rate_low(case: Case) -> Found | None:
    """With too small steps the loss is flat from the start, and the run is paid for nothing."""
    advised, rate = rates(case), case.recipe.training.learning_rate
    if rate >= advised.low * 0.9999 or case.tiny:
        return None
    return Found(_outside(rate, "below", advised), {"training.learning_rate": _usual(case, advised)})


@rule("rate_small_set", "warns", "training.learning_rate", "guide §3: under 1,000 examples 1e-4, at most 2e-4")
def rate_small_set(case: Case) -> Found | None:
    """Few rows are seen often, and with large steps they are memorised quickly."""
    rate = case.recipe.training.learning_rate
    if not case.imitates or case.full or case.tiny or case.rows is None or case.rows >= FEW_ROWS:
        return None
    if not MOST_OF_FEW * 1.0001 < rate <= rates(case).high * 1.0001:
        return None
    return Found(
        f"{case.rows} rows: above {shown_number(MOST_OF_FEW)} they are memorised quickly, and the rate is "
        f"{shown_number(rate)}.",
        {"training.learning_rate": SURE},
    )


@rule("rate_of_batch", "notes", "training.learning_rate", "guide §3: doubling the batch, multiply the rate by 1.4")
def rate_of_batch(case: Case) -> Found | None:
    """The usual rate is meant for 16 rows a step. A larger batch averages out noise and can take larger steps, a
    smaller one needs smaller: the root of the ratio."""
    advised, rate = rates(case), case.recipe.training.learning_rate
    ratio = case.batch / DEFAULT_BATCH
    if not case.imitates or case.tiny or rate != advised.usual or 1 / FAR < ratio < FAR:
        return None
    most = min(advised.high, MOST_OF_FEW) if case.rows is not None and case.rows < FEW_ROWS else advised.high
    better = float(f"{min(most, max(advised.low, rate * math.sqrt(ratio))):.1e}")
    if better == rate:
        return None
    return Found(
        f"{case.batch} rows a step instead of {DEFAULT_BATCH}: a rate of {shown_number(better)} does the same.",
        {"training.learning_rate": better},
    )


@rule("schedule_constant", "warns", "training.schedule", "guide §3: cosine; linear is fine; never constant")
def schedule_constant(case: Case) -> Found | None:
    """A rate that never falls keeps the weights jumping about the best place instead of settling there."""
    if case.recipe.training.schedule != "constant" or case.tiny:
        return None
    return Found("The rate stays the same to the end.", {"training.schedule": "cosine"})


@rule("warmup_none", "warns", "training.warmup", "guide §3: 10% of steps, or 5-10 steps")
def warmup_none(case: Case) -> Found | None:
    """The optimiser knows nothing of the gradients' sizes yet, so its first steps at full rate do harm."""
    if case.recipe.training.warmup > 0:
        return None
    return Found("The first step is taken at the full rate.", {"training.warmup": None})


@rule("warmup_long", "warns", "training.warmup", "guide §3: 10% of steps, or 5-10 steps")
def warmup_long(case: Case) -> Found | None:
    """While the rate still rises, little is learned: a long warm-up is a lower rate in disguise."""
    warmup, steps = case.recipe.training.warmup, case.steps
    share = warmup if warmup < 1 else warmup / steps if steps else 0.0
    if share <= LONGEST_WARMUP:
        return None
    what = f"{warmup:.0%} of the run" if warmup < 1 else f"{min(warmup, steps or 0):,.0f} of {steps:,} steps"
    return Found(f"The rate still rises for {what}.", {"training.warmup": None})


def _outside(rate: float, where: str, advised: Rates) -> str:
    low, high = shown_number(advised.low), shown_number(advised.high)
    return f"{shown_number(rate)} is {where} what {advised.what} takes, {low} to {high}."


def _usual(case: Case, advised: Rates) -> float:
    few = case.imitates and case.rows is not None and case.rows < FEW_ROWS
    return min(advised.usual, SURE) if few and not case.full else advised.usual
