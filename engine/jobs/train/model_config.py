"""A base model's config.json, read before anything is imported that loads models."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import ModelError

Config = Mapping[str, Any]


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


def of_text(config: Config) -> Config:
    """The part about text, where a model also sees or hears."""
    text = config.get("text_config")
    return text if isinstance(text, dict) else config


def native_length(config: Config) -> int | None:
    """Tokens that the model was made for; None where it does not say."""
    length = of_text(config).get("max_position_embeddings")
    return length if isinstance(length, int) and not isinstance(length, bool) else None


def _fetched(name: str, revision: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(name, "config.json", revision=revision or None))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        at = f" at revision {revision}" if revision else ""
        raise ModelError(f"{name}{at}: cannot be fetched from the Hub: {reason}") from error
