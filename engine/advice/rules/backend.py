"""What runs it, and on how many GPUs."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.backends import unsloth_cannot

_FASTER = "guide §6: on an H200 1.63 s a step and 6.8 GB by Unsloth, 3.05-3.27 s and 11.3 GB without"


@rule("unsloth_unavailable", "blocks", "hardware.backend", _FASTER, machine=True)
def unsloth_unavailable(case: Case) -> Found | None:
    """Unsloth needs an NVIDIA GPU and has to be installed; auto takes it where it can run, and hf elsewhere."""
    gpu = case.gpu
    there = case.situation.unsloth or (gpu is not None and not gpu.here)  # nobody knows what another machine has
    if case.recipe.hardware.backend != "unsloth" or not (without_gpu(case) or not there):
        return None
    why = "there is no NVIDIA GPU" if without_gpu(case) else "it is not installed"
    return Found(f"Unsloth cannot run here: {why}.", {"hardware.backend": None})


@rule("unsloth_unable", "blocks", "hardware.backend", _FASTER)
def unsloth_unable(case: Case) -> Found | None:
    """What Unsloth has no kernels for, or does in its own way, transformers and peft can do; auto chooses them."""
    if case.recipe.hardware.backend != "unsloth":
        return None
    why = unsloth_cannot(case.recipe, case.situation.model.config or {})
    return Found(f"U{why[1:]}.", {"hardware.backend": None}) if why else None


@rule("gpu_unknown", "warns", "hardware.gpu", "guide §6: memory and speed", machine=True)
def gpu_unknown(case: Case) -> Found | None:
    """Memory, time and money are foreseen for the GPU that is named here: of one that nobody knows only where its
    memory is written beside its name."""
    named, forecast = case.recipe.hardware.gpu, case.forecast
    if not named or forecast is None or forecast.gpu:
        return None
    return Found(f"{forecast.reason.removeprefix('hardware.gpu: ') or f'{named} is not known'}.")


@rule("unsloth_absent", "notes", "hardware.backend", _FASTER, machine=True)
def unsloth_absent(case: Case) -> Found | None:
    """Unsloth trains the same in about half the time and memory: pip install 'ttune[gpu]'."""
    gpu = case.gpu
    if gpu is None or not gpu.here or case.situation.unsloth or case.recipe.hardware.backend != "auto":
        return None
    return Found(f"Unsloth is not installed, and {gpu.name} could run it.")


@rule("gpus_many", "blocks", "hardware.gpus", "guide §6: memory and speed")
def gpus_many(case: Case) -> Found | None:
    """Training runs on one GPU so far. Its effective batch would change with their number as well."""
    gpus = case.recipe.hardware.gpus
    return Found(f"{gpus} GPUs are asked for, and one can be used.", {"hardware.gpus": None}) if gpus > 1 else None


def without_gpu(case: Case) -> bool:
    """Whether it runs on a CPU: there is no GPU, and none is planned for."""
    return case.gpu is None and not case.recipe.hardware.gpu
