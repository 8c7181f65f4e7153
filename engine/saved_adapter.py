"""An adapter that was saved: where its folder is, and what its config says. For the job that goes on from it, and for
advice before there is a job."""

import json
from pathlib import Path
from typing import Any

from engine.errors import JobError, ModelError
from engine.home import Home, home_path
from engine.project import find_run, resolve

CONFIG = "adapter_config.json"
NOTE = "ttune.json"
"""What ttune writes beside an adapter: the base that it was trained on."""


def adapter_folder(reference: str, project: Path) -> Path:
    """The folder of an adapter: one that is named, or that of a run. Raises ModelError where there is none."""
    folder = resolve(reference, project)
    if (folder / CONFIG).is_file():
        return folder
    if (folder / "job.toml").is_file():
        return _of_run(folder, reference)
    try:
        return _of_run(find_run(Home(home_path()), reference).path, reference)
    except JobError as error:
        raise ModelError(f"{error}, and {folder} holds no {CONFIG}") from error


def adapter_config(folder: Path) -> dict[str, Any]:
    """peft's config of a LoRA adapter. Raises ModelError where it cannot be read, or is of another kind."""
    try:
        content = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / CONFIG} cannot be read: {error}: train it again") from error
    if not isinstance(content, dict) or content.get("peft_type") != "LORA":
        raise ModelError(f"{folder} holds no LoRA adapter: name one that does")
    return content


def adapter_shape(config: dict[str, Any]) -> dict[str, Any]:
    """The settings below `adapter` that a saved one and the recipe's must have in common, as its config says them."""
    return {
        "rank": config.get("r"),
        "alpha": config.get("lora_alpha"),
        "rslora": bool(config.get("use_rslora")),
        "dora": bool(config.get("use_dora")),
    }


def _of_run(run: Path, reference: str) -> Path:
    if (run / "adapter" / CONFIG).is_file():
        return run / "adapter"
    if (run / "model" / "config.json").is_file():
        raise ModelError(f"{reference} trained every weight and left no adapter: set model.base to {run / 'model'}")
    raise ModelError(f"{reference} left no adapter: `ttune status {run.name}` says why")
