"""The learning rate: by method, by what is trained, by the number of rows and by the batch."""

import math
from collections.abc import Mapping
from typing import Any

from engine.advice.batches import FEW_STEPS, LARGE, all_in_one, raised
from engine.advice.case import DEFAULT_BATCH, Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.recipe_form.numbers import shown_number
from engine.recipe_form.rates import OF_ADAPTER, OF_METHOD, Rates
from engine.steps import warmup_steps

FEW_ROWS = 1_000
"""Rows under which the rate should be lower (guide §3)."""
MOST_OF_FEW = 2e-4
SURE = 1e-4
TWICE = 2
"""Times more or fewer rows than 16 from which the batch moves the rate by a factor of 1.4."""
LONGEST_WARMUP, HALF = 0.3, 0.5
"""Shares of a run: of a warm-up of many steps, and of one of the usual few."""
USUAL_WARMUP = 10
"""Steps of a warm-up that are right whatever their share, up to half of a run (guide §3: 5-10)."""
_SOURCE = (
    "guide §3: QLoRA 1e-4 to 5e-4; LoRA 5e-5 to 3e-4; under 1,000 rows 1e-4, at most 2e-4; DPO 5e-7 to 1e-6; "
    "GRPO 1e-6 to 5e-6; ttune's own for KTO, ORPO and full fine-tuning: their papers and trl's guides"
)
_WARMUP = "guide §3: 10% of the steps, or 5-10 steps"


def rates(case: Case) -> Rates:
    """What is advised for a recipe."""
    return OF_METHOD.get(case.method) or OF_ADAPTER[case.recipe.adapter.kind]


@rule("rate_high", "warns", "training.learning_rate", _SOURCE)
def rate_high(case: Case) -> Found | None:
    """Too large steps forget what the base knew, or the loss jumps and ends as NaN. Preference training and sampling
    take far smaller ones than imitation."""
    advised, rate = rates(case), case.recipe.training.learning_rate
    if rate <= advised.high * 1.0001 or case.tiny:
        return None
    return Found(_outside(rate, "above", advised), {"training.learning_rate": rate_for(case, case.batch)})


@rule("rate_low", "warns", "training.learning_rate", _SOURCE)
def rate_low(case: Case) -> Found | None:
    """With too small steps the loss is flat from the start, and the run is paid for nothing."""
    advised, rate = rates(case), case.recipe.training.learning_rate
    if rate >= advised.low * 0.9999 or case.tiny:
        return None
    return Found(_outside(rate, "below", advised), {"training.learning_rate": rate_for(case, case.batch)})


@rule("rate_small_set", "warns", "training.learning_rate", "guide §3: under 1,000 rows 1e-4, at most 2e-4")
def rate_small_set(case: Case) -> Found | None:
    """Few rows are seen often, and with large steps they are memorised quickly."""
    rate = case.recipe.training.learning_rate
    if not case.imitates or case.full or case.tiny or not few_rows(case) or rate > rates(case).high * 1.0001:
        return None
    usual = max(rate_for(case, case.batch), rate_for(case, DEFAULT_BATCH))
    if rate <= usual * 1.0001:
        return None
    far = rate > MOST_OF_FEW * 1.0001
    memorised = f"above {shown_number(MOST_OF_FEW)} they are memorised quickly"
    told = memorised if far else f"{shown_number(usual)} is usual, {shown_number(MOST_OF_FEW)} the most"
    return Found(
        f"{case.examples} rows: {told}, and the rate is {shown_number(rate)}.",
        {"training.learning_rate": usual},
        severity="warns" if far else "notes",
    )


