"""Which rows cannot be parted: those of one prompt, and those of one value of a field, and what these link."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]
    Numbers = NDArray[np.int64]


def joined(keys: "Keys", together: "Keys | None") -> tuple["Numbers", "Keys"]:
    """The group of each row, and each group's key, ascending."""
    unique, prompts = np.unique(keys, return_inverse=True)
    prompts = prompts.astype(np.int64)
    if together is None:
        return prompts, unique
    values, codes = np.unique(together, return_inverse=True)
    linked = _linked(prompts, codes.astype(np.int64), len(values))
    roots, groups = np.unique(linked[codes], return_inverse=True)
    return groups.astype(np.int64), values[roots]


def _linked(prompts: "Numbers", codes: "Numbers", count: int) -> "Numbers":
    """For each value the smallest value that it is linked to by prompts that stand in both (union-find)."""
    parents = np.arange(count, dtype=np.int64)
    prompt, code = np.divmod(np.unique(prompts * count + codes), max(1, count))
    same = np.flatnonzero(prompt[1:] == prompt[:-1])  # few: prompts that stand with two values
    for one, other in zip(code[same].tolist(), code[same + 1].tolist(), strict=True):
        a, b = _root(parents, one), _root(parents, other)
        parents[max(a, b)] = min(a, b)
    while (parents[parents] != parents).any():
        parents = parents[parents]
    return parents


def _root(parents: "Numbers", place: int) -> int:
    while (above := int(parents[place])) != place:
        parents[place] = parents[above]
        place = above
    return place
