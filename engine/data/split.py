"""Which rows train, which are measured during training, and which only the final comparison sees."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.example import Conversation
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
    held_out: list[int] = []
    validation: list[int] = []
    wanted_held_out = round(split.held_out * len(conversations)) if keep_held_out else 0
    left = _fill(held_out, wanted_held_out, [groups[prompt] for prompt in order])
    left = _fill(validation, round(split.validation * len(conversations)), left)
    train = [place for group in left for place in group]
    return SplitRows(sorted(train), sorted(validation), sorted(held_out))


def _fill(side: list[int], wanted: int, groups: list[list[int]]) -> list[list[int]]:
    """Take groups for a side until it has the rows it wants; the groups that are left.

    A group larger than the whole side is passed over: it would empty the training rows into it. Where all are, the
    smallest is taken, if that leaves more than it takes.
    """
    left = []
    for group in groups:
        if len(side) < wanted and len(group) <= wanted:
            side.extend(group)
        else:
            left.append(group)
    smallest = min(left, key=len, default=[])
    if wanted and not side and 2 * len(smallest) < sum(len(group) for group in left):
        side.extend(smallest)
        left.remove(smallest)
    return left


def prompt_of(conversation: Conversation) -> str:
    """What makes two rows the same question: everything before the last answer, case and spaces aside."""
    return "\n".join(
        " ".join(message.content.lower().split()) for message in conversation[:-1] if message.role != "system"
    )
