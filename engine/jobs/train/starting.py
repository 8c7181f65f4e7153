"""An adapter to go on from (model.adapter): where it is, whether it fits, and its tensors put into a fresh one."""

import json
from pathlib import Path
from typing import Any

from engine.errors import JobError, ModelError
from engine.home import Home, home_path
from engine.jobs.fingerprint import NAME, check_base
from engine.project import find_run, resolve
from engine.recipe import Recipe

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"


def starting_adapter(recipe: Recipe, project: Path, base: str) -> Path | None:
    """The folder of model.adapter, None where the recipe names none.

    `base`: folder or Hub id of the base model. Raises ModelError when there is no such adapter, when it belongs to
    another base, or when it is of another shape than the recipe's.
    """
    reference = recipe.model.adapter
    if not reference:
        return None
    folder = _find(reference, project)
    _check_base(folder, base, reference)
    _check_shape(_config(folder), recipe, reference)
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


def _find(reference: str, project: Path) -> Path:
    folder = resolve(reference, project)
    if (folder / CONFIG).is_file():
        return folder
    if (folder / "job.toml").is_file():
        return _of_run(folder, reference)
    try:
        return _of_run(find_run(Home(home_path()), reference).path, reference)
    except JobError as error:
        raise ModelError(f"model.adapter: {error}, and {folder} holds no {CONFIG}") from error


def _of_run(run: Path, reference: str) -> Path:
    if (run / "adapter" / CONFIG).is_file():
        return run / "adapter"
    if (run / "model" / "config.json").is_file():
        raise ModelError(
            f"model.adapter: {reference} trained every weight and left no adapter: set model.base to {run / 'model'}"
        )
    raise ModelError(f"model.adapter: {reference} left no adapter: `ttune status {run.name}` says why")


def _config(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"model.adapter: {folder / CONFIG} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("peft_type") != "LORA":
        raise ModelError(f"model.adapter: {folder} holds no LoRA adapter")
    return content


def _check_base(folder: Path, base: str, reference: str) -> None:
    """By the fingerprint that lies beside adapters of ttune, else by the base's name."""
    try:
        check_base(folder, base)
        noted = json.loads((folder / NAME).read_text(encoding="utf-8")).get("base", "")
    except ModelError as error:
        raise ModelError(f"model.adapter: {reference} was trained on another base model than model.base") from error
    except (OSError, ValueError, AttributeError):
        return
    if noted and noted != base and not (Path(noted).is_dir() and Path(base).is_dir()):
        raise ModelError(f"model.adapter: {reference} was trained on {noted}: set model.base to it")


def _check_shape(config: dict[str, Any], recipe: Recipe, reference: str) -> None:
    adapter = recipe.adapter
    own = {
        "rank": (config.get("r"), adapter.rank),
        "alpha": (config.get("lora_alpha"), adapter.alpha),
        "rslora": (bool(config.get("use_rslora")), adapter.rslora),
        "dora": (bool(config.get("use_dora")), adapter.dora),
    }
    lines = [
        f"adapter.{name}: {_said(asked)}, and {reference} has {_said(has)}: set it to that"
        for name, (has, asked) in own.items()
        if has != asked
    ]
    if lines:
        raise ModelError("\n".join(lines))


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
