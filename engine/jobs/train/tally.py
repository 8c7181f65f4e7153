"""What the training micro-batches hold, in the order in which they are trained."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BatchCount:
    """What one micro-batch held."""

    rows: list[int]
    """Places among the training rows."""
    tokens: int
    """Padding not counted."""
    trained_tokens: int


@dataclass
class Tally:
    """A collator adds each training micro-batch that it makes; the reporter takes it when it has been trained."""

    counts: deque[BatchCount] = field(default_factory=deque)

    def add(self, count: BatchCount) -> None:
        """A micro-batch was made."""
        self.counts.append(count)

    def take(self) -> BatchCount | None:
        """The micro-batch that was trained next; None where nobody counted it."""
        return self.counts.popleft() if self.counts else None
