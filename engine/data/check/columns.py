"""The figures of all rows, gathered batch by batch: what the findings are worked out of."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.data.check.features import ROW, Features

MOST_CLASSES = 1000
"""With more different short answers, they name no classes."""
_KEPT_EXAMPLES = 3


@dataclass
class Columns:
    """Grows with each batch; then `close` makes one array of it."""

    numbers: Any = None
    """int64 (fits,): the number in the records of each row that fits the layout."""
    rows: Any = None
    """ROW (fits,)."""
    labels: Any = None
    """int32 (fits,): place in `classes` of each row's class; -1 for none."""
    classes: list[str] = field(default_factory=list)
    pieces: Counter[str] = field(default_factory=Counter)
    """Pieces of personal data by kind."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """A few masked pieces by kind."""
    unfit: dict[str, "array[int]"] = field(default_factory=dict)
    """Numbers of rows that do not fit, by reason."""
    _parts: list[tuple[Any, Any, Any]] = field(default_factory=list)
    _class_of: dict[str, int] = field(default_factory=dict)

    @property
    def has_classes(self) -> bool:
        """Whether the rows' labels may name classes; not once there are too many."""
        return 0 < len(self.classes) <= MOST_CLASSES

    def add(self, numbers: list[int], features: Features) -> None:
        """The next rows that fit."""
        labels = np.fromiter(map(self._label, features.labels), np.int32, len(numbers))
        self._parts.append((np.array(numbers, np.int64), features.rows, labels))
        self.pieces.update(features.pieces)
        for kind, masked in features.examples:
            kept = self.examples.setdefault(kind, [])
            if len(kept) < _KEPT_EXAMPLES and masked not in kept:
                kept.append(masked)

    def close(self) -> None:
        """No more rows."""
        empty = (np.empty(0, np.int64), np.empty(0, ROW), np.empty(0, np.int32))
        numbers, rows, labels = zip(empty, *self._parts, strict=True)
        self._parts.clear()
        self.numbers, self.rows, self.labels = np.concatenate(numbers), np.concatenate(rows), np.concatenate(labels)

    def _label(self, label: str) -> int:
        if not label:
            return -1
        number = self._class_of.get(label)
        if number is None:
            if len(self.classes) > MOST_CLASSES:
                return -1
            number = self._class_of[label] = len(self.classes)
            self.classes.append(label)
        return number
