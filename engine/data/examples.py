"""The rows of a source that training can use, as examples: read when they are asked for, a batch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from engine.data.conversations import Layout
from engine.data.example import Conversation, Example
from engine.data.records import Records

_READ_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Examples(Sequence[Example]):
    """Examples by place, from 0, in the order of their rows."""

    records: Records
    layout: Layout
    usable: Sequence[int]
    """Numbers of the rows in `records`, rising."""

    def __len__(self) -> int:
        return len(self.usable)

    @overload
    def __getitem__(self, place: int) -> Example: ...
    @overload
    def __getitem__(self, place: slice) -> "Examples": ...
    def __getitem__(self, place: Any) -> "Example | Examples":
        if isinstance(place, slice):
            return self.at(range(len(self))[place])
        return self.layout.example(self.records.row(self.usable[place]))

    def __iter__(self) -> Iterator[Example]:
        example = self.layout.example
        if len(self.usable) == self.records.count:
            return map(example, self.records.rows())
        return self._picked()

    def at(self, places: Sequence[int]) -> "Examples":
        """The examples at these rising places."""
        if isinstance(places, range) and places == range(len(self)):
            return self
        return Examples(self.records, self.layout, [self.usable[place] for place in places])

    @property
    def conversations(self) -> "Conversations":
        """The same as turns alone."""
        return Conversations(self)

    def _picked(self) -> Iterator[Example]:
        for first in range(0, len(self.usable), _READ_AT_ONCE):
            numbers = [int(number) for number in self.usable[first : first + _READ_AT_ONCE]]
            wanted = iter(numbers)
            number = next(wanted, None)
            if numbers[-1] - numbers[0] > 8 * len(numbers):  # thinly spread: one by one is cheaper
                yield from (self.layout.example(self.records.row(number)) for number in numbers)
                continue
            for place, row in enumerate(self.records.rows(numbers[0], numbers[-1] + 1), start=numbers[0]):
                if place == number:
                    yield self.layout.example(row)
                    number = next(wanted, None)


@dataclass(frozen=True, eq=False)
class Conversations(Sequence[Conversation]):
    """The turns of examples; () for rows that are text without turns."""

    examples: Examples

    def __len__(self) -> int:
        return len(self.examples)

    @overload
    def __getitem__(self, place: int) -> Conversation: ...
    @overload
    def __getitem__(self, place: slice) -> "Conversations": ...
    def __getitem__(self, place: Any) -> "Conversation | Conversations":
        found = self.examples[place]
        return found.conversation if isinstance(found, Example) else Conversations(found)

    def __iter__(self) -> Iterator[Conversation]:
        return (example.conversation for example in self.examples)
