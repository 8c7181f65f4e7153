"""The length that rows are cut at, against the rows' own lengths and the model's; and packing."""

from engine.advice.batches import FEW_STEPS, divided
from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.rules.grpo import prompts_cut
from engine.advice.types import Found

CUT_NOTED, CUT_WARNED = 0.001, 0.01
"""Shares of rows that lose their end."""
LOST = 0.05
"""Share of rows without any of their answer from which training does not start by itself."""
NEARLY_ALL, QUARTER = 10, 4
"""Percentile of rows, and times longer than there is room, from which estimated rows lose their answers surely enough:
the answer is a row's end, and seldom most of it."""
_STRETCHED = "guide §3: beyond the model's own with scaled positions (factor = wanted / own)"
_CUT = "guide §2, check 5: too long for the context (their answers cut off)"
USUAL = 2048
STEP = 256
"""Lengths are raised to a multiple of this."""
UNUSED = 4
FEW_TO_PACK = 8
"""Rows that share a packed one on average, from which packing saves much."""
STEPS_LEFT = 50
_ANSWERED = ("conversation", "preference", "unpaired")
"""Kinds of rows that end with an answer."""


@rule("answers_lost", "blocks", "training.max_length", _CUT)
def answers_lost(case: Case) -> Found | None:
    """Of a row whose prompt alone fills max_length its last answer is lost. Training does not start where that is so of
    every twentieth row, unless method.allow holds "answers_lost", and never where nothing is left at all."""
    prompts = case.untrained if _answered(case) and case.data.exact else None
    if prompts is None:
        return None
    lost = prompts.above(case.room - 1)
    unsure = case.imitates or lost < prompts.rows  # an earlier answer of a conversation may be left to imitate
    if lost < LOST * prompts.rows or ("answers_lost" in case.recipe.method.allow and unsure):
        return None
    told = "No row has any of its last answer"
    if lost < prompts.rows:
        told = f"{lost:,} of {prompts.rows:,} rows have nothing of their last answer"
    return Found(f"{told} within {case.room:,} tokens.", _enough(case))


@rule("answers_lost_likely", "blocks", "training.max_length", f"{_CUT}; ttune's own end, a quarter")
def answers_lost_likely(case: Case) -> Found | None:
    """Where hardly a quarter of a row is left, its answer is gone, and training stops before its first step. Tokens are
    estimated here: `ttune data audit` counts them, and "answers_lost" in method.allow says that it is meant."""
    lengths = case.widest if _answered(case) and case.untrained is None else None
    if lengths is None or _uncounted(case) or "answers_lost" in case.recipe.method.allow:
        return None
    shortest = lengths.percentile(NEARLY_ALL)
    if shortest <= QUARTER * case.room:
        return None
    return Found(
        f"Nearly all rows have {case.about}{shortest:,} tokens or more, and {case.room:,} are kept.", _enough(case)
    )


@rule("rows_cut", "warns", "training.max_length", _CUT)
def rows_cut(case: Case) -> Found | None:
    """A row that is too long loses its end, and that is the answer: the model learns to stop in the middle. Of two
    answers the longer one counts; a prompt that leaves no room for a sampled answer is left out."""
    lengths, limit, counted_at = case.widest, case.room, case.data.counted_at
    if lengths is None or case.method == "cpt" or _uncounted(case) or limit < 1 or _told_otherwise(case):
        return None
    known = limit != counted_at  # rows that were counted at this very length are not known beyond it
    cut = lengths.above(limit if known else limit - 1)
    if cut <= CUT_NOTED * lengths.rows:
        return None
    longest = f", the longest {lengths.longest:,}" if known and counted_at is None else ""
    sampled = case.method == "grpo"
    within = f"the {limit:,} tokens that the answer leaves" if sampled else f"{limit:,} tokens"
    told = f"{cut:,} of {lengths.rows:,} {'prompts' if sampled else 'rows'} do not fit into {within}{longest}."
    return Found(
        f"{case.about}{told}".capitalize(),
        _enough(case),
        severity="warns" if cut > CUT_WARNED * lengths.rows else "notes",
    )


