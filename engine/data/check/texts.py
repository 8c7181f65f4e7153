"""What the checks look at in a row: its texts by the part they play."""

from typing import NamedTuple

from engine.data.example import Example

LABEL_CHARACTERS = 60
LABEL_WORDS = 5
"""An answer of at most so many may be the name of a class."""


class RowTexts(NamedTuple):
    """The texts of one row."""

    system: str
    """Said before the conversation; the same in many rows, so it counts for no likeness of rows."""
    prompt: str
    answer: str
    """What is learned."""
    more: str
    """The worse answer of a preference, the untrained text of segments."""
    kind: str
    judged: str
    """unpaired: `good` or `bad`."""
    label: str
    """The class of the row; "" for none."""

    @property
    def body(self) -> str:
        """Everything but system texts."""
        return "\n".join(filter(None, (self.prompt, self.answer, self.more)))


def row_texts(example: Example, label: str | None = None) -> RowTexts:
    """The texts of a row. `label`: its class, where a field names it; None: a short answer is taken for it."""
    judged = "" if example.label is None else "good" if example.label else "bad"
    answer = example.answer
    return RowTexts(
        "\n".join(message.content for message in example.conversation if message.role == "system"),
        example.prompt,
        answer,
        "\n".join(
            [message.content for message in example.rejected]
            + [segment.text for segment in example.segments if not segment.trained]
        ),
        example.kind,
        judged,
        (judged or short_answer(example.kind, answer)) if label is None else label,
    )


def body(example: Example) -> str:
    """What near duplicates are told by: all texts but system ones."""
    return row_texts(example).body


def short_answer(kind: str, answer: str) -> str:
    """The answer as a class's name; "" where it is too long, or no answer to something."""
    if kind not in ("conversation", "question") or len(answer) > LABEL_CHARACTERS:
        return ""
    label = " ".join(answer.split())
    return label if label.count(" ") < LABEL_WORDS else ""
