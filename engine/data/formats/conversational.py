"""Rows that teach to answer: messages, sharegpt, alpaca, prompt and completion."""

from typing import Any

import msgspec

from engine.data.example import Conversation, Example, Message
from engine.data.formats import usable
from engine.data.formats.turns import answers, as_turns, is_turn, plain, turns
from engine.data.formats.values import Unfit, as_text
from engine.data.records import Row

_MESSAGES = ("messages",)
_SHAREGPT = ("conversations", "conversation")
_NO_CONVERSATIONS = frozenset((
    *_MESSAGES, *_SHAREGPT, "prompt", "completion", "chosen", "rejected", "history", "tools", "functions", "segments",
))  # fmt: skip
"""Lists that have a meaning of their own; a list of turns under any other name is a conversation."""


def claims_messages(row: Row) -> bool:
    """messages, or a list of turns with `role` under another name."""
    return _named(row, _MESSAGES) is not None or _unnamed(row, "role") is not None


def messages(row: Row) -> Example:
    """A list of turns. Raises Unfit."""
    name = _named(row, _MESSAGES) or _unnamed(row, "role") or "messages"
    return usable.conversation(usable.with_system(row, turns(row.get(name), name)))


def surely_messages(row: Row) -> bool:
    """Whether it is the usual case."""
    listed = row.get("messages")
    return type(listed) is list and answers(listed, "role", "content") and _plain_system(row)


def claims_sharegpt(row: Row) -> bool:
    """conversations, or a list of turns with `from` under another name."""
    return _named(row, _SHAREGPT) is not None or _unnamed(row, "from") is not None


def sharegpt(row: Row) -> Example:
    """A list of turns. Raises Unfit."""
    name = _named(row, _SHAREGPT) or _unnamed(row, "from") or "conversations"
    return usable.conversation(usable.with_system(row, turns(row.get(name), name)))


def surely_sharegpt(row: Row) -> bool:
    """Whether it is the usual case."""
    listed = row.get("conversations")
    return type(listed) is list and answers(listed, "from", "value") and _plain_system(row)


def claims_alpaca(row: Row) -> bool:
    """instruction, output."""
    return row.get("instruction") is not None and row.get("output") is not None


def alpaca(row: Row) -> Example:
    """An instruction with what it is about, after earlier rounds where there is a history. Raises Unfit."""
    asked = Message("user", instruction_of(row))
    answer = Message("assistant", as_text(row.get("output"), "output"))
    return usable.conversation(usable.with_system(row, (*_history(row), asked, answer)))


def surely_alpaca(row: Row) -> bool:
    """Whether it is the usual case."""
    instruction, output = row["instruction"], row["output"]
    if type(instruction) is not str or type(output) is not str or row.get("history"):
        return False
    return bool(instruction.strip() and output.strip()) and _plain(row, "input") and _plain_system(row)


def instruction_of(row: Row) -> str:
    """What an alpaca row asks: its instruction, and below it the input where there is one. Raises Unfit."""
    instruction = as_text(row.get("instruction"), "instruction")
    extra = as_text(row["input"], "input") if row.get("input") else ""
    return f"{instruction}\n\n{extra}" if extra else instruction


def claims_prompt_completion(row: Row) -> bool:
    """prompt, completion."""
    return row.get("prompt") is not None and row.get("completion") is not None


def prompt_completion(row: Row) -> Example:
    """A prompt and its completion, each a text or turns. Raises Unfit."""
    return usable.conversation(prompt_and_completion(row))


def prompt_and_completion(row: Row) -> Conversation:
    """The turns of a prompt and its completion. Raises Unfit."""
    prompt = as_turns(row.get("prompt"), "prompt", "user")
    completion = as_turns(row.get("completion"), "completion", "assistant")
    return usable.with_system(row, (*prompt, *completion))


def surely_prompt_completion(row: Row) -> bool:
    """Whether both are just texts."""
    prompt, completion = row["prompt"], row["completion"]
    return (
        type(prompt) is str and type(completion) is str and plain(prompt) and plain(completion) and _plain_system(row)
    )


def _named(row: Row, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if isinstance(row.get(name), list | str)), None)


def unnamed_lists(row: Row) -> list[str]:
    """Fields that hold a list and are none of the known ones."""
    return [name for name, value in row.items() if type(value) is list and name not in _NO_CONVERSATIONS]


def speaker_key(listed: list[Any]) -> str:
    """What says who speaks in a list of turns, `role` or `from`; "" where it is none."""
    if not listed or not is_turn(listed[0]):
        return ""
    return "role" if "role" in listed[0] else "from"


def _unnamed(row: Row, role_key: str) -> str | None:
    """A field that is none of the known ones and holds turns."""
    return next((name for name in unnamed_lists(row) if speaker_key(row[name]) == role_key), None)


def _history(row: Row) -> Conversation:
    """Earlier rounds, as pairs of what was asked and answered."""
    rounds = row.get("history") or []
    if isinstance(rounds, str):
        try:
            rounds = msgspec.json.decode(rounds.strip() or "[]")
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Unfit("history is no list of pairs") from error
    if not isinstance(rounds, list):
        raise Unfit("history is no list of pairs")
    return tuple(message for pair in rounds for message in _round(pair))


def _round(pair: Any) -> Conversation:
    if not isinstance(pair, list) or len(pair) != 2:
        raise Unfit("history is no list of pairs")
    return Message("user", as_text(pair[0], "history")), Message("assistant", as_text(pair[1], "history"))


def _plain(row: Row, name: str) -> bool:
    value = row.get(name)
    return value is None or type(value) is str


def _plain_system(row: Row) -> bool:
    return _plain(row, "system") and _plain(row, "system_prompt")
