"""Which rows train, which are measured during training, and which only the final comparison sees."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.conversations import Conversation
from engine.recipe import Split


@dataclass(frozen=True, slots=True)
class SplitRows:
    """Places of rows, in file order."""

    train: list[int]
    validation: list[int]
    held_out: list[int]


def split_rows(conversations: Sequence[Conversation], split: Split, *, keep_held_out: bool) -> SplitRows:
    """Divide rows by the recipe's shares; rows with the same prompt stay together, so none leaks.

    `keep_held_out`: take the held-out share too (False where a file of its own is given).
    """
    groups: dict[str, list[int]] = {}
    for place, conversation in enumerate(conversations):
        groups.setdefault(prompt_of(conversation), []).append(place)
    order = sorted(groups)
    random.Random(split.seed).shuffle(order)
    wanted_validation = round(split.validation * len(conversations))
    wanted_held_out = round(split.held_out * len(conversations)) if keep_held_out else 0
    validation: list[int] = []
    held_out: list[int] = []
    train: list[int] = []
    for prompt in order:
        group = groups[prompt]
        if _has_room(held_out, group, wanted_held_out):
            held_out.extend(group)
        elif _has_room(validation, group, wanted_validation):
            validation.extend(group)
        else:
            train.extend(group)
    return SplitRows(sorted(train), sorted(validation), sorted(held_out))


def _has_room(side: list[int], group: list[int], wanted: int) -> bool:
    """Whether a side still wants rows; a group larger than the whole side would empty the training rows into it."""
    return len(side) < wanted and len(group) <= wanted


def prompt_of(conversation: Conversation) -> str:
    """What makes two rows the same question: everything before the last answer, case and spaces aside."""
    return "\n".join(
        " ".join(message.content.lower().split()) for message in conversation[:-1] if message.role != "system"
    )
