"""Held-out rows of any kind as turns that end with what is expected of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from engine.data.dataset import Dataset
from engine.data.example import Conversation, Example, Message
from engine.data.examples import Examples
from engine.errors import DataError
from engine.measurable import ASKS_NOTHING, asks_nothing


@dataclass(frozen=True, eq=False)
class Expected(Sequence[Conversation]):
    """Held-out rows by place, from 0: their last turn is the answer, the better of two, or a question's solution."""

    examples: Examples

    def __len__(self) -> int:
        return len(self.examples)

    @overload
    def __getitem__(self, place: int) -> Conversation: ...
    @overload
    def __getitem__(self, place: slice) -> "Expected": ...
    def __getitem__(self, place: Any) -> "Conversation | Expected":
        if isinstance(place, slice):
            return replace(self, examples=self.examples[place])
        return _expected(self.examples[place])

    def record(self, place: int) -> dict[str, Any]:
        """The row as its file holds it."""
        return self.examples.records.row(self.examples.usable[place])

    @property
    def of_questions(self) -> bool:
        """Whether rewards, and no given answer, say what is right."""
        return self.examples.layout.kind == "question"


def expected_of(dataset: Dataset) -> Expected:
    """What is expected on the rows that are held out. Raises DataError where there are none, or none has an answer."""
    examples = dataset.held_out_examples
    if examples.layout.kind in ASKS_NOTHING:
        raise DataError(asks_nothing(examples.layout.format))
    if examples.layout.kind == "unpaired":
        examples = examples.at([place for place, example in enumerate(examples) if example.label])
    if not examples:
        raise DataError("data.split.held_out: no row is held out: set it to a share such as 0.1, and train again")
    return Expected(examples)


def _expected(example: Example) -> Conversation:
    if example.kind == "question":
        return (*example.conversation, Message("assistant", example.solution))
    return example.conversation
