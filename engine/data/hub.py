"""Sources on the Hub, written `hub:NAME`, `hub:NAME:CONFIG` or `hub:NAME@REVISION`: where their rows are kept."""

import re
from pathlib import Path

from engine.errors import DataError

SCHEME = "hub:"
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?(:[\w.-]+)?(@[\w./-]+)?")


def hub_name(source: str) -> str:
    """What a source is called on the Hub; "" where it is a path. Raises DataError for a name that cannot be one."""
    if not source.startswith(SCHEME):
        return ""
    name = source.removeprefix(SCHEME)
    if not _NAME.fullmatch(name):
        raise DataError(f"{source}: no name of a dataset: write hub:owner/name, or hub:owner/name:config")
    return name


def hub_folder(source: str, folder: Path) -> Path:
    """Where the rows of a Hub source are kept below a folder of such sources."""
    return folder / re.sub(r"[^\w.-]", "--", hub_name(source))
