"""An example as a row of a named format.

What several formats can hold passes between them: turns between messages, sharegpt, alpaca (earlier rounds in its
`history`), prompt_completion and, with the answer as the solution, prompt_answer. Of a preference these take the better
answer; a judged answer only where it is good. A prompt or answer is a text where it is one turn, else a list of turns.
What a format cannot hold is refused, never cut.
"""

from collections.abc import Callable
from typing import Any, Literal, get_args

from engine.data.conversations import Unfit
from engine.data.example import Conversation, Example, Message, Role
from engine.data.records import Row
from engine.errors import DataError

Shape = Literal[
    "messages", "sharegpt", "alpaca", "prompt_completion",
    "text", "segments", "preference", "unpaired", "prompt_answer",
]  # fmt: skip

SHAPES: tuple[Shape, ...] = get_args(Shape)
"""The formats that can be written."""

_SPEAKERS: dict[Role, str] = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def known_shape(name: str, key: str = "--as") -> Shape:
    """A format by name. Raises DataError, listing them; `key` is where the name was given."""
    for shape in SHAPES:
        if shape == name:
            return shape
    raise DataError(f"{key} {name}: is none of {', '.join(SHAPES)}")


def as_row(example: Example, shape: Shape) -> Row:
    """The example as a row of a format. Raises Unfit where the format cannot hold it."""
    return _WRITERS[shape](example)


def _messages(example: Example) -> Row:
    return {"messages": _listed(_answered(example))}


def _sharegpt(example: Example) -> Row:
    return {"conversations": [{"from": _SPEAKERS[it.role], "value": it.content} for it in _answered(example)]}


def _alpaca(example: Example) -> Row:
    system, turns = _without_system(_answered(example))
    expected: list[Role] = ["user", "assistant"] * (len(turns) // 2)
    if [message.role for message in turns] != expected:
        raise Unfit("alpaca holds questions and answers by turns, nothing else")
    row: Row = {"instruction": turns[-2].content, "input": "", "output": turns[-1].content}
    if system:
        row["system"] = system
    if len(turns) > 2:
        row["history"] = [[turns[at].content, turns[at + 1].content] for at in range(0, len(turns) - 2, 2)]
    return row


def _prompt_completion(example: Example) -> Row:
    *prompt, answer = _answered(example)
    return {"prompt": _said(tuple(prompt), "user"), "completion": _said((answer,), "assistant")}


def _text(example: Example) -> Row:
    if not example.segments or not all(segment.trained for segment in example.segments):
        raise Unfit(f"{_article(example)} is no plain text: its chat template or its mask would be lost")
    return {"text": example.answer}


def _segments(example: Example) -> Row:
    if not example.segments:
        raise Unfit(f"{_article(example)} has no segments: a chat template decides them")
    return {"segments": [{"label": segment.trained, "text": segment.text} for segment in example.segments]}


def _preference(example: Example) -> Row:
    if example.kind != "preference":
        raise Unfit(f"{_article(example)} has no worse answer")
    *prompt, chosen = example.conversation
    return {
        "prompt": _said(tuple(prompt), "user"),
        "chosen": _said((chosen,), "assistant"),
        "rejected": _said(example.rejected, "assistant"),
    }


def _unpaired(example: Example) -> Row:
    if example.kind != "unpaired":
        raise Unfit(f"{_article(example)} is not judged good or bad")
    *prompt, answer = example.conversation
    return {"prompt": _said(tuple(prompt), "user"), "completion": _said((answer,), "assistant"), "label": example.label}


def _prompt_answer(example: Example) -> Row:
    *prompt, answer = _answered(example)
    return {"prompt": _said(tuple(prompt), "user"), "solution": answer.content}


def _answered(example: Example) -> Conversation:
    """The turns with the answer to imitate. Raises Unfit where there is none."""
    if example.kind == "question":
        return *example.conversation, Message("assistant", example.solution)
    if not example.conversation:
        raise Unfit(f"{_article(example)} has no turns")
    if example.label is False:
        raise Unfit("its answer is judged bad: not one to imitate")
    return example.conversation


def _said(turns: Conversation, role: Role) -> Any:
    """One turn of `role` as its text, unless that would be read as turns itself; else the list."""
    if len(turns) == 1 and turns[0].role == role:
        text = turns[0].content
        if not text.lstrip().startswith(("[", "Human:")):
            return text
    return _listed(turns)


def _listed(turns: Conversation) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in turns]


def _without_system(turns: Conversation) -> tuple[str, Conversation]:
    first = turns[0]
    return (first.content, turns[1:]) if first.role == "system" else ("", turns)


def _article(example: Example) -> str:
    return f"a row of kind {example.kind}"


_WRITERS: dict[Shape, Callable[[Example], Row]] = {
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "prompt_completion": _prompt_completion,
    "text": _text,
    "segments": _segments,
    "preference": _preference,
    "unpaired": _unpaired,
    "prompt_answer": _prompt_answer,
}
