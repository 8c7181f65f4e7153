"""A model's `config.json` from the Hub: a few kilobytes, so that a forecast needs no gigabytes of weights.

Kept in the home's cache. Asked as huggingface_hub asks: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE` mean the same here.
"""

import os
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from engine.files import make_folder, write_atomic

PATIENCE_S = 5.0
"""Without an answer by then, the Hub cannot be reached."""
_AGAIN_AFTER_S = 120.0
"""A question without an answer is not asked again before."""
_MOST_BYTES = 4 << 20
_NEWEST_FOR_S = 24 * 3600.0
"""A config without a revision is taken from the cache for this long."""

_unanswered: dict[str, tuple[float, str]] = {}


def fetch_config(name: str, revision: str, cache: Path) -> tuple[Path | None, str]:
    """(The folder that holds a Hub id's config.json, ""), or (None, why there is none). Blocks for seconds at most.

    A config that was fetched before is the answer where the Hub gives none.
    """
    folder = cache / "configs" / f"{name.replace('/', '--')}@{(revision or 'main').replace('/', '--')}"
    path = folder / "config.json"
    if path.is_file() and (revision or time.time() - path.stat().st_mtime < _NEWEST_FOR_S):
        return folder, ""
    problem = _fetch(name, revision, path)
    return (folder, "") if path.is_file() else (None, problem)


def _fetch(name: str, revision: str, path: Path) -> str:
    """ "" when it is there now, else why not."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return f"{name}: not fetched from the Hub yet, and HF_HUB_OFFLINE is set, so its shape is not known"
    at, before = _unanswered.get(str(path), (0.0, ""))
    if before and time.monotonic() - at < _AGAIN_AFTER_S:
        return before
    answered: list[str] = []
    # Looking up the Hub's name heeds no time limit, so somebody else waits for it.
    asking = threading.Thread(target=lambda: answered.append(_fetched(name, revision, path)), daemon=True)
    asking.start()
    asking.join(PATIENCE_S)
    problem = answered[0] if answered else f"{name}: {_why(TimeoutError())}"
    if problem:
        _unanswered[str(path)] = time.monotonic(), problem
    return problem


def _fetched(name: str, revision: str, path: Path) -> str:
    try:
        content = _ask(name, revision)
        make_folder(path.parent)
        write_atomic(path, content)
    except (OSError, ValueError) as error:
        return f"{name}: {_why(error)}"
    return ""


def _ask(name: str, revision: str) -> str:
    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    request = urllib.request.Request(f"{endpoint}/{name}/resolve/{revision or 'main'}/config.json")
    if token := _token():
        request.add_unredirected_header("Authorization", f"Bearer {token}")  # never for where it redirects to
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        content: bytes = answer.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("its config.json is larger than any model's")
    return content.decode("utf-8")


def _token() -> str:
    if named := os.environ.get("HF_TOKEN"):
        return named.strip()
    hub = os.environ.get("HF_HOME")
    home = Path(hub).expanduser() if hub else Path.home() / ".cache" / "huggingface"
    try:
        return (home / "token").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _why(error: Exception) -> str:
    match error:
        case urllib.error.HTTPError(code=401 | 403):
            return "not on the Hub, or not for you: for a gated model accept its terms there and set HF_TOKEN"
        case urllib.error.HTTPError(code=404):
            return "no such model or revision on the Hub: check model.base and model.revision"
        case urllib.error.HTTPError(code=code):
            return f"the Hub answers with error {code}, so its shape is not known"
        case ValueError():
            return f"the Hub's answer cannot be used: {error}"
    return "the Hub cannot be reached from here, so its shape is not known: give a folder, or fetch it elsewhere"
