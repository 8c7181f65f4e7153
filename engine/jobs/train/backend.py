"""What a backend is, and which one runs a recipe."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from engine.errors import ModelError
from engine.recipe import Recipe, layer_names


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A base model with a fresh adapter, ready to train."""

    model: Any
    """A peft model; only the adapter's parameters require gradients."""
    dtype: str
    """What the base weights are held in: `float32`, `bfloat16`, `float16` or `nf4`."""
    device: str


class Backend(Protocol):
    """Loads a base model and puts an adapter on it."""

    name: str
    compiles: bool
    """Whether the first step compiles kernels, and so takes far longer than the others."""

    def load(self, recipe: Recipe, path: str) -> LoadedModel:
        """Load `path` (a folder or Hub id) as the recipe says. Raises ModelError when it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which backend, and why, in words for the user."""

    name: str
    reason: str


def choose(recipe: Recipe, gpu: str | None) -> Choice:
    """The backend for a recipe. `gpu`: its name as torch sees it, None without one.

    Raises ModelError when the recipe names a backend that cannot run here.
    """
    wanted = recipe.hardware.backend
    obstacle = _unsloth_obstacle(gpu)
    if wanted == "unsloth" and obstacle:
        raise ModelError(f"hardware.backend: unsloth cannot run here: {obstacle}: set it to auto or hf")
    if recipe.adapter.kind == "qlora" and gpu is None:
        raise ModelError("adapter.kind: qlora needs an NVIDIA GPU and there is none: set it to lora")
    if wanted == "hf":
        return Choice("hf", "the recipe asks for transformers + peft")
    if wanted == "unsloth":
        return Choice("unsloth", "the recipe asks for it")
    if obstacle:
        return Choice("hf", f"transformers + peft, because {obstacle}")
    return Choice("unsloth", f"fastest on {gpu}, and it runs {recipe.method.kind} with {recipe.adapter.kind}")


def make(choice: Choice) -> Backend:
    """The chosen backend. Importing Unsloth takes 10 to 30 s and must come before transformers."""
    if choice.name == "unsloth":
        from engine.jobs.train.unsloth import UnslothBackend

        return UnslothBackend()
    from engine.jobs.train.hf import HfBackend

    return HfBackend()


def gpu_name() -> str | None:
    """The GPU that torch would use; None without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def resolve_targets(model: Any, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the layers that get an adapter. Raises ModelError for one that no layer of the model has."""
    from torch.nn import Linear

    linear = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, Linear)}
    names = layer_names(targets, frozenset(linear))
    missing = [name for name in names or targets if name not in linear]
    if missing:
        there = ", ".join(sorted(linear - {"lm_head"})) or "none"
        raise ModelError(f"adapter.targets: {', '.join(missing)}: no such linear layer in this model (there: {there})")
    return names


def _unsloth_obstacle(gpu: str | None) -> str | None:
    if gpu is None:
        return "there is no NVIDIA GPU"
    if find_spec("unsloth") is None:
        return "unsloth is not installed (pip install 'ttune[gpu]')"
    return None