@rule("length_unused", "notes", "training.max_length", "guide §3: length 2048; ttune's own end, a quarter of it used")
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


@rule("length_stretched", "notes", "training.max_length", _STRETCHED, may_warn=True)
def length_stretched(case: Case) -> Found | None:
    """Beyond the model's own length all positions are squeezed, also those of short rows, and quality falls a
    little."""
    limit, native = case.recipe.training.max_length, case.native
    if native is None or limit <= native or case.recipe.training.rope_scaling == "off":
        return None
    fills = case.recipe.training.packing  # whatever the rows' own lengths
    needless = not fills and case.longest is not None and case.longest <= native - (limit - case.room)
    scaled = f"so positions are scaled by {limit / native:.3g}"
    told = f"and no row has more than {case.longest:,}" if needless else scaled
    return Found(
        f"{limit:,} tokens are more than the model's own {native:,}, {told}.",
        {"training.max_length": native} if needless and native >= 8 else None,
        severity="warns" if needless else "notes",
    )


@rule("rope_off", "warns", "training.rope_scaling", _STRETCHED)
def rope_off(case: Case) -> Found | None:
    """Positions that the model never saw in its training come out as noise: scale them, or stay within its length."""
    limit, native = case.recipe.training.max_length, case.native
    if native is None or limit <= native or case.recipe.training.rope_scaling != "off":
        return None
    return Found(
        f"{limit:,} tokens are more than the model's own {native:,}, and positions are not scaled.",
        {"training.rope_scaling": None},
    )


@rule("packing_unable", "blocks", "training.packing", "guide §3: on for short rows")
def packing_unable(case: Case) -> Found | None:
    """Answers that are weighed or sampled are rows of their own: they cannot share one."""
    if not case.recipe.training.packing or case.imitates:
        return None
    return Found(f"{case.method} trains each row by itself.", {"training.packing": None})


@rule("packing_helps", "notes", "training.packing", "guide §3: on for short rows")
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


@rule("packing_few_steps", "warns", "training.packing", "guide §3: on for short rows")
def packing_few_steps(case: Case) -> Found | None:
    """Packed rows hold many examples each, so the same batch makes far fewer and larger steps: take fewer packed rows a
    step, or leave packing off."""
    if not case.packed_away or case.steps is None or case.steps >= FEW_STEPS:
        return None
    counted = "1 optimiser step" if case.steps == 1 else f"{case.steps} optimiser steps"
    epochs, given = case.recipe.training.epochs, case.given_out or 0
    smaller = divided(case, int(given * epochs / FEW_STEPS))
    fix = smaller if smaller and "training.micro_batch" not in smaller else {"training.packing": None}
    return Found(f"Packed, the whole run is about {counted}.", fix)


def _answered(case: Case) -> bool:
    """Whether rows end with an answer that loss is computed on alone."""
    return case.method not in ("cpt", "grpo") and case.kind in _ANSWERED and case.recipe.method.answers_only


def _uncounted(case: Case) -> bool:
    """Whether rows were cut shorter than there is room, so that nobody knows which fit."""
    return case.data.counted_at is not None and case.room > case.data.counted_at


def _told_otherwise(case: Case) -> bool:
    """Whether what stops training says the same."""
    return any(other(case) is not None for other in (prompts_cut, answers_lost, answers_lost_likely))


def _enough(case: Case) -> dict[str, int] | None:
    """A max_length that nearly all rows fit into; None where the model was not made for it."""
    lengths, limit, counted_at = case.widest, case.recipe.training.max_length, case.data.counted_at
    assert lengths is not None
    if case.room == counted_at:
        enough = 2 * limit
    else:
        wanted = lengths.percentile(100 - 100 * CUT_NOTED) + limit - case.room
        enough = -(-wanted // STEP) * STEP
    within = case.native is None or enough <= max(case.native, limit)
    return {"training.max_length": enough} if within else None
