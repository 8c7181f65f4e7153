"""Examples as the script's files hold them: turns and texts as they are, before any chat template."""

from typing import Any

from engine.data.example import Conversation, Example

Row = dict[str, Any]


def imitated(example: Example) -> Row:
    """For sft and cpt: `messages`, `text` or `segments`."""
    if example.kind == "text":
        return {"text": "".join(piece.text for piece in example.segments)}
    if example.kind == "segments":
        return {"segments": [{"label": piece.trained, "text": piece.text} for piece in example.segments]}
    return {"messages": _turns(example.conversation)}


def compared(example: Example) -> Row:
    """For dpo, orpo, kto and grpo, in trl's own words for such rows."""
    if example.kind == "preference":
        at = len(example.conversation) - _answered(example)
        return {
            "prompt": _turns(example.conversation[:at]),
            "chosen": _turns(example.conversation[at:]),
            "rejected": _turns(example.rejected),
        }
    if example.kind == "unpaired":
        *prompt, answer = example.conversation
        return {"prompt": _turns(tuple(prompt)), "completion": _turns((answer,)), "label": bool(example.label)}
    return {"prompt": _turns(example.conversation), "solution": example.solution}


def _answered(example: Example) -> int:
    """Turns of the better answer: from where the worse one begins, which is after as many shared turns."""
    at = max(0, len(example.conversation) - len(example.rejected))
    while at and example.conversation[at].role != example.rejected[0].role:
        at -= 1
    return len(example.conversation) - at


def _turns(conversation: Conversation) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in conversation]
