"""The length that rows are cut at, against the rows' own lengths and the model's; and packing."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found

CUT_NOTED, CUT_WARNED = 0.001, 0.01
"""Shares of rows that lose their end."""
USUAL = 2048
STEP = 256
"""Lengths are raised to a multiple of this."""
UNUSED = 4
FEW_TO_PACK = 8
"""Rows that share a packed one on average, from which packing saves much."""
STEPS_LEFT, FEW_STEPS = 50, 30


@rule("rows_cut", "warns", "training.max_length", "guide §2, check 5: answers cut off")
def rows_cut(case: Case) -> Found | None:
    """A row that is too long loses its end, and that is the answer: the model learns to stop in the middle."""
    lengths, limit, counted_at = case.lengths, case.recipe.training.max_length, case.data.counted_at
    if lengths is None or case.method == "cpt" or (counted_at is not None and limit > counted_at):
        return None
    known = limit != counted_at  # rows that were counted at this very length are not known beyond it
    cut = lengths.above(limit if known else limit - 1)
    if cut <= CUT_NOTED * lengths.rows:
        return None
    enough = -(-lengths.percentile(100 - 100 * CUT_NOTED) // STEP) * STEP if known else 2 * limit
    within = case.native is None or enough <= max(case.native, limit)
    longest = f", the longest {lengths.longest:,}" if known and counted_at is None else ""
    return Found(
        f"{case.about}{cut:,} of {lengths.rows:,} rows do not fit into {limit:,} tokens{longest}.".capitalize(),
        {"training.max_length": enough} if within else None,
        severity="warns" if cut > CUT_WARNED * lengths.rows else "notes",
    )


@rule("length_unused", "notes", "training.max_length", "guide §3: sequence length 2048")
def length_unused(case: Case) -> Found | None:
    """Batches are as wide as their longest row, so room that no row fills costs no memory in training; but samples,
    caches and forecasts are made for it."""
    longest, limit = case.longest, case.recipe.training.max_length
    if longest is None or case.recipe.training.packing or case.method in ("cpt", "grpo"):
        return None
    if limit <= USUAL or limit < UNUSED * longest:
        return None
    enough = max(STEP, -(-longest // STEP) * STEP)
    return Found(f"The longest row has {longest:,} of {limit:,} tokens.", {"training.max_length": enough})


@rule("length_stretched", "notes", "training.max_length", "guide §3: RoPE factor = wanted / native", may_warn=True)
def length_stretched(case: Case) -> Found | None:
    """Beyond the model's own length all positions are squeezed, also those of short rows, and quality falls a
    little."""
    limit, native = case.recipe.training.max_length, case.native
    if native is None or limit <= native or case.recipe.training.rope_scaling == "off":
        return None
    needless = case.longest is not None and case.longest <= native
    scaled = f"so positions are scaled by {limit / native:.3g}"
    told = f"and no row has more than {case.longest:,}" if needless else scaled
    return Found(
        f"{limit:,} tokens are more than the model's own {native:,}, {told}.",
        {"training.max_length": native} if needless and native >= 8 else None,
        severity="warns" if needless else "notes",
    )


@rule("rope_off", "warns", "training.rope_scaling", "guide §3: RoPE scaling beyond the model's own length")
def rope_off(case: Case) -> Found | None:
    """Positions that the model never saw in its training come out as noise: scale them, or stay within its length."""
    limit, native = case.recipe.training.max_length, case.native
    if native is None or limit <= native or case.recipe.training.rope_scaling != "off":
        return None
    return Found(
        f"{limit:,} tokens are more than the model's own {native:,}, and positions are not scaled.",
        {"training.rope_scaling": None},
    )


@rule("packing_unable", "blocks", "training.packing", "guide §3: packing on for short examples")
def packing_unable(case: Case) -> Found | None:
    """Answers that are weighed or sampled are rows of their own: they cannot share one."""
    if not case.recipe.training.packing or case.imitates:
        return None
    return Found(f"{case.method} trains each row by itself.", {"training.packing": None})


@rule("packing_helps", "notes", "training.packing", "guide §3: packing on for short examples")
def packing_helps(case: Case) -> Found | None:
    """Several short rows in one of max_length tokens, each seeing only itself, keep the GPU busy without padding."""
    lengths, training = case.lengths, case.recipe.training
    if lengths is None or training.packing or not case.imitates or case.gpu is None or training.max_steps is not None:
        return None
    each = training.max_length / max(1.0, lengths.mean)
    steps = lengths.rows / each / case.batch * training.epochs
    if each < FEW_TO_PACK or steps < STEPS_LEFT:
        return None
    before = f"{case.steps:,} steps become " if case.steps else ""
    return Found(
        f"A row has {lengths.mean:,.0f} tokens on average, so {each:.0f} share one of {training.max_length:,}: "
        f"{before}about {steps:,.0f}.",
        {"training.packing": True},
    )


@rule("packing_few_steps", "warns", "training.packing", "guide §3: packing on for short examples")
def packing_few_steps(case: Case) -> Found | None:
    """Packed rows hold many examples each, so the same batch makes far fewer and larger steps: lower the accumulation
    with it, or leave packing off."""
    steps = max(1, round(case.packed_rows / case.batch * case.recipe.training.epochs))
    if not case.packed_away or steps >= FEW_STEPS:
        return None
    counted = "1 optimiser step" if steps == 1 else f"{steps} optimiser steps"
    return Found(f"Packed, the whole run is about {counted}.", {"training.packing": None})
