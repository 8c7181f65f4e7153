"""Optimiser, decay and precision."""

from engine.advice.case import Case
from engine.advice.gpu_names import has_bf16
from engine.advice.rule import rule
from engine.advice.rules.backend import without_gpu
from engine.advice.types import Found

MOST_DECAY = 0.1


@rule("decay_high", "warns", "training.weight_decay", "guide §3: weight decay 0.01")
def decay_high(case: Case) -> Found | None:
    """A strong pull to 0 shrinks the adapter about as fast as it learns."""
    decay = case.recipe.training.weight_decay
    if decay <= MOST_DECAY:
        return None
    return Found(f"Weight decay {decay:g}: 0.01 is usual, {MOST_DECAY:g} much.", {"training.weight_decay": None})


@rule("optimiser_on_cpu", "notes", "training.optimiser", "guide §6: AdamW 8 bytes, 8-bit 2 per parameter", machine=True)
def optimiser_on_cpu(case: Case) -> Found | None:
    """8-bit and paged optimisers need an NVIDIA GPU; without one plain adamw is taken, with 32-bit states."""
    optimiser = case.recipe.training.optimiser
    if not without_gpu(case) or optimiser == "adamw":
        return None
    return Found(f"There is no GPU: adamw is taken instead of {optimiser}.", {"training.optimiser": "adamw"})


@rule("optimiser_wide", "notes", "training.optimiser", "guide §6: AdamW 8 bytes, 8-bit 2 per parameter", machine=True)
def optimiser_wide(case: Case) -> Found | None:
    """32-bit states take four times the memory of 8-bit ones; the result is the same within noise."""
    optimiser = case.recipe.training.optimiser
    if not _short_of_memory(case) or optimiser not in ("adamw", "paged_adamw"):
        return None
    return Found(
        f"Memory is short, and {optimiser} keeps 8 bytes for each trained parameter.",
        {"training.optimiser": optimiser + "_8bit"},
    )


@rule("optimiser_paged", "notes", "training.optimiser", "guide §3: paged variants when memory spikes", machine=True)
def optimiser_paged(case: Case) -> Found | None:
    """A paged optimiser's states move to host memory when the GPU's runs short, instead of ending the run."""
    if not _short_of_memory(case) or case.recipe.training.optimiser != "adamw_8bit":
        return None
    return Found(
        "Memory is short: a paged optimiser gives way at its peaks.", {"training.optimiser": "paged_adamw_8bit"}
    )


@rule("precision_fp16", "warns", "training.precision", "guide §3: bf16 where supported, else fp16", machine=True)
def precision_fp16(case: Case) -> Found | None:
    """fp16 reaches only to 65,504: large activations overflow to NaN. bf16 has fp32's range at the same size."""
    if case.recipe.training.precision != "fp16" or case.gpu is None or not has_bf16(case.gpu.name):
        return None
    return Found(f"{case.gpu.name} has bf16, and fp16 is asked for.", {"training.precision": None})


@rule("precision_no_bf16", "blocks", "training.precision", "guide §3: bf16 where supported, else fp16", machine=True)
def precision_no_bf16(case: Case) -> Found | None:
    """GPUs before Ampere do not compute in bf16: auto takes fp16 there."""
    if case.recipe.training.precision != "bf16" or case.gpu is None or has_bf16(case.gpu.name):
        return None
    return Found(f"{case.gpu.name} has no bf16.", {"training.precision": None})


@rule("precision_fp16_on_cpu", "blocks", "training.precision", "guide §3: precision", machine=True)
def precision_fp16_on_cpu(case: Case) -> Found | None:
    """Training in fp16 needs a GPU: on a CPU auto takes fp32."""
    if case.recipe.training.precision != "fp16" or not without_gpu(case):
        return None
    return Found("There is no GPU for fp16.", {"training.precision": None})


@rule("precision_wide", "warns", "training.precision", "guide §6: fp32 4 bytes, bf16 2 per parameter", machine=True)
def precision_wide(case: Case) -> Found | None:
    """fp32 takes twice the memory and several times the time of 16 bit on a GPU, for the same result."""
    if case.recipe.training.precision != "fp32" or case.gpu is None:
        return None
    return Found(f"fp32 on {case.gpu.name} takes twice the memory.", {"training.precision": None})


def _short_of_memory(case: Case) -> bool:
    """Whether states of many parameters are what a GPU's memory is short of; those of an adapter alone are small."""
    many = case.full or bool(case.recipe.adapter.also_train)
    return (
        many
        and case.gpu is not None
        and case.forecast is not None
        and case.forecast.verdict in ("tight", "will not fit")
    )
