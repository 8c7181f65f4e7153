"""Rows -> tokens, and which of them carry loss. What a pane shows as trained is what this gives the trainer.

The mask follows characters, not token patterns: an answer is the text that the chat template adds between the
prompt with its generation prompt and the prompt with the answer in it, end-of-turn token included. A token is trained
when it begins inside an answer. The last answer is told by rendering both, for every row. Templates that write earlier
turns otherwise once others follow (Qwen3 drops thoughts, Phi ends the whole with a token of its own) are aligned
with their own skeleton, character by character; what fits neither is what the template marks as generated, where it
does, or else refused, row by row.

Plain text and segments have no template around them: they end with EOS, and carry their own mask.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from engine.data.example import Conversation, Example
from engine.jobs.masking.encode import Encoder, TokenisedBatch
from engine.jobs.masking.prepare import Preparer, as_example
from engine.jobs.masking.render import Renderer, Unrenderable, turns_of
from engine.jobs.masking.row import TokenisedRow

__all__ = ["TokenisedBatch", "TokenisedRow", "Unrenderable", "render_prompt", "tokenise", "tokenise_batches"]

BATCH_ROWS = 1024
_AHEAD = 2
"""Batches that are rendered while the one before them is encoded."""


def tokenise(
    tokenizer: Any,
    rows: Iterable[Example | Conversation],
    *,
    answers_only: bool,
    max_length: int,
    end_ids: Sequence[int] = (),
) -> Iterator[TokenisedRow]:
    """Each row as tokens, in order; a row that cannot be rendered has a `problem` and no tokens.

    `answers_only`: only answers carry loss, else every token of a conversation does. `max_length`: tokens kept of a
    row. `end_ids`: tokens that end an answer; empty: the tokenizer's EOS.
    """
    for batch in tokenise_batches(tokenizer, rows, answers_only=answers_only, max_length=max_length, end_ids=end_ids):
        yield from batch.rows()


def tokenise_batches(
    tokenizer: Any,
    rows: Iterable[Example | Conversation],
    *,
    answers_only: bool,
    max_length: int,
    end_ids: Sequence[int] = (),
    batch_rows: int = BATCH_ROWS,
    judged_only: bool = False,
) -> Iterator[TokenisedBatch]:
    """The same, `batch_rows` at a time: a few batches are in memory, however many rows there are.

    `judged_only`: of rows that judge answers, those that stand in their prompts carry no loss.
    """
    preparer = Preparer(tokenizer, answers_only=answers_only, judged_only=judged_only)
    ends = end_ids or [token for token in [tokenizer.eos_token_id] if token is not None]
    encoder = Encoder(tokenizer, max_length=max_length, end_ids=ends)
    rest = iter(rows)
    waiting: deque[Future[TokenisedBatch]] = deque()
    with ThreadPoolExecutor(1) as beside:
        while batch := [as_example(row) for row in islice(rest, batch_rows)]:
            waiting.append(beside.submit(encoder.encode, preparer.prepare(batch)))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def render_prompt(tokenizer: Any, conversation: Conversation) -> str:
    """The text that asks for an answer: all turns (the last one the user's), and the template's generation prompt."""
    return Renderer(tokenizer).text(turns_of(conversation), generation=True)
