"""Turns of a conversation in the ways that files write them: who speaks, what is said, tools that are called.

A tool call becomes text that the assistant says, one JSON object a line, `{"name": …, "arguments": {…}}`: what
sharegpt's `function_call` holds already. A model's own syntax for calls is not put around it.
"""

import json
import re
from typing import Any

import msgspec

from engine.data.example import Conversation, Message, Role
from engine.data.formats.values import Unfit, as_text

ROLES: dict[str, Role] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant", "bot": "assistant",
    "function_call": "assistant", "tool_call": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool", "function_response": "tool", "tool_response": "tool",
    "ipython": "tool",
}  # fmt: skip
"""Who speaks, by the names that files use."""

_JSON_SETTINGS: dict[str, Any] = {"ensure_ascii": False, "default": str}
_JSON = json.JSONEncoder(**_JSON_SETTINGS)
_SPEAKER = re.compile(r"(?:\A\s*|\n\n)(Human|Assistant): ?")
_TRANSCRIPT_ROLES: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}


def as_turns(value: object, name: str, role: Role) -> Conversation:
    """A text as one turn of `role`, a turn as it is, or a list of turns. Raises Unfit.

    A text may also hold the list as JSON, or a transcript (`Human: …`, blank line, `Assistant: …`).
    """
    if isinstance(value, dict):
        return (turn(value),)
    if isinstance(value, list):
        return turns(value, name)
    text = as_text(value, name)
    written = decoded(text)
    return (Message(role, text),) if written is None else turns(written, name)


def turns(value: object, name: str) -> Conversation:
    """A list of turns, or the JSON text of one. Raises Unfit."""
    listed = decoded(value) if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise Unfit(f"no list of {name}")
    return tuple(turn(item) for item in listed)


def turn(item: object) -> Message:
    """One turn: `role` and `content`, or `from` and `value`. Raises Unfit."""
    if not isinstance(item, dict):
        raise Unfit("a turn is no object")
    speaker = item.get("role") or item.get("from")
    role = _role(speaker)
    content = item.get("content")
    if role is not None and type(content) is str and not (item.get("tool_calls") or item.get("function_call")):
        return Message(role, content)
    if role is None:
        raise Unfit(f"unknown role {str(speaker)[:40]!r}")
    key = "content" if item.get("content") is not None or "value" not in item else "value"
    calls = _calls(item)
    content = item.get(key)
    if content is None and calls:
        content = ""
    text = content if isinstance(content, str) else _parts(content, key)
    return Message(role, "\n".join(filter(None, [text, *calls])))


def decoded(text: str) -> list[Any] | None:
    """The list of turns that a text holds, as JSON or as a transcript; None where it is just a text."""
    stripped = text.strip()
    if stripped.startswith("["):
        try:
            listed = msgspec.json.decode(stripped)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        return listed if isinstance(listed, list) and listed and all(map(is_turn, listed)) else None
    return _transcript(stripped) if stripped.startswith("Human:") and "\n\nAssistant:" in stripped else None


def is_turn(item: object) -> bool:
    """Whether something has the fields of a turn."""
    return isinstance(item, dict) and ("role" in item or "from" in item) and ("content" in item or "value" in item)


def plain(text: str) -> bool:
    """Whether a text is not empty and surely just a text: a quick look before `decoded`."""
    stripped = text.strip()
    return bool(stripped) and not stripped.startswith(("[", "Human:"))


def answers(turns: list[Any], role_key: str, content_key: str) -> bool:
    """Whether a list is surely a conversation with a prompt that ends with an answer: what `turns` need not look at.

    False says nothing.
    """
    asked = False
    role = content = None
    try:
        for item in turns:
            role, content = ROLES[item[role_key]], item[content_key]
            if type(content) is not str or (len(item) > 2 and not _simple(item, role_key)):
                return False
            if role == "user" and not asked:
                asked = bool(content.strip())
    except (KeyError, TypeError):
        return False
    return asked and role == "assistant" and content is not None and bool(content.strip())


def _simple(item: dict[str, Any], role_key: str) -> bool:
    if item.get("tool_calls") or item.get("function_call"):
        return False
    return role_key == "role" or not ("role" in item or "content" in item)


def _transcript(text: str) -> list[dict[str, str]]:
    _, *pieces = _SPEAKER.split(text)
    said = [
        {"role": _TRANSCRIPT_ROLES[speaker], "content": words.strip()}
        for speaker, words in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    return said[:-1] if not said[-1]["content"] else said


def _role(speaker: object) -> Role | None:
    if not isinstance(speaker, str):
        return None
    return ROLES.get(speaker) or ROLES.get(speaker.strip().lower())


def _parts(content: object, key: str) -> str:
    """The text of a content that is given in parts."""
    if not isinstance(content, list):
        raise Unfit(f"{key} is no text")
    return "".join(_part(part, key) for part in content)


def _part(part: object, key: str) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, dict) else None
    if isinstance(text, str):
        return text
    kind = part.get("type") if isinstance(part, dict) else None
    raise Unfit(f"{key} holds {str(kind or 'something')[:40]}, which is no text")


def _calls(item: dict[str, Any]) -> list[str]:
    """The tool calls of a turn, each as a line of JSON."""
    listed = item.get("tool_calls") or ([item["function_call"]] if item.get("function_call") else [])
    if not isinstance(listed, list):
        raise Unfit("tool_calls is no list")
    return [_call(call) for call in listed]


def _call(call: object) -> str:
    function = call.get("function", call) if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise Unfit("a tool call names no function")
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Unfit(f"the arguments of {function['name'][:40]} are no JSON") from error
    return as_json({"name": function["name"], "arguments": {} if arguments is None else arguments})


def as_json(value: object, indent: int | None = None) -> str:
    """A value as JSON for a model to read and write: letters of every language as they are. Raises Unfit."""
    try:
        return _JSON.encode(value) if indent is None else json.dumps(value, **_JSON_SETTINGS, indent=indent)
    except (TypeError, ValueError, RecursionError) as error:
        raise Unfit(f"cannot be written as JSON: {error}") from error
