"""What makes an example usable, whichever format it came in: a prompt, and something to learn that is not empty."""

from engine.data.example import Conversation, Example, Message, Segment
from engine.data.formats.values import Unfit, as_text
from engine.data.records import Row

SYSTEM_NAMES = ("system", "system_prompt")
"""Fields that hold a system text beside the prompt."""


def conversation(turns: Conversation) -> Example:
    """Turns that end with an answer. Raises Unfit."""
    check_answered(turns)
    check_asked(turns)
    return Example("conversation", turns)


def preference(prompt: Conversation, chosen: Conversation, rejected: Conversation) -> Example:
    """A prompt and two answers. Raises Unfit."""
    check_asked(prompt)
    check_answered(chosen, "chosen")
    check_answered(rejected, "rejected")
    if chosen == rejected:
        raise Unfit("chosen and rejected are the same")
    return Example("preference", (*prompt, *chosen), rejected)


def unpaired(turns: Conversation, label: bool) -> Example:
    """Turns that end with an answer, and whether it is good. Raises Unfit."""
    check_answered(turns)
    check_asked(turns)
    return Example("unpaired", turns, label=label)


def question(prompt: Conversation, solution: str) -> Example:
    """A prompt and what an answer is compared with. Raises Unfit."""
    check_asked(prompt)
    if prompt[-1].role == "assistant":
        raise Unfit("the prompt ends with an answer")
    if not solution.strip():
        raise Unfit("the solution is empty")
    return Example("question", prompt, solution=solution)


def text(content: str) -> Example:
    """A text to continue. Raises Unfit."""
    if not content.strip():
        raise Unfit("the text is empty")
    return Example("text", segments=(Segment(content, True),))


def segments(pieces: tuple[Segment, ...]) -> Example:
    """Pieces of a text, some trained. Raises Unfit."""
    if not any(piece.trained and piece.text for piece in pieces):
        raise Unfit("no segment is trained")
    return Example("segments", segments=pieces)


def check_answered(turns: Conversation, name: str = "answer") -> None:
    """Raise Unfit where turns do not end with an answer that says something."""
    if not turns or turns[-1].role != "assistant":
        raise Unfit("does not end with an answer" if name == "answer" else f"{name} does not end with an answer")
    if not turns[-1].content.strip():
        raise Unfit(f"the {name} is empty" if name == "answer" else f"{name} is empty")


def check_asked(turns: Conversation) -> None:
    """Raise Unfit where nobody asks anything."""
    said = [message.content for message in turns if message.role == "user"]
    if not said:
        raise Unfit("has no prompt")
    if not any(map(str.strip, said)):
        raise Unfit("the prompt is empty")


def with_system(row: Row, turns: Conversation) -> Conversation:
    """Turns with the system text of the row's own field before them, where they have none. Raises Unfit."""
    name = next((name for name in SYSTEM_NAMES if row.get(name)), None)
    if name is None or any(message.role == "system" for message in turns):
        return turns
    return Message("system", as_text(row[name], name)), *turns
