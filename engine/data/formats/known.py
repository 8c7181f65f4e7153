"""The nine formats that files come in, and how a row of each becomes an example."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from engine.data.example import Example, Kind
from engine.data.formats import conversational, judged, plain_text
from engine.data.records import Row

Format = Literal[
    "preference", "unpaired", "messages", "sharegpt", "alpaca", "prompt_completion", "segments", "prompt_answer",
    "mapping", "text",
]  # fmt: skip
"""Formats, the most particular first: a row that fits several is the first's. `mapping` is the recipe's own."""


@dataclass(frozen=True, slots=True)
class Known:
    """One format."""

    kind: Kind
    fields: str
    """Its fields, in words."""
    claims: Callable[[Row], bool]
    """Whether a row has its fields, by their names and types."""
    example: Callable[[Row], Example]
    """A row of it as an example. Raises Unfit."""
    surely: Callable[[Row], bool]
    """Of a row that is claimed: whether `example` is sure to succeed. False says nothing; it is there for speed."""


KNOWN: dict[Format, Known] = {
    "preference": Known(
        "preference", "prompt, chosen, rejected",
        judged.claims_preference, judged.preference, judged.surely_preference,
    ),
    "unpaired": Known(
        "unpaired", "prompt, completion, label", judged.claims_unpaired, judged.unpaired, judged.surely_unpaired
    ),
    "messages": Known(
        "conversation", "messages: [{role, content}]",
        conversational.claims_messages, conversational.messages, conversational.surely_messages,
    ),
    "sharegpt": Known(
        "conversation", "conversations: [{from, value}]",
        conversational.claims_sharegpt, conversational.sharegpt, conversational.surely_sharegpt,
    ),
    "alpaca": Known(
        "conversation", "instruction, input, output",
        conversational.claims_alpaca, conversational.alpaca, conversational.surely_alpaca,
    ),
    "prompt_completion": Known(
        "conversation", "prompt, completion",
        conversational.claims_prompt_completion, conversational.prompt_completion,
        conversational.surely_prompt_completion,
    ),
    "segments": Known(
        "segments", "segments: [{label, text}]",
        plain_text.claims_segments, plain_text.segments, plain_text.surely_segments,
    ),
    "prompt_answer": Known(
        "question", "prompt, solution or answer",
        judged.claims_prompt_answer, judged.prompt_answer, judged.surely_prompt_answer,
    ),
    "text": Known("text", "text", plain_text.claims_text, plain_text.text, plain_text.surely_text),
}  # fmt: skip
"""The formats by name, in the order of `Format`."""

FORMATS: tuple[Format, ...] = get_args(Format)
"""All formats, the most particular first."""
