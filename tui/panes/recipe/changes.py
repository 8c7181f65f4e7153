"""What a draft remembers of a change, to take it back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.files import make_folder, write_atomic


@dataclass(frozen=True, slots=True)
class Beside:
    """Another file of the project that a change was about too."""

    path: Path
    before: str | None
    """Its text; None where there was none."""
    after: str | None

    @property
    def opposite(self) -> "Beside":
        """The same the other way."""
        return Beside(self.path, self.after, self.before)

    def put_back(self) -> None:
        """Give it the text of before, unless it has another than after the change. Raises OSError."""
        now = self.path.read_bytes() if self.path.is_file() else None
        if now != (None if self.after is None else self.after.encode()):
            return
        if self.before is None:
            self.path.unlink(missing_ok=True)
        else:
            make_folder(self.path.parent)
            write_atomic(self.path, self.before)


@dataclass(frozen=True, slots=True)
class State:
    """A draft before or after a change."""

    text: str
    """The file's."""
    waiting: dict[str, Any]
    """Values that are not in it yet, by key."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that can be taken back."""

    values: dict[str, Any]
    """The settings that it was about, as they were before."""
    before: State
    after: State
    beside: tuple[Beside, ...] = ()
