"""Settings that do not go together, or not here: each is refused in one line before anything is loaded.

What is done in another way than asked, since this machine cannot do it, is said too.
"""

from importlib.util import find_spec
from pathlib import Path

from engine.errors import ModelError
from engine.recipe import Recipe
from engine.steps import saves_miss

PACKED = ("sft", "cpt")
"""Methods whose rows can share a sequence."""


def check_settings(recipe: Recipe) -> None:
    """Raise ModelError with a line for each setting that no machine can obey."""
    _refuse(refusals(recipe))


def check_machine(recipe: Recipe, gpu: str | None, *, bf16: bool) -> None:
    """Raise ModelError with a line for each setting that this machine cannot obey.

    `gpu`: its name, None without one; `bf16`: whether it has bfloat16.
    """
    _refuse(machine_refusals(recipe, gpu, bf16=bf16))


def refusals(recipe: Recipe) -> list[str]:
    """A line for each setting that goes with no machine, or not with the others."""
    adapter, training = recipe.adapter, recipe.training
    pissa = adapter.init == "pissa" and adapter.kind != "full"
    found = {
        f"hardware.gpus: {recipe.hardware.gpus}: training runs on one GPU so far: set it to 1": recipe.hardware.gpus
        > 1,
        "adapter.init: pissa changes weights that qlora holds in 4 bit: set adapter.kind to lora, or adapter.init to "
        "default": pissa and adapter.kind == "qlora",
        "adapter.init: pissa does not go with adapter.dora: turn one of them off": pissa and adapter.dora,
        "adapter.init: pissa begins an adapter, and model.adapter has begun already: set adapter.init to default": (
            pissa and bool(recipe.model.adapter)
        ),
        "model.adapter: adapter.kind = full trains the base itself: leave model.adapter empty, or train lora": (
            bool(recipe.model.adapter) and adapter.kind == "full"
        ),
        f"training.packing: {recipe.method.kind} trains each row by itself: set it to false": (
            training.packing and recipe.method.kind not in PACKED
        ),
        saves_miss(training): True,
    }
    return [line for line, applies in found.items() if applies and line]


def machine_refusals(recipe: Recipe, gpu: str | None, *, bf16: bool) -> list[str]:
    """A line for each setting that this machine cannot obey."""
    training = recipe.training
    bits = gpu is not None and training.optimiser != "adamw" and find_spec("bitsandbytes") is None
    found = {
        "adapter.kind: qlora needs an NVIDIA GPU and there is none: set it to lora": (
            recipe.adapter.kind == "qlora" and gpu is None
        ),
        "training.precision: fp16 needs an NVIDIA GPU and there is none: set it to auto": (
            training.precision == "fp16" and gpu is None
        ),
        f"training.precision: {gpu} has no bf16: set it to auto": (
            training.precision == "bf16" and gpu is not None and not bf16
        ),
        f"training.optimiser: {training.optimiser} needs bitsandbytes, which is not installed: "
        "pip install 'ttune[gpu]', or set it to adamw": bits,
        "adapter.kind: qlora needs bitsandbytes, which is not installed: pip install 'ttune[gpu]', or set it to lora": (
            recipe.adapter.kind == "qlora" and gpu is not None and find_spec("bitsandbytes") is None
        ),
    }
    return [line for line, applies in found.items() if applies]


def check_rows(recipe: Recipe, validation: int, path: str, *, steps: int | None = None) -> None:
    """Raise ModelError for settings that the rows or the model's folder do not allow.

    `validation`: rows that are measured; `path`: folder or Hub id of the base; `steps`: of the run, once known.
    """
    training = recipe.training
    lines = []
    if training.patience and not validation:
        lines.append(
            "training.patience: there are no validation rows to stop by: set data.split.validation to a share such as "
            "0.1, or training.patience to 0"
        )
    if recipe.model.revision and Path(path).is_dir():
        lines.append("model.revision: model.base is a folder, which has no revisions: leave model.revision empty")
    if validation and steps is not None and (missed := saves_miss(training, steps)):
        lines.append(missed)
    _refuse(lines)


def replaced(recipe: Recipe, gpu: str | None) -> list[str]:
    """A line for each setting that is obeyed in another way on this machine."""
    training = recipe.training
    if gpu is None and training.optimiser != "adamw":
        return [f"training.optimiser: {training.optimiser} needs an NVIDIA GPU: adamw is taken, with 32-bit states"]
    return []


def _refuse(lines: list[str]) -> None:
    if lines:
        raise ModelError("\n".join(lines))
