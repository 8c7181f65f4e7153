"""What is known of each row besides the row: filters and sorting look at it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int32]
    Numbers = NDArray[np.int64]

SIDES = ("none", "train", "validation", "held_out")
"""Names of the values of `Known.side`, by value."""


@dataclass(frozen=True, eq=False)
class Known:
    """Arrays have an entry a row; below 0 is unknown. None: nobody has looked yet. Numbers of rows are int64."""

    tokens: "Counts | None" = None
    """Tokens after any cut."""
    trained: "Counts | None" = None
    """Tokens that carry loss."""
    chars: "Counts | None" = None
    """Characters of all texts in the row."""
    turns: "Counts | None" = None
    """Messages of the row's conversation."""
    side: "NDArray[np.uint8] | None" = None
    """Which side of the split the row is on: 0 none, 1 train, 2 validation, 3 held out."""
    findings: "Mapping[str, Numbers] | None" = None
    """Rows of each finding of the check, by its code."""
    flags: "Mapping[str, Numbers] | None" = None
    """Rows of each finding of the audit, by its code: cut, masked, failed, …"""
    unfit: "Numbers | None" = None
    """Rows that are no examples."""
    marked: Collection[int] = field(default=())
    """Rows that a person marked."""
    edited: Collection[int] = field(default=())
    """Rows that a person changed."""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values of fields that have few, such as labels: offered while a filter is typed."""
