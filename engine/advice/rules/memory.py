"""Whether it fits, by the forecast; and what to train in 4 or 16 bit."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.rules.backend import without_gpu
from engine.advice.types import Found
from engine.base_models import known
from engine.sizes import size

COMFORTABLE = 0.7
"""Share of free memory that a run takes comfortably."""
LARGE_FOR_CPU = 1_000_000_000
"""Parameters from which a CPU is hopeless."""


@rule("memory_over", "blocks", "training.micro_batch", "guide §6: memory", machine=True, foreseen=True)
def memory_over(case: Case) -> Found | None:
    """A run that needs more memory than there is ends at its first long batch, after everything was loaded."""
    forecast = case.forecast
    if forecast is None or forecast.verdict != "will not fit" or not needed(case):
        return None
    return _told(case, "more than")


@rule("memory_tight", "warns", "training.micro_batch", "guide §6: memory", machine=True)
def memory_tight(case: Case) -> Found | None:
    """Forecasts err by some per cent, and other programs come and go: with no room to spare a run may end midway."""
    forecast = case.forecast
    if forecast is None or forecast.verdict != "tight" or not needed(case):
        return None
    return _told(case, "nearly all of")


@rule("checkpointing_off", "warns", "training.gradient_checkpointing", "guide §3: checkpointing unsloth", machine=True)
def checkpointing_off(case: Case) -> Found | None:
    """Activations are most of what long rows take; computing them again costs about 30% of time and saves nearly all
    of that memory."""
    forecast = case.forecast
    short = forecast is not None and forecast.verdict in ("tight", "will not fit")
    if not short or case.gpu is None or case.recipe.training.gradient_checkpointing != "off":
        return None
    return Found("Memory is short and activations are kept.", {"training.gradient_checkpointing": None})


@rule("gpu_missing", "warns", "hardware.backend", "guide §6: 7-8B by QLoRA from 6 GB of a GPU", machine=True)
def gpu_missing(case: Case) -> Found | None:
    """A CPU computes a hundredth of what a GPU does: a model of billions takes days where it takes minutes there. To
    plan for a GPU elsewhere, name it in hardware.gpu."""
    base = known(case.recipe.model.base)
    parameters = case.shape.parameters if case.shape else base.parameters if base else 0
    if not without_gpu(case) or parameters < LARGE_FOR_CPU:
        return None
    return Found(f"{parameters / 1e9:.1f} billion parameters would be trained without a GPU.")


@rule("qlora_without_gpu", "blocks", "adapter.kind", "guide §6: 4 bit", machine=True)
def qlora_without_gpu(case: Case) -> Found | None:
    """The 4-bit weights of qlora are kernels for NVIDIA GPUs; without one lora trains in 32 bit."""
    if case.recipe.adapter.kind != "qlora" or not without_gpu(case):
        return None
    return Found("qlora needs an NVIDIA GPU, and there is none.", {"adapter.kind": "lora"})


@rule("lora_fits", "notes", "adapter.kind", "guide §3: QLoRA costs 1-5% quality, 39% more time", machine=True)
def lora_fits(case: Case) -> Found | None:
    """4 bit is for when memory is short: where the base fits in 16 bit, lora is faster and a little better."""
    forecast, shape = case.forecast, case.shape
    if case.recipe.adapter.kind != "qlora" or forecast is None or forecast.vram_bytes is None:
        return None
    if shape is None or shape.four_bit:  # such a base has no 16 bit
        return None
    room = forecast.gpu_free_bytes or forecast.gpu_total_bytes
    wider = forecast.vram_bytes + round(1.5 * shape.parameters)  # 16 bit instead of 4
    if not room or wider > COMFORTABLE * room:
        return None
    return Found(
        f"In 16 bit it would take about {size(wider)} of {size(room)}: lora fits comfortably.",
        {"adapter.kind": "lora"},
    )


@rule("host_memory_low", "warns", "model.base", "guide §6: fp32 4 bytes per parameter", machine=True)
def host_memory_low(case: Case) -> Found | None:
    """On a CPU the weights are held in 32 bit in the machine's own memory, with what is computed beside them."""
    free, shape, forecast = case.situation.host_free_bytes, case.shape, case.forecast
    if not without_gpu(case) or free is None or shape is None or 4 * shape.parameters <= free:
        return None
    if forecast is not None and forecast.verdict == "will not fit":  # which says it of the whole run
        return None
    return Found(f"The weights take {size(4 * shape.parameters)}, and {size(free)} are free.")


@rule("disk_low", "warns", "training.keep_checkpoints", "guide §6: adapters and optimiser states", machine=True)
def disk_low(case: Case) -> Found | None:
    """A checkpoint that cannot be written ends the run with what it had learned since the one before."""
    free, forecast = case.situation.disk_free_bytes, case.forecast
    if free is None or forecast is None or forecast.disk_bytes is None or forecast.disk_bytes <= free:
        return None
    return Found(f"Checkpoints take {size(forecast.disk_bytes)}, and {size(free)} are free.")


def needed(case: Case) -> int | None:
    """Bytes that the run is forecast to take where it runs: of its GPU's memory, without one of the machine's own."""
    forecast = case.forecast
    if forecast is None:
        return None
    return forecast.vram_bytes if case.gpu is not None else forecast.host_bytes


def _told(case: Case, how: str) -> Found:
    forecast = case.forecast
    assert forecast is not None
    takes = f"It takes {size(needed(case) or 0)} at its highest, {how}"
    if case.gpu is None:
        free = case.situation.host_free_bytes
        there = f" the {size(free)} that are free" if free else " there is"
        return Found(f"{takes}{there} without a GPU: take a smaller base, or a GPU.", key="model.base")
    room = forecast.gpu_free_bytes or forecast.gpu_total_bytes
    there = f" {size(room)}" if room else " there is"
    mend = forecast.mends[0] if forecast.mends else None
    return Found(f"{takes}{there}{f': {mend.words}' if mend else ''}.", dict(mend.settings) if mend else None)
