"""Examples as the script's files hold them: turns and texts as they are, before any chat template."""

from collections.abc import Callable
from typing import Any

from engine.data.example import Conversation, Example

Row = dict[str, Any]


def imitated(example: Example) -> list[Row]:
    """For sft and cpt: `messages`, `text` or `segments`; nothing of an answer that is judged bad."""
    if example.label is False:
        return []
    if example.kind == "text":
        return [{"text": "".join(piece.text for piece in example.segments)}]
    if example.kind == "segments":
        return [{"segments": [{"label": piece.trained, "text": piece.text} for piece in example.segments]}]
    return [{"messages": _turns(example.conversation)}]


def compared(example: Example) -> list[Row]:
    """For dpo and orpo: `prompt`, `chosen` and `rejected`, each as turns."""
    if example.kind != "preference":
        return []
    at = _shared(example)
    prompt, chosen = example.conversation[:at], example.conversation[at:]
    return [{"prompt": _turns(prompt), "chosen": _turns(chosen), "rejected": _turns(example.rejected)}]


def judged(example: Example) -> list[Row]:
    """For kto: `prompt`, `completion` and `label`; of two answers the better one is good and the other bad."""
    if example.kind == "unpaired":
        *prompt, answer = example.conversation
        return [{"prompt": _turns(tuple(prompt)), "completion": _turns((answer,)), "label": bool(example.label)}]
    return [
        {"prompt": row["prompt"], "completion": row[side], "label": side == "chosen"}
        for row in compared(example)
        for side in ("chosen", "rejected")
    ]


def asked(example: Example) -> list[Row]:
    """For grpo: `prompt` as turns, and `solution`; of a conversation that is its answer."""
    if example.kind == "question":
        return [{"prompt": _turns(example.conversation), "solution": example.solution}]
    if example.kind != "conversation":
        return []
    return [{"prompt": _turns(example.conversation[:-1]), "solution": example.answer}]


def _shared(example: Example) -> int:
    """How many turns both answers of a preference have before them."""
    at = max(0, len(example.conversation) - len(example.rejected))
    while at and example.conversation[at].role != example.rejected[0].role:
        at -= 1
    return at


def _turns(conversation: Conversation) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in conversation]


ROWS: dict[str, Callable[[Example], list[Row]]] = {
    "sft": imitated, "cpt": imitated, "dpo": compared, "orpo": compared, "kto": judged, "grpo": asked,
}  # fmt: skip
"""How each method's rows are written."""
