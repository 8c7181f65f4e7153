"""What steps do to rows that stay: records put in their place, personal data taken out of their texts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.data.records import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Marks = tuple[NDArray[np.bool_], ...]
    """For each source one value a row, by its number there."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Rows of the source that a person wrote anew."""

    records: dict[int, Row]
    """By number in the source, from 0."""

    def of(self, source: int, origin: int, row: Row) -> Row:
        """The row as it is now."""
        return row if source else self.records.get(origin, row)


@dataclass(frozen=True, slots=True)
class Redaction:
    """Texts without personal data."""

    redact: Callable[[str], str]
    """A text without what is to go."""
    marked: "Marks"
    """Rows that hold something, for each source that there was when the step came; of others nothing is read."""

    def of(self, source: int, origin: int, row: Row) -> Row:
        """The row as it is now; fields' names stay."""
        return _in_texts(row, self.redact) if source < len(self.marked) and self.marked[source][origin] else row


Change = Edits | Redaction


def changed(changes: Iterable[Change], source: int, origin: int, row: Row) -> Row:
    """A row after all changes; the row that came in is left as it is."""
    for change in changes:
        row = change.of(source, origin, row)
    return row


def _in_texts(value: Any, redact: Callable[[str], str]) -> Any:
    """A copy of a value with every text in it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _in_texts(inner, redact) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_in_texts(inner, redact) for inner in value]
    return value


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value, in order; fields' names are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner)
