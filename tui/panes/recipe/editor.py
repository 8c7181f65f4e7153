"""The editor that the environment names, opened on a line of a file."""

import os
import shlex
from pathlib import Path

_PLUS_LINE = ("vi", "vim", "nvim", "view", "nano", "pico", "emacs", "micro", "kak", "joe", "mg", "ne", "emacsclient")
"""Editors that take `+LINE` before a file."""
_COLON_LINE = ("hx", "helix", "subl", "zed")
"""Editors that take `FILE:LINE`."""


def editor_name() -> str:
    """What the environment names; `vi` where it names none."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"


def editor_command(path: Path, line: int | None) -> list[str]:
    """The command that opens a file, on a line from 0 where the editor is known to take one.

    Raises ValueError where the environment's words have an open quote.
    """
    words = shlex.split(editor_name())
    name = Path(words[0]).name if words else ""
    if line is not None and name in _PLUS_LINE:
        return [*words, f"+{line + 1}", str(path)]
    if line is not None and name in _COLON_LINE:
        return [*words, f"{path}:{line + 1}"]
    if line is not None and name == "code":
        return [*words, "--goto", f"{path}:{line + 1}"]
    return [*words, str(path)]
