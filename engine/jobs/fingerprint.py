"""Which base model an adapter belongs to: noted beside the adapter when it is saved, asked when it is loaded."""

import hashlib
import json
from pathlib import Path

from engine.errors import ModelError
from engine.saved_adapter import NOTE

_EDGE_BYTES = 1024 * 1024
"""Read at both ends of each weight file: a model of 140 GB is told from another in milliseconds."""


def fingerprint(base: str) -> str:
    """What tells a model folder from another: its config, and size, head and tail of its weights. "" for a Hub id."""
    folder = Path(base)
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with open(path, "rb") as file:
            digest.update(file.read(_EDGE_BYTES))
            file.seek(max(0, size - _EDGE_BYTES))
            digest.update(file.read(_EDGE_BYTES))
    return digest.hexdigest()[:32]


def note_base(adapter: Path, base: str) -> None:
    """Write beside an adapter which base it was trained on."""
    (adapter / NOTE).write_text(json.dumps({"base": base, "fingerprint": fingerprint(base)}) + "\n", encoding="utf-8")


def check_base(adapter: Path, base: str) -> None:
    """Raise ModelError when the base has changed since the adapter was trained: answers would be of neither model."""
    try:
        noted = json.loads((adapter / NOTE).read_text(encoding="utf-8"))["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    now = fingerprint(base)
    if noted and now and noted != now:
        raise ModelError(f"{base}: the base model has changed since this adapter was trained on it: train again")
