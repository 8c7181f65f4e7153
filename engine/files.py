"""Writing to disk so that a crash leaves the old file or the new one, never half of one."""

import os
import stat
import tempfile
from pathlib import Path

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
"""Modes of all that ttune keeps for itself: rows may be private."""


def make_folder(path: Path) -> Path:
    """Create a folder and its parents, readable by this user alone."""
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        missing.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return path


def private(name: str, flags: int) -> int:
    """Opens files so that a new one is this user's alone: `open(path, "wb", opener=private)`."""
    return os.open(name, flags, PRIVATE_FILE)


def write_atomic(path: Path, text: str) -> None:
    """Replace a file's content: write beside, fsync, rename. A file that is there keeps its mode, a new one is 0600.

    Line ends are written as the text has them.
    """
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            if path.exists():
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def folder_bytes(path: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
