"""The chat template, applied to many conversations at once; a row that it refuses leaves the others alone."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engine.data.example import Conversation

Turn = dict[str, str]
"""A message as chat templates take it: role and content."""


class Unrenderable(ValueError):
    """A conversation that this chat template cannot render, or whose answers cannot be found in what it renders."""


class Renderer:
    """A tokenizer's chat template."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        specials = [str(token) for token in tokenizer.added_tokens_decoder.values()]
        self.specials = tuple(sorted(specials, key=len, reverse=True))
        """Texts of tokens that are never split, longest first."""
        template = tokenizer.chat_template or ""
        self._dated = not isinstance(template, str) or "strftime_now" in template

    @property
    def day(self) -> date | None:
        """Today, where the template may write it into every row; None where what it writes does not change."""
        return date.today() if self._dated else None

    def text(self, turns: Sequence[Turn], *, generation: bool = False) -> str:
        """One conversation; with `generation` followed by what asks for an answer. Raises Unrenderable."""
        try:
            return self._render([list(turns)], generation)[0]
        except refusals() as error:
            raise Unrenderable(f"the chat template refuses it: {str(error)[:200]}") from error

    def texts(self, conversations: list[list[Turn]], *, generation: bool = False) -> list[str | Unrenderable]:
        """Each conversation's text, or why there is none."""
        if not conversations:
            return []
        try:
            return [*self._render(conversations, generation)]
        except refusals():
            return [self._text_or_why(turns, generation) for turns in conversations]

    def _render(self, conversations: list[list[Turn]], generation: bool) -> list[str]:
        """All at once, which costs less a row; one that is refused refuses all."""
        texts: list[str] = self.tokenizer.apply_chat_template(
            conversations, tokenize=False, add_generation_prompt=generation
        )
        return texts

    def _text_or_why(self, turns: list[Turn], generation: bool) -> str | Unrenderable:
        try:
            return self.text(turns, generation=generation)
        except Unrenderable as error:
            return error


def refusals() -> tuple[type[Exception], ...]:
    """What templates raise: by themselves, and when a row has not what they look for."""
    from jinja2 import TemplateError

    return (TemplateError, TypeError, KeyError, IndexError, ValueError, AttributeError)


def turns_of(conversation: Conversation) -> list[Turn]:
    """Messages as chat templates take them."""
    return [{"role": message.role, "content": message.content} for message in conversation]
