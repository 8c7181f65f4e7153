"""A row as training takes it, whatever format its file has."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


Conversation = tuple[Message, ...]
"""Turns in order; usable for supervised training when it ends with the assistant's."""

Kind = Literal["conversation", "text", "segments", "preference", "unpaired", "question"]
"""What a row teaches: to answer; to continue text; the trained pieces of a text; which of two answers is better;
whether an answer is good; to find an answer that a reward function scores."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a template-free row."""

    text: str
    trained: bool
    """Whether its tokens carry loss."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row. What its kind does not have is empty."""

    kind: Kind
    conversation: Conversation = ()
    """All turns. It ends with the answer (conversation), the chosen one (preference) or the judged one (unpaired);
    of a question it is the prompt alone."""
    rejected: Conversation = ()
    """preference: the turns of the worse answer alone, what follows the shared prompt."""
    label: bool | None = None
    """unpaired: whether the answer is good."""
    solution: str = ""
    """question: what a reward function compares with."""
    segments: tuple[Segment, ...] = ()
    """text and segments: the pieces in order; no chat template is put around them."""

    @property
    def prompt(self) -> str:
        """What is asked, without system texts; "" for text and segments."""
        turns = self.conversation if self.kind == "question" else self.conversation[:-1]
        return "\n".join(message.content for message in turns if message.role != "system")

    @property
    def answer(self) -> str:
        """What is learned: the last answer, the trained text, or the solution."""
        if self.segments:
            return "".join(segment.text for segment in self.segments if segment.trained)
        if self.kind == "question":
            return self.solution
        return self.conversation[-1].content if self.conversation else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the row, in order."""
        more = (self.solution,) if self.solution else ()
        return (
            *(message.content for message in self.conversation),
            *(segment.text for segment in self.segments),
            *(message.content for message in self.rejected),
            *more,
        )
