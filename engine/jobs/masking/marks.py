"""Answers that a template marks itself ({% generation %}): asked where they cannot be told by rendering."""

import re
from collections.abc import Sequence

from engine.jobs.masking.render import Renderer, Turn, Unrenderable, refusals
from engine.jobs.masking.skeleton import Span

_MARKED = re.compile(r"\{%-?\s*generation\s*-?%\}")


def marks_answers(renderer: Renderer) -> bool:
    """Whether the template says what is generated."""
    template = renderer.tokenizer.chat_template
    return isinstance(template, str) and bool(_MARKED.search(template))


def marked_answers(renderer: Renderer, turns: Sequence[Turn]) -> tuple[str, list[Span]]:
    """A conversation's text and what the template marks in it. Raises Unrenderable where it marks nothing."""
    from transformers.utils.chat_template_utils import render_jinja_template

    tokenizer = renderer.tokenizer
    try:
        texts, marks = render_jinja_template(
            conversations=[list(turns)],
            chat_template=tokenizer.chat_template,
            return_assistant_tokens_mask=True,
            add_generation_prompt=False,
            **tokenizer.special_tokens_map,
        )
    except refusals() as error:
        raise Unrenderable(f"the chat template refuses it: {str(error)[:200]}") from error
    spans = _joined([(start, end) for start, end in marks[0] if start < end])
    if not spans:
        raise Unrenderable("the template marks no answer in it")
    return texts[0], spans


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that touch as one: an answer and the token that ends the whole are marked apart."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
