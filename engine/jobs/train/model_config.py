"""A base model's config.json, read before anything is imported that loads models."""

import json
from pathlib import Path

from engine.backends import Config
from engine.errors import ModelError


def read_config(path: str, revision: str = "") -> Config:
    """The config of a model's folder, or of a Hub id, which is fetched. Raises ModelError with the mend."""
    folder = Path(path)
    file = folder / "config.json" if folder.is_dir() else _fetched(path, revision)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: cannot be read: {error}: is the folder whole?") from error
    if not isinstance(content, dict):
        raise ModelError(f"{file}: holds no JSON object: is the folder whole?")
    return content


def _fetched(name: str, revision: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(name, "config.json", revision=revision or None))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        at = f" at revision {revision}" if revision else ""
        raise ModelError(f"{name}{at}: cannot be fetched from the Hub: {reason}") from error
