"""An adapter to go on from (model.adapter): where it is, whether it fits, and its tensors put into a fresh one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.jobs.fingerprint import check_base
from engine.recipe import Recipe
from engine.saved_adapter import NOTE, adapter_config, adapter_folder, adapter_shape

WEIGHTS = "adapter_model.safetensors"


def starting_adapter(recipe: Recipe, project: Path, base: str) -> Path | None:
    """The folder of model.adapter, None where the recipe names none.

    `base`: folder or Hub id of the base model. Raises ModelError when there is no such adapter, when it belongs to
    another base, or when it is of another shape than the recipe's.
    """
    reference = recipe.model.adapter
    if not reference:
        return None
    with _naming_the_key():
        folder = adapter_folder(reference, project)
    _check_base(folder, base, reference)
    with _naming_the_key():
        config = adapter_config(folder)
    _check_shape(config, recipe, reference)
    return folder


def load_into(model: Any, folder: Path) -> None:
    """Give a fresh adapter the tensors of a saved one. Raises ModelError where they do not match."""
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        saved = load_file(str(folder / WEIGHTS))
    except (SafetensorError, OSError) as error:
        raise ModelError(f"model.adapter: {folder / WEIGHTS} cannot be read: {error}: train it again") from error
    fresh = get_peft_model_state_dict(model)
    if saved.keys() != fresh.keys() or any(saved[name].shape != tensor.shape for name, tensor in fresh.items()):
        raise ModelError(
            f"model.adapter: {folder} trains other layers than adapter.targets and adapter.also_train, "
            "or belongs to another base: set them to what it was trained with"
        )
    set_peft_model_state_dict(model, saved)


@contextmanager
def _naming_the_key() -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        raise ModelError(f"model.adapter: {error}") from error


def _check_base(folder: Path, base: str, reference: str) -> None:
    """By the fingerprint that lies beside adapters of ttune, else by the base's name."""
    try:
        check_base(folder, base)
        noted = json.loads((folder / NOTE).read_text(encoding="utf-8")).get("base", "")
    except ModelError as error:
        raise ModelError(f"model.adapter: {reference} was trained on another base model than model.base") from error
    except (OSError, ValueError, AttributeError):
        return
    if noted and noted != base and not (Path(noted).is_dir() and Path(base).is_dir()):
        raise ModelError(f"model.adapter: {reference} was trained on {noted}: set model.base to it")


def _check_shape(config: dict[str, Any], recipe: Recipe, reference: str) -> None:
    lines = [
        f"adapter.{name}: {_said(asked)}, and {reference} has {_said(has)}: set it to that"
        for name, has in adapter_shape(config).items()
        if has != (asked := getattr(recipe.adapter, name))
    ]
    if lines:
        raise ModelError("\n".join(lines))


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
