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
        self.specials: tuple[str, ...] = tuple(str(token) for token in tokenizer.added_tokens_decoder.values())
        """Texts of tokens that are never split, longest first."""
        self.specials = tuple(sorted(self.specials, key=len, reverse=True))
        template = tokenizer.chat_template or ""
        self._dated = not isinstance(template, str) or "strftime_now" in template

    @property
    def day(self) -> date | None:
        """Today, where the template may write it into every row; None where what it writes does not change."""
        return date.today() if self._dated else None

    def text(self, turns: Sequence[Turn], *, generation: bool = False) -> str:
        """One conversation; with `generation` followed by what asks for an answer. Raises Unrenderable."""
        from jinja2 import TemplateError

        try:
            text: str = self.tokenizer.apply_chat_template(
                list(turns), tokenize=False, add_generation_prompt=generation
            )
        except (TemplateError, TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
            raise Unrenderable(f"the chat template refuses it: {str(error)[:200]}") from error
        return text

    def texts(self, conversations: list[list[Turn]], *, generation: bool = False) -> list[str | Unrenderable]:
        """Each conversation's text, or why there is none."""
        from jinja2 import TemplateError

        if not conversations:
            return []
        try:
            texts: list[str | Unrenderable] = self.tokenizer.apply_chat_template(
                conversations, tokenize=False, add_generation_prompt=generation
            )
        except (TemplateError, TypeError, KeyError, IndexError, ValueError, AttributeError):
            return [self._text_or_why(turns, generation) for turns in conversations]
        return texts

    def _text_or_why(self, turns: list[Turn], generation: bool) -> str | Unrenderable:
        try:
            return self.text(turns, generation=generation)
        except Unrenderable as error:
            return error


def turns_of(conversation: Conversation) -> list[Turn]:
    """Messages as chat templates take them."""
    return [{"role": message.role, "content": message.content} for message in conversation]
