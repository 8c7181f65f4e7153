"""Numbers of editions, each of which is given once.

A mark beside the templates, `.NAME@2.deleted`, stays where an edition was deleted: a project that was made of it must
never find another under its number.
"""

import re
from pathlib import Path

_DELETED = ".deleted"


def mark_deleted(folder: Path, reference: str) -> None:
    """Say that an edition is deleted, before its file goes. Raises OSError."""
    _mark(folder, reference).touch()


def was_deleted(folder: Path, reference: str) -> bool:
    """Whether an edition of this number was there once."""
    return _mark(folder, reference).exists()


def deleted_numbers(folder: Path, name: str) -> list[int]:
    """Numbers of a template's editions that were deleted."""
    mark = re.compile(rf"\.{re.escape(name)}@(\d+){re.escape(_DELETED)}")
    return [int(found[1]) for path in folder.glob(f".*{_DELETED}") if (found := mark.fullmatch(path.name))]


def number_in(reference: str) -> int:
    """The number in `NAME@2`; 0 where it says none."""
    number = reference.partition("@")[2]
    return int(number) if number.isdecimal() else 0


def _mark(folder: Path, reference: str) -> Path:
    return folder / f".{reference}{_DELETED}"
