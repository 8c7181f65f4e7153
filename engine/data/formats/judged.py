"""Rows with a judgement: two answers of which one is better, an answer that is good or not, a solution to find."""

from typing import Any

from engine.data.example import Conversation, Example, Message
from engine.data.formats import usable
from engine.data.formats.conversational import instruction_of, prompt_and_completion
from engine.data.formats.turns import ROLES, answers, as_json, as_turns, plain, turns
from engine.data.formats.values import Unfit, as_text, as_truth
from engine.data.records import Row

_LISTS = ("messages", "conversations", "conversation")
_PROMPTS = ("prompt", *_LISTS, "question", "problem")
_SOLUTIONS = ("solution", "answer", "ground_truth")


def claims_preference(row: Row) -> bool:
    """chosen, rejected."""
    return row.get("chosen") is not None and row.get("rejected") is not None


def preference(row: Row) -> Example:
    """A prompt and two answers; whole transcripts hold the prompt in what they share. Raises Unfit."""
    chosen = as_turns(row.get("chosen"), "chosen", "assistant")
    rejected = as_turns(row.get("rejected"), "rejected", "assistant")
    begun = [bool(it) and it[0].role != "assistant" for it in (chosen, rejected)]
    if all(begun):
        return usable.preference(*_shared(row, chosen, rejected))
    if any(begun):
        raise Unfit("only one of chosen and rejected begins with the prompt")
    prompt = _asked(row)
    if not prompt:
        return usable.preference(*_shared_beginning(row, chosen, rejected))
    return usable.preference(usable.with_system(row, prompt), chosen, rejected)


def surely_preference(row: Row) -> bool:
    """Whether all three are just texts, or two transcripts differ in the last answer."""
    chosen, rejected, prompt = row["chosen"], row["rejected"], row.get("prompt")
    if type(chosen) is list and type(rejected) is list and not _has_system(row):
        return _differ_at_the_end(chosen, rejected)
    if type(chosen) is not str or type(rejected) is not str or type(prompt) is not str or _has_system(row):
        return False
    return chosen != rejected and plain(chosen) and plain(rejected) and plain(prompt)


def claims_unpaired(row: Row) -> bool:
    """prompt, completion, label; or turns with a label that is true or false."""
    label = row.get("label")
    if isinstance(label, bool | int | float | str) and row.get("prompt") is not None:
        return row.get("completion") is not None
    told = isinstance(label, bool) or isinstance(row.get("kto_tag"), bool)
    alpaca = row.get("instruction") is not None and row.get("output") is not None
    return told and (any(isinstance(row.get(name), list) for name in _LISTS) or alpaca)


def unpaired(row: Row) -> Example:
    """An answer, and whether it is good. Raises Unfit."""
    name = "label" if row.get("kto_tag") is None or row.get("label") is not None else "kto_tag"
    label = as_truth(row.get(name), name)
    listed = next((name for name in _LISTS if isinstance(row.get(name), list)), None)
    if row.get("prompt") is not None or (listed is None and row.get("instruction") is None):
        return usable.unpaired(prompt_and_completion(row), label)
    if listed is not None:
        return usable.unpaired(usable.with_system(row, turns(row[listed], listed)), label)
    answer = Message("assistant", as_text(row.get("output"), "output"))
    return usable.unpaired(usable.with_system(row, (Message("user", instruction_of(row)), answer)), label)


def surely_unpaired(row: Row) -> bool:
    """Whether prompt and completion are just texts and the label a truth value."""
    prompt, completion = row.get("prompt"), row.get("completion")
    if type(prompt) is not str or type(completion) is not str or type(row.get("label")) is not bool:
        return False
    return not _has_system(row) and plain(prompt) and plain(completion)


def claims_prompt_answer(row: Row) -> bool:
    """prompt with a solution or an answer, or a problem or question with a solution.

    A question with an answer is left to be mapped: most such files are there to be imitated.
    """
    solution = row.get("solution") is not None
    if row.get("prompt") is not None:
        return solution or row.get("answer") is not None
    return solution and (row.get("problem") is not None or row.get("question") is not None)


def prompt_answer(row: Row) -> Example:
    """A prompt, and the solution that a reward function compares with. Raises Unfit."""
    name = next((name for name in _SOLUTIONS if row.get(name) is not None), "solution")
    value = row.get(name)
    solution = as_json(value) if isinstance(value, list | dict) else as_text(value, name)
    return usable.question(usable.with_system(row, _asked(row)), solution)


def surely_prompt_answer(row: Row) -> bool:
    """Whether both are just texts."""
    prompt, solution = row.get("prompt"), row.get("solution", row.get("answer"))
    if type(prompt) is not str or type(solution) is not str or _has_system(row):
        return False
    return plain(prompt) and bool(solution.strip())


def _differ_at_the_end(chosen: list[Any], rejected: list[Any]) -> bool:
    if not answers(chosen, "role", "content") or not answers(rejected, "role", "content"):
        return False
    if chosen[:-1] != rejected[:-1] or ROLES[chosen[0]["role"]] == "assistant":
        return False
    return bool(chosen[-1]["content"] != rejected[-1]["content"])


def _asked(row: Row) -> Conversation:
    """The prompt's turns; () where there is none."""
    name = next((name for name in _PROMPTS if row.get(name) is not None), None)
    if name is not None:
        return as_turns(row[name], name, "user")
    return (Message("user", instruction_of(row)),) if row.get("instruction") is not None else ()


def _shared(row: Row, chosen: Conversation, rejected: Conversation) -> tuple[Conversation, Conversation, Conversation]:
    """Two transcripts as the turns that they share, and the rest of each."""
    most = min(len(chosen), len(rejected)) - 1
    shared = next((n for n in range(most) if chosen[n] != rejected[n]), most)
    if not shared:
        raise Unfit("chosen and rejected share no prompt")
    return usable.with_system(row, chosen[:shared]), chosen[shared:], rejected[shared:]


def _shared_beginning(
    row: Row, chosen: Conversation, rejected: Conversation
) -> tuple[Conversation, Conversation, Conversation]:
    """Two texts as the words that both begin with, and the rest of each."""
    if len(chosen) != 1 or len(rejected) != 1:
        raise Unfit("has no prompt")
    both = chosen[0].content, rejected[0].content
    same = next((place for place, (one, other) in enumerate(zip(*both, strict=False)) if one != other), None)
    shared = both[0][: both[0].rfind(" ", 0, min(map(len, both)) if same is None else same) + 1]
    if not shared.strip():
        raise Unfit("has no prompt")
    rest = [(Message("assistant", text[len(shared) :]),) for text in both]
    return usable.with_system(row, (Message("user", shared),)), *rest  # type: ignore[return-value]


def _has_system(row: Row) -> bool:
    return row.get("system") is not None or row.get("system_prompt") is not None
