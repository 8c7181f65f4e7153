"""Rows -> conversations: recognise how a file is laid out, or follow the recipe's mapping."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from engine.data.example import Conversation, Message, Role
from engine.data.records import Row
from engine.errors import DataError
from engine.recipe import Mapping

Format = Literal["messages", "sharegpt", "alpaca", "prompt_completion", "mapping"]

_SHAREGPT_ROLES: dict[str, Role] = {
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system",
}  # fmt: skip
_PROMPT_NAMES = ("text", "input", "question", "query", "instruction", "message", "ticket", "sentence")
_ANSWER_NAMES = ("category", "label", "intent", "class", "answer", "output", "response", "target")
_FIELD = re.compile(r"\{([^{}]+)\}")

SAMPLE_ROWS = 1000
"""Rows that decide which layout a file has; measuring every layout on a million rows takes half a minute."""


class Unfit(ValueError):
    """A row that is no conversation in the format asked for; the text says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a file become conversations."""

    format: Format
    mapping: Mapping
    fits: int
    """Rows that fit it."""
    rows: int
    guessed: bool = False
    """Whether ttune guessed the mapping from the fields' names."""

    def conversation(self, row: Row) -> Conversation:
        """The row as a conversation. Raises Unfit with the reason."""
        return _convert(self.format, row, self.mapping)


def recognise(rows: Sequence[Row], wanted: str = "auto", mapping: Mapping | None = None, name: str = "data") -> Layout:
    """The layout that most rows fit: the recipe's mapping, the format it names, or the best of all.

    Raises DataError, naming the fields there are, when no row fits.
    """
    likeliest = likely(rows, wanted, mapping)
    candidates = [likeliest] if likeliest.fits else _candidates(rows, wanted, mapping)
    best = max((_measure(it.format, rows, it.mapping, it.guessed) for it in candidates), key=lambda it: it.fits)
    if not best.fits:
        fields = ", ".join(list(rows[0])[:12])[:200] if rows else "none"
        raise DataError(
            f"{name}: no usable rows: their fields ({fields}) are no known format: "
            "set data.mapping.prompt and data.mapping.answer to the fields that hold them"
        )
    return best


def likely(rows: Sequence[Row], wanted: str = "auto", mapping: Mapping | None = None) -> Layout:
    """The layout that most rows of a sample fit; its figures are the sample's."""
    sample = rows[:: max(1, len(rows) // SAMPLE_ROWS)]
    layouts = [_measure(it.format, sample, it.mapping, it.guessed) for it in _candidates(rows, wanted, mapping)]
    return max(layouts, key=lambda layout: layout.fits)


def _candidates(rows: Sequence[Row], wanted: str, mapping: Mapping | None) -> list[Layout]:
    """What the rows may be, not measured yet."""
    if mapping is not None and mapping.given:
        return [Layout("mapping", mapping, 0, 0)]
    if wanted != "auto":
        return [Layout(_as_format(wanted), Mapping(), 0, 0)]
    guess = guess_mapping(rows)
    guessed = [] if guess is None else [Layout("mapping", guess, 0, 0, guessed=True)]
    return [*(Layout(known, Mapping(), 0, 0) for known in _CONVERTERS), *guessed]


def guess_mapping(rows: Sequence[Row]) -> Mapping | None:
    """A mapping for rows with one field named like a prompt and one like an answer; None when unsure."""
    fields = {field.lower(): field for field in rows[0]} if rows else {}
    prompt = next((fields[known] for known in _PROMPT_NAMES if known in fields), None)
    answer = next((fields[known] for known in _ANSWER_NAMES if known in fields), None)
    return Mapping(prompt=prompt, answer=answer) if prompt and answer else None


def _measure(layout: Format, rows: Sequence[Row], mapping: Mapping, guessed: bool = False) -> Layout:
    return Layout(layout, mapping, sum(_fits(layout, row, mapping) for row in rows), len(rows), guessed)


def _fits(layout: Format, row: Row, mapping: Mapping) -> bool:
    try:
        _convert(layout, row, mapping)
    except Unfit:
        return False
    return True


def _convert(layout: Format, row: Row, mapping: Mapping) -> Conversation:
    conversation = _mapped(row, mapping) if layout == "mapping" else _CONVERTERS[layout](row)
    if not conversation or conversation[-1].role != "assistant":
        raise Unfit("does not end with an answer")
    if not conversation[-1].content.strip():
        raise Unfit("the answer is empty")
    if not any(message.role == "user" for message in conversation):
        raise Unfit("has no prompt")
    return conversation


def _messages(row: Row) -> Conversation:
    turns = row.get("messages")
    if not isinstance(turns, list):
        raise Unfit("no list of messages")
    return tuple(_message(turn, "role", "content") for turn in turns)


def _sharegpt(row: Row) -> Conversation:
    turns = row.get("conversations")
    if not isinstance(turns, list):
        raise Unfit("no list of conversations")
    return tuple(_message(turn, "from", "value") for turn in turns)


def _message(turn: object, role_key: str, content_key: str) -> Message:
    if not isinstance(turn, dict):
        raise Unfit("a turn is no object")
    role = _SHAREGPT_ROLES.get(str(turn.get(role_key)))
    content = turn.get(content_key)
    if role is None:
        raise Unfit(f"unknown role {str(turn.get(role_key))[:40]!r}")
    if not isinstance(content, str):
        raise Unfit(f"{content_key} is no text")
    return Message(role, content)


def _alpaca(row: Row) -> Conversation:
    instruction = _text(row, "instruction")
    extra = _text(row, "input") if row.get("input") else ""
    prompt = f"{instruction}\n\n{extra}" if extra else instruction
    return Message("user", prompt), Message("assistant", _text(row, "output"))


def _prompt_completion(row: Row) -> Conversation:
    return Message("user", _text(row, "prompt")), Message("assistant", _text(row, "completion"))


def _mapped(row: Row, mapping: Mapping) -> Conversation:
    system = (Message("system", fill(mapping.system, row, literal=True)),) if mapping.system else ()
    return *system, Message("user", fill(mapping.prompt, row)), Message("assistant", fill(mapping.answer, row))


def fill(pattern: str, row: Row, literal: bool = False) -> str:
    """A role's text: the field that `pattern` names, or `pattern` with each {field} filled in. Raises Unfit.

    `literal`: text without braces is itself, not a field's name.
    """
    if not _FIELD.search(pattern):
        return pattern if literal else _text(row, pattern)
    return _FIELD.sub(lambda match: _text(row, match[1]), pattern)


def _text(row: Row, field: str) -> str:
    value = row.get(field)
    if value is None or isinstance(value, dict | list):
        raise Unfit(f"{field} is {'missing' if value is None else 'no text'}")
    return str(value)


def _as_format(name: str) -> Format:
    for known in get_args(Format):
        if known == name:
            return known  # type: ignore[no-any-return]
    raise DataError(f"data.format: {name} is none of {', '.join(get_args(Format))}")


_CONVERTERS: dict[Format, Callable[[Row], Conversation]] = {
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "prompt_completion": _prompt_completion,
}