@rule("rate_of_batch", "notes", "training.learning_rate", "guide §3: when doubled, the rate times about 1.4")
def rate_of_batch(case: Case) -> Found | None:
    """The usual rate is meant for 16 rows a step. A larger batch averages out noise and can take larger steps, a
    smaller one needs smaller: the root of the ratio."""
    rate, ratio = case.recipe.training.learning_rate, case.batch / DEFAULT_BATCH
    if not case.imitates or case.tiny or rate != rate_for(case, DEFAULT_BATCH) or 1 / TWICE < ratio < TWICE:
        return None
    better = rate_for(case, case.batch)
    if better == rate or _batch_comes_first(case):
        return None
    return Found(
        f"{case.batch} rows a step instead of {DEFAULT_BATCH}: a rate of {shown_number(better)} does the same.",
        {"training.learning_rate": better},
    )


@rule("schedule_constant", "warns", "training.schedule", "guide §3: linear is fine; never constant")
def schedule_constant(case: Case) -> Found | None:
    """A rate that never falls keeps the weights jumping about the best place instead of settling there."""
    if case.recipe.training.schedule != "constant" or case.tiny:
        return None
    return Found("The rate stays the same to the end.", {"training.schedule": "cosine"})


@rule("warmup_none", "warns", "training.warmup", _WARMUP)
def warmup_none(case: Case) -> Found | None:
    """The optimiser knows nothing of the gradients' sizes yet, so its first steps at full rate do harm."""
    training, steps = case.recipe.training, case.steps
    if training.warmup == 0:
        return Found("The first step is taken at the full rate.", {"training.warmup": None})
    if steps is None or steps < FEW_STEPS or warmup_steps(steps, training):
        return None
    told = f"A warm-up of {100 * training.warmup:.2g}% of {steps} steps is none: the first is taken at the full rate."
    return Found(told, {"training.warmup": None})


@rule("warmup_long", "warns", "training.warmup", f"{_WARMUP}; ttune's own end")
def warmup_long(case: Case) -> Found | None:
    """While the rate still rises, little is learned: a warm-up of a third of the run is a lower rate in disguise. The
    usual 5-10 steps are right also in short runs, up to half of them."""
    warmup, steps = case.recipe.training.warmup, case.steps
    if steps is None:
        long = LONGEST_WARMUP < warmup < 1
        return Found(f"The rate still rises for {warmup:.0%} of the run.", {"training.warmup": None}) if long else None
    rises = warmup_steps(steps, case.recipe.training)
    if rises <= round((HALF if rises <= USUAL_WARMUP else LONGEST_WARMUP) * steps) or steps < FEW_STEPS:
        return None
    return Found(f"The rate still rises for {rises:,} of {steps:,} steps.", {"training.warmup": None})


def few_rows(case: Case) -> bool:
    """Whether there are fewer examples than the usual rates are for; texts of cpt are none."""
    return case.imitates and case.examples is not None and case.examples < FEW_ROWS


def rate_for(case: Case, batch: int) -> float:
    """The usual rate for steps of this many rows, within what is advised."""
    advised, ratio = rates(case), batch / DEFAULT_BATCH
    high = min(advised.high, MOST_OF_FEW) if few_rows(case) and not case.full else advised.high
    usual = _usual(case, advised)
    if 1 / TWICE < ratio < TWICE:
        return usual
    return float(f"{min(high, max(advised.low, usual * math.sqrt(ratio))):.1e}")


def with_usual_rate(case: Case, fix: Mapping[str, Any]) -> dict[str, Any]:
    """A fix of the batch, and with it the rate where that was made for the batch as it is."""
    rate = case.recipe.training.learning_rate
    made_for = case.imitates and not case.tiny and rate == rate_for(case, case.batch)
    usual = rate_for(case, DEFAULT_BATCH)
    return {**fix, "training.learning_rate": usual} if made_for and rate != usual else dict(fix)


def _batch_comes_first(case: Case) -> bool:
    """Whether another rule has the batch itself changed."""
    return raised(case) is not None or all_in_one(case) or case.batch > LARGE


def _outside(rate: float, where: str, advised: Rates) -> str:
    low, high = shown_number(advised.low), shown_number(advised.high)
    return f"{shown_number(rate)} is {where} what {advised.what} takes, {low} to {high}."


def _usual(case: Case, advised: Rates) -> float:
    return min(advised.usual, SURE) if few_rows(case) and not case.full else advised.usual
