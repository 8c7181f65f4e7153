"""What a backend is, and which one runs a recipe."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from engine.backends import Config, unsloth_cannot
from engine.errors import ModelError
from engine.jobs.importing import importing, load_trl
from engine.recipe import Recipe, layer_names


@dataclass(frozen=True, slots=True)
class Base:
    """What a backend loads."""

    path: str
    """A folder or Hub id."""
    config: Config
    """Its config.json."""
    adapter: Path | None = None
    """An adapter to go on from; None: a fresh one."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready to train."""

    model: Any
    """A peft model of which only the adapter's parameters require gradients; with adapter.kind = full a plain one."""
    dtype: str
    """What the base weights are held in: `float32`, `bfloat16`, `float16` or `nf4`."""
    device: str
    in_one_line: bool = False
    """Whether its kernels tell packed rows apart by `packed_seq_lengths`, all in one line, and not by positions."""


class Backend(Protocol):
    """Loads a base model and puts an adapter on it."""

    name: str
    compiles: bool
    """Whether the first step compiles kernels, and so takes far longer than the others."""

    def load(self, recipe: Recipe, base: Base) -> LoadedModel:
        """Load the base as the recipe says. Raises ModelError when it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which backend, and why, in words for the user."""

    name: str
    reason: str


def choose(recipe: Recipe, gpu: str | None, config: Config) -> Choice:
    """The backend for a recipe. `gpu`: its name as torch sees it, None without one; `config`: the base's.

    Raises ModelError when the recipe names a backend that cannot run it here.
    """
    wanted = recipe.hardware.backend
    obstacle = _unsloth_obstacle(gpu)
    unable = unsloth_cannot(recipe, config)
    if wanted == "unsloth" and obstacle:
        raise ModelError(f"hardware.backend: unsloth cannot run here: {obstacle}: set it to auto or hf")
    if wanted == "unsloth" and unable:
        raise ModelError(f"hardware.backend: {unable}, and hf can: set it to auto or hf")
    if wanted == "hf":
        return Choice("hf", "the recipe asks for transformers + peft")
    if wanted == "unsloth":
        return Choice("unsloth", "the recipe asks for it")
    if obstacle or unable:
        return Choice("hf", f"transformers + peft, because {obstacle or unable}")
    return Choice("unsloth", f"fastest on {gpu}, and it runs {recipe.method.kind} with {recipe.adapter.kind}")


def make(choice: Choice) -> Backend:
    """The chosen backend, with its libraries. Importing Unsloth takes 10 to 30 s and must come before transformers."""
    if choice.name == "unsloth":
        with importing():
            from engine.jobs.train.unsloth import UnslothBackend

        return UnslothBackend()
    from engine.jobs.train.hf import HfBackend

    load_trl()
    return HfBackend()


def gpu_name() -> str | None:
    """The GPU that torch would use; None without one."""
    with importing():
        import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def has_bf16() -> bool:
    """Whether the GPU computes in bfloat16."""
    import torch

    return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported())


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


def check_also_train(model: Any, names: tuple[str, ...]) -> None:
    """Raise ModelError for a layer of adapter.also_train that the model does not have."""
    there = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    if missing := [name for name in names if name not in there]:
        raise ModelError(f"adapter.also_train: {', '.join(missing)}: no such layer in this model")


def _unsloth_obstacle(gpu: str | None) -> str | None:
    if gpu is None:
        return "there is no NVIDIA GPU"
    if find_spec("unsloth") is None:
        return "unsloth is not installed (pip install 'ttune[gpu]')"
    return None
