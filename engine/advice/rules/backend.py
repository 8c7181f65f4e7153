"""What runs it, and on how many GPUs."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found

_FASTER = "guide §6: on an H200 1.63 s a step and 6.8 GB by Unsloth, 3.05-3.27 s and 11.3 GB without"


@rule("unsloth_unavailable", "blocks", "hardware.backend", _FASTER, machine=True)
def unsloth_unavailable(case: Case) -> Found | None:
    """Unsloth needs an NVIDIA GPU and has to be installed; auto takes it where it can run, and hf elsewhere."""
    if case.recipe.hardware.backend != "unsloth" or (case.gpu is not None and case.situation.unsloth):
        return None
    why = "there is no NVIDIA GPU" if case.gpu is None else "it is not installed"
    return Found(f"Unsloth cannot run here: {why}.", {"hardware.backend": None})


@rule("unsloth_unable", "blocks", "hardware.backend", _FASTER)
def unsloth_unable(case: Case) -> Found | None:
    """What Unsloth has no kernels for, or does in its own way, transformers and peft can do; auto chooses them."""
    if case.recipe.hardware.backend != "unsloth":
        return None
    adapter, training = case.recipe.adapter, case.recipe.training
    beyond = case.native is not None and training.max_length > case.native
    unable = {
        "DoRA": adapter.dora and not case.full,
        "PiSSA": adapter.init == "pissa" and not case.full,
        "rope_scaling off beyond the model's length": training.rope_scaling == "off" and beyond,
    }
    asked = [name for name, is_asked in unable.items() if is_asked]
    return Found(f"Unsloth cannot do {' and '.join(asked)}.", {"hardware.backend": None}) if asked else None


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
