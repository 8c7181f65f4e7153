"""A recipe's mapping at work: a row becomes an example of the kind that the mapped roles make."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from engine.data.example import Conversation, Example, Kind, Role
from engine.data.formats import usable
from engine.data.formats.patterns import compiled, compiled_turns, is_path
from engine.data.formats.turns import plain
from engine.data.formats.values import as_truth, find
from engine.data.records import Row
from engine.recipe import Mapping

SPEAKERS: dict[str, Role] = {
    "system": "system", "prompt": "user", "answer": "assistant", "chosen": "assistant", "rejected": "assistant",
}  # fmt: skip
"""Who says what a role holds; the other roles are no turns."""


def kind_of(mapping: Mapping) -> Kind:
    """What rows teach that are mapped so."""
    roles = mapping.roles
    if "text" in roles:
        return "text"
    if "chosen" in roles:
        return "preference"
    if "label" in roles:
        return "unpaired"
    return "question" if "solution" in roles else "conversation"


@lru_cache(maxsize=64)
def mapped(mapping: Mapping) -> "Mapped":
    """A mapping, compiled once. Raises DataError, naming the role, where a template is none."""
    return Mapped(mapping)


class Mapped:
    """A mapping, compiled."""

    def __init__(self, mapping: Mapping) -> None:
        patterns = {role: pattern for role, pattern in mapping if pattern}
        self.kind = kind_of(mapping)
        self._said = {
            role: compiled_turns(role, patterns[role], SPEAKERS[role]) for role in SPEAKERS if role in patterns
        }
        self._filled = {role: compiled(role, pattern) for role, pattern in patterns.items()}
        self._patterns = patterns
        self._make = self._makers()[self.kind]
        self._plain = [patterns[role] for role in mapping.roles] if all(map(is_path, patterns.values())) else []

    def example(self, row: Row) -> Example:
        """A row as the mapping makes it. Raises Unfit with the role and the field."""
        return self._make(row)

    def surely(self, row: Row) -> bool:
        """Whether every role's field is just a text, so that `example` is sure to succeed; False says nothing."""
        if self.kind not in ("conversation", "question", "text") or not self._plain:
            return False
        for field in self._plain:
            value = row.get(field)
            if type(value) is not str or not plain(value):
                return False
        return True

    def _makers(self) -> dict[Kind, Callable[[Row], Example]]:
        return {
            "conversation": lambda row: usable.conversation((*self._asked(row), *self._said["answer"](row))),
            "text": lambda row: usable.text(self._filled["text"](row)),
            "preference": lambda row: usable.preference(
                self._asked(row), self._said["chosen"](row), self._said["rejected"](row)
            ),
            "unpaired": lambda row: usable.unpaired(
                (*self._asked(row), *self._said["answer"](row)), as_truth(self._judged(row), "label")
            ),
            "question": lambda row: usable.question(self._asked(row), self._filled["solution"](row)),
        }

    def _asked(self, row: Row) -> Conversation:
        """The system text, unless this row's is empty, and the prompt."""
        system = self._said["system"](row) if "system" in self._said else ()
        if system and not system[0].content.strip():
            system = ()
        return *system, *self._said["prompt"](row)

    def _judged(self, row: Row) -> Any:
        pattern = self._patterns["label"]
        return find(row, pattern) if is_path(pattern) else self._filled["label"](row)
