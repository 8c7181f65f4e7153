"""What a draft remembers of a change, to take it back."""

from dataclasses import dataclass
from typing import Any


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
