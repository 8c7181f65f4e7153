"""Which held-out rows are asked, and how: the conversation without its last answer, through the chat template."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.example import Conversation
from engine.errors import DataError
from engine.jobs.context import JobContext
from engine.jobs.masking import Unrenderable, render_prompt


@dataclass(frozen=True, slots=True)
class Question:
    """One held-out row."""

    row: int
    """Row in the held-out set, from 0."""
    shown: str
    """What is asked, as a person reads it."""
    expected: str
    ids: list[int]
    """What is asked, as the model reads it."""


def choose_rows(rows: int, limit: int, seed: int) -> list[int]:
    """All rows, or a random `limit` of them; always in file order, and the same for the same seed."""
    if rows <= limit:
        return list(range(rows))
    return sorted(random.Random(seed).sample(range(rows), limit))


def make_questions(
    context: JobContext, tokenizer: Any, held_out: Sequence[Conversation], rows: Sequence[int], longest: int | None
) -> list[Question]:
    """The questions of these rows; those that cannot be asked are left out, and that is said.

    `longest`: tokens that the model can read and still answer. Raises DataError when no row can be asked.
    """
    questions: list[Question] = []
    too_long: list[int] = []
    problem = ""
    for row in rows:
        asked, answer = held_out[row][:-1], held_out[row][-1]
        try:
            ids = tokenizer(render_prompt(tokenizer, asked), add_special_tokens=False)["input_ids"]
        except Unrenderable as error:
            problem = problem or f"row {row + 1}: {error}"
            continue
        if longest is not None and len(ids) > longest:
            too_long.append(row)
        else:
            questions.append(Question(row, shown(asked), answer.content, ids))
    if too_long:
        problem = problem or f"row {too_long[0] + 1}: longer than the {longest} tokens that the model can read"
    if not questions:
        raise DataError(f"data.held_out: no row can be asked: {problem}")
    if problem:
        context.notice(f"{len(rows) - len(questions)} of {len(rows)} held-out rows are left out ({problem})", "warn")
    return questions


def shown(asked: Conversation) -> str:
    """What is asked: the user's words alone where there is one turn, else every turn with who said it."""
    turns = [message for message in asked if message.role != "system"]
    if len(turns) == 1:
        return turns[0].content
    return "\n\n".join(f"{message.role}: {message.content}" for message in turns)


def batches(questions: Sequence[Question], size: int) -> Iterator[list[Question]]:
    """Questions of like length together, to save padding; the longest first, so that too little memory shows soon."""
    by_length = sorted(questions, key=lambda question: len(question.ids), reverse=True)
    for start in range(0, len(by_length), size):
        yield by_length[start : start + size]
