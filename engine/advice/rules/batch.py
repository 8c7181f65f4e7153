"""Rows of a step, and how they are divided into micro-batches."""

from engine.advice.batches import FEW_STEPS, LARGE, all_in_one, divided, most_rows, raised, units
from engine.advice.case import DEFAULT_BATCH, Case
from engine.advice.rule import rule
from engine.advice.rules.epochs import steps_few
from engine.advice.rules.length import packing_few_steps
from engine.advice.rules.rate import with_usual_rate
from engine.advice.types import Found
from engine.method_limits import KTO_ROWS

MOST_MICRO = 16
ROOM = 0.35
"""Share of free memory below which a larger micro-batch surely fits: activations grow with it, weights do not."""
_USUAL = "guide §3: effective batch 16"
_OWN_ENDS = f"{_USUAL}; ttune's own ends, half and four times as many"


@rule("batch_small", "notes", "training.accumulation", _OWN_ENDS)
def batch_small(case: Case) -> Found | None:
    """Steps of few rows are noisy: each pulls the weights where the last row pointed. There are rows enough here for
    larger ones."""
    fix = raised(case)
    return None if fix is None else Found(f"{_rows(case)} make one step; {DEFAULT_BATCH} are usual.",
                                          with_usual_rate(case, fix))  # fmt: skip


@rule("batch_large", "notes", "training.accumulation", _OWN_ENDS)
def batch_large(case: Case) -> Found | None:
    """Large batches make few steps of the same epochs, and past some tens of rows the mean of the gradients hardly
    becomes surer."""
    graver = all_in_one(case) or steps_few(case) is not None or packing_few_steps(case) is not None
    if case.method == "grpo" or case.batch <= LARGE or graver:
        return None
    fix = divided(case, DEFAULT_BATCH)
    return Found(f"{_rows(case)} make one step; {DEFAULT_BATCH} are usual.", fix and with_usual_rate(case, fix))


@rule("batch_over_rows", "warns", "training.accumulation", _USUAL)
def batch_over_rows(case: Case) -> Found | None:
    """When one step takes all rows, an epoch is a single step, and nothing is learned in between."""
    if not all_in_one(case) or packing_few_steps(case) is not None:
        return None
    given = case.given_out or 0
    fix = divided(case, max(1, most_rows(case, FEW_STEPS))) or divided(case, given)
    return Found(f"One step takes {case.batch:,} {units(case)}, and there are {given:,}.", fix)


@rule("micro_batch_large", "notes", "training.micro_batch", "guide §3: micro-batch 1-4 x accumulation; ttune's own end")
def micro_batch_large(case: Case) -> Found | None:
    """Memory grows with the micro-batch and the result does not change: accumulation gives the same step for less."""
    training = case.recipe.training
    if training.micro_batch <= MOST_MICRO or case.tiny:
        return None
    whole = [size for size in range(KTO_ROWS, MOST_MICRO + 1) if training.micro_batch % size == 0]
    micro = max(whole, default=MOST_MICRO)  # of a prime the step loses some rows
    return Found(
        f"{training.micro_batch} rows go through the model at once.",
        {"training.micro_batch": micro, "training.accumulation": training.accumulation * training.micro_batch // micro},
    )


@rule("micro_batch_small", "notes", "training.micro_batch", "guide §3: micro-batch 1-4 x accumulation", machine=True)
def micro_batch_small(case: Case) -> Found | None:
    """A GPU works on 4 short rows nearly as fast as on one: with memory to spare, larger micro-batches save time at
    the same step."""
    training, forecast = case.recipe.training, case.forecast
    rows = training.micro_batch * training.accumulation
    if forecast is None or forecast.vram_bytes is None or not forecast.gpu_free_bytes:
        return None
    if training.micro_batch >= 4 or rows % 4 or forecast.vram_bytes > ROOM * forecast.gpu_free_bytes:
        return None
    share = forecast.vram_bytes / forecast.gpu_free_bytes
    return Found(
        f"Micro-batches of {training.micro_batch} take {share:.0%} of the memory that is free.",
        {"training.micro_batch": 4, "training.accumulation": rows // 4},
    )


def _rows(case: Case) -> str:
    training, gpus = case.recipe.training, case.recipe.hardware.gpus
    parts = f"{training.micro_batch} × {training.accumulation}" + (f" × {gpus} GPUs" if gpus > 1 else "")
    return f"{parts} = {case.batch:,} rows"
