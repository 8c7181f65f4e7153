"""Faults of ttune's own: logged in full, told in one line."""

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from engine.home import home_path


def logged(error: BaseException) -> str:
    """Log an error with its traceback; gives the line that tells of it: what it was, and where the whole story is."""
    story = "".join(traceback.format_exception(error))
    kept = _keep(f"{time.strftime('%Y-%m-%d %H:%M:%S')} ttune {' '.join(sys.argv[1:])}\n{story}\n")
    where = f"the whole story is in {kept}" if kept else "and it could not be logged"
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}: {where}"


def _keep(text: str) -> Path | None:
    """Append to the home's log, or to a file of its own where the home cannot be used."""
    path = home_path() / "ttune.log"
    kept = text.encode(errors="backslashreplace")  # a lone surrogate in the arguments or in a file's name
    try:
        with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as log:
            log.write(kept)
        return path
    except OSError:
        pass
    try:
        descriptor, name = tempfile.mkstemp(prefix="ttune-", suffix=".log")
        with open(descriptor, "wb") as log:
            log.write(kept)
        return Path(name)
    except OSError:
        return None
