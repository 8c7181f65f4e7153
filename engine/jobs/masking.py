"""Conversations -> tokens, and which of them carry loss. What a pane shows as trained is what this gives the trainer.

The mask follows characters, not token patterns: an answer is the text that the chat template adds between the
prompt with its generation prompt and the prompt with the answer in it, end-of-turn token included. That holds for
every template in which the first is the beginning of the second; others are refused, row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from engine.data.example import Conversation

BATCH_ROWS = 256

Span = tuple[int, int]
"""Characters from, to (not included)."""


@dataclass(frozen=True, slots=True)
class TokenisedRow:
    """One row as the model sees it. The lists have one entry a token."""

    text: str
    """The whole row through the chat template."""
    ids: list[int]
    starts: list[int]
    """Character of `text` at which the token begins."""
    trained: list[bool]
    """Whether the token carries loss."""
    cut: bool
    """Whether the row was longer than the limit and lost its end."""
    problem: str = ""
    """Why the row could not be rendered; then there are no tokens."""
    end: int = 0
    """Character of `text` at which the last token kept ends; what follows it was cut off."""

    @property
    def labels(self) -> list[int]:
        """Token ids where trained, -100 (which the loss passes over) elsewhere."""
        return [token if trained else -100 for token, trained in zip(self.ids, self.trained, strict=True)]


class Unrenderable(ValueError):
    """A conversation that this chat template cannot render, or whose answers cannot be found in what it renders."""


def tokenise(
    tokenizer: Any, conversations: Sequence[Conversation], *, answers_only: bool, max_length: int
) -> Iterator[TokenisedRow]:
    """Each conversation as tokens, in order; a row that cannot be rendered has a `problem` and no tokens.

    `answers_only`: only answers carry loss, else every token does. `max_length`: tokens kept of a row.
    """
    rest = iter(conversations)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield from _tokenise_batch(tokenizer, batch, answers_only, max_length)


def render_prompt(tokenizer: Any, conversation: Conversation) -> str:
    """The text that asks for an answer: all turns (the last one the user's), and the template's generation prompt."""
    text: str = _render(tokenizer, conversation, generation=True)
    return text


def _tokenise_batch(
    tokenizer: Any, batch: Sequence[Conversation], answers_only: bool, max_length: int
) -> Iterator[TokenisedRow]:
    rendered = [_render_row(tokenizer, conversation, answers_only) for conversation in batch]
    good = [text for text, _, problem in rendered if not problem]
    encoded = tokenizer(good, add_special_tokens=False, return_offsets_mapping=True) if good else {}
    place = 0
    for text, spans, problem in rendered:
        if problem:
            yield TokenisedRow(text, [], [], [], False, problem)
            continue
        ids, kept = encoded["input_ids"][place], encoded["offset_mapping"][place][:max_length]
        place += 1
        starts = [start for start, _ in kept]
        end = kept[-1][1] if kept else 0
        yield TokenisedRow(text, ids[:max_length], starts, _inside(starts, spans), cut=len(ids) > max_length, end=end)


def _render_row(tokenizer: Any, conversation: Conversation, answers_only: bool) -> tuple[str, list[Span], str]:
    """The row's text, the characters that are trained, and what went wrong ("" when nothing did)."""
    try:
        text = _render(tokenizer, conversation)
        spans = _answer_spans(tokenizer, conversation, text) if answers_only else [(0, len(text))]
    except Unrenderable as error:
        return "", [], str(error)
    return text, spans, ""


def _answer_spans(tokenizer: Any, conversation: Conversation, text: str) -> list[Span]:
    spans = []
    for place, message in enumerate(conversation):
        if message.role != "assistant":
            continue
        before = _render(tokenizer, conversation[:place], generation=True)
        last = place == len(conversation) - 1
        through = text if last else _render(tokenizer, conversation[: place + 1])
        if not through.startswith(before) or not text.startswith(through):
            raise Unrenderable("the template changes earlier turns, so the answer cannot be told from the prompt")
        spans.append((len(before), len(through)))
    return spans


def _render(tokenizer: Any, conversation: Conversation, generation: bool = False) -> str:
    from jinja2 import TemplateError

    messages = [{"role": message.role, "content": message.content} for message in conversation]
    try:
        text: str = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generation)
    except (TemplateError, TypeError, KeyError, IndexError) as error:
        raise Unrenderable(f"the chat template refuses it: {str(error)[:200]}") from error
    return text


def _inside(starts: Sequence[int], spans: Sequence[Span]) -> list[bool]:
    """For each token, whether it begins inside a span; both run in text order."""
    inside, place = [], 0
    for start in starts:
        while place < len(spans) and start >= spans[place][1]:
            place += 1
        inside.append(place < len(spans) and start >= spans[place][0])
    return inside
