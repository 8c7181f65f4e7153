"""What a base model's folder says of it. Of a Hub id that is not in the local cache, config.json alone is fetched."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.gathering.hub_config import fetch_config
from engine.home import Home
from engine.job import JobFolder
from engine.project import expanded, find_run, is_hub_id, resolve
from engine.recipe import Recipe
from engine.situation import ModelFacts

_WEIGHTS = (".safetensors", ".bin", ".gguf")


def model_facts(recipe: Recipe, project: Path, home: Home) -> ModelFacts:
    """What there is to know without loading anything; may ask the Hub, for seconds at most."""
    base = recipe.model.base
    method = _adapter_method(recipe.model.adapter, project, home)
    if is_hub_id(base, project):
        folder, problem = _of_hub(base, recipe.model.revision, home)
    else:
        folder, problem = resolve(base, project), ""
    if folder is None:
        return ModelFacts(problem=problem, adapter_method=method)
    config, problem = _config(folder)
    return ModelFacts(config, problem, _weight_bytes(folder), _has_template(folder), method)


def _of_hub(name: str, revision: str, home: Home) -> tuple[Path | None, str]:
    """The folder with a Hub id's files: of huggingface_hub where the model was fetched, else with its config alone."""
    folder = cached_snapshot(name, revision)
    if folder is not None and (folder / "config.json").is_file():
        return folder, ""
    return fetch_config(name, revision, home.cache)


def cached_snapshot(name: str, revision: str = "") -> Path | None:
    """The folder of a Hub id in the local cache, as huggingface_hub lays it out; None where it was never fetched."""
    repository = _cache() / f"models--{name.replace('/', '--')}"
    commit = revision or "main"
    with suppress(OSError):  # a revision that is a commit has no reference
        commit = (repository / "refs" / commit).read_text(encoding="utf-8").strip()
    folder = repository / "snapshots" / commit
    return folder if folder.is_dir() else None


def _cache() -> Path:
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if named:
        return Path(named).expanduser()
    hub = os.environ.get("HF_HOME")
    return (Path(hub).expanduser() if hub else Path.home() / ".cache" / "huggingface") / "hub"


def _config(folder: Path) -> tuple[dict[str, Any] | None, str]:
    """The parsed config.json, else why there is none."""
    path = folder / "config.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not folder.is_dir():
            return None, f"{folder}: no model folder there: set model.base to a folder with config.json, or to a Hub id"
        return None, f"{folder}: no config.json in it: set model.base to a transformers model's folder or a Hub id"
    except (OSError, ValueError) as error:
        return None, f"{path}: cannot be read: {error}: is the folder whole?"
    if not isinstance(content, dict):
        return None, f"{path}: holds no JSON object: is the folder whole?"
    return content, ""


def _weight_bytes(folder: Path) -> int | None:
    try:
        sizes = [entry.stat().st_size for entry in folder.iterdir() if entry.suffix in _WEIGHTS]
    except OSError:
        return None
    return sum(sizes) or None


def _has_template(folder: Path) -> bool | None:
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        content = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return isinstance(content, dict) and bool(content.get("chat_template"))


def _adapter_method(reference: str, project: Path, home: Home) -> str:
    """The method that an adapter was trained by, where a run of this home trained it."""
    if not reference:
        return ""
    try:
        folder = (project / expanded(reference)).absolute()
        inside = next((above for above in (folder, *folder.parents) if (above / "job.toml").is_file()), None)
        run = JobFolder(inside) if inside else find_run(home, reference)
        return str(run.spec.recipe.get("method", {}).get("kind", "sft"))
    except (UserError, OSError):
        return ""
