"""How rows are divided into steps: as many of them as the guide has and the rows allow."""

from math import gcd
from typing import Any

from engine.advice.case import DEFAULT_BATCH, Case
from engine.method_limits import KTO_ROWS
from engine.steps import steps_per_epoch

SMALL, LARGE = 8, 64
"""Rows of a step below and above which advice speaks."""
FEW_STEPS = 10
"""Steps that warm-up alone takes at the most (guide §3: 5-10): with fewer the rate has no time to rise and fall."""
ENOUGH_STEPS = 2 * FEW_STEPS
"""Steps of the smallest run that the guide has: of 200 rows 160 are trained on twice, 16 a step."""
_OF_EPOCH = 4
"""Steps of an epoch at the least: with fewer most rows share a step with most others each time."""


def divided(case: Case, rows: int) -> dict[str, Any] | None:
    """Settings by which a step takes this many rows, or as many fewer as micro-batches allow; None where none do."""
    training, gpus = case.recipe.training, case.recipe.hardware.gpus
    micro = min(training.micro_batch, max(KTO_ROWS if case.method == "kto" else 1, rows // gpus))
    each = micro * gpus
    whole = case.recipe.method.grpo.generations // gcd(case.recipe.method.grpo.generations, each)
    accumulation = rows // each
    if case.method == "grpo":
        accumulation = accumulation // whole * whole
    if accumulation < 1:
        return None
    smaller = {"training.micro_batch": micro} if micro != training.micro_batch else {}
    return {**smaller, "training.accumulation": accumulation}


def most_rows(case: Case, steps: int) -> int:
    """Rows of a step, 16 at the most, with which the run still has this many steps, and an epoch four."""
    given, training = case.given_out, case.recipe.training
    if given is None:
        return DEFAULT_BATCH
    within = given // _OF_EPOCH
    if training.max_steps is None:
        within = min(within, int(given * training.epochs / steps))
    return min(DEFAULT_BATCH, within)


def raised(case: Case) -> dict[str, Any] | None:
    """Settings that make a small batch a usual one; None where it is none, or the rows are too few for a larger one."""
    if case.method == "grpo" or case.batch >= SMALL:
        return None
    fix = divided(case, most_rows(case, ENOUGH_STEPS))
    each = case.recipe.training.micro_batch * case.recipe.hardware.gpus
    if fix is None or "training.micro_batch" in fix or each * fix["training.accumulation"] < SMALL:
        return None
    return fix


def all_in_one(case: Case) -> bool:
    """Whether one step takes more than there is."""
    return case.method != "grpo" and case.given_out is not None and case.batch > case.given_out


def steps_by_epochs(case: Case) -> float | None:
    """Steps that the epochs alone make; None where rows are not known."""
    training = case.recipe.training
    return None if case.given_out is None else training.epochs * steps_per_epoch(case.given_out, training)


def units(case: Case) -> str:
    """What a step is made of."""
    if case.recipe.training.packing:
        return "packed rows"
    return "pieces of texts" if case.method == "cpt" else "rows"
