"""What a reward is given: one sampled answer, and all that is known of what was asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one row's prompt."""

    prompt: str
    """What was asked, without system texts and without what the chat template writes."""
    answer: str
    """Without special tokens."""
    solution: str = ""
    """What the row says is right; "" where it says nothing."""
    row: Mapping[str, Any] = field(default_factory=dict)
    """The row as its file holds it."""
    number: int | None = None
    """The row's number in its source, from 1; None where there is none."""


Scorer = Callable[[Answered], float]
"""How good an answer is: 0 to 1 for all but a user's own function."""
