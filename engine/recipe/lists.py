"""Lists in a recipe's text: changed item by item, so that each keeps its own comment."""

from collections.abc import Callable, Sequence
from typing import Any

Alike = Callable[[Any, Any], int]
"""How much speaks for two items being the same one, before and after a change: 0 for nothing."""
Pair = tuple[int | None, int | None]
"""Where an item was, and where it is then; None where it comes or goes."""


def put_list(table: Any, name: str, values: Sequence[Any]) -> None:
    """Make the list `name` of a section hold `values`, none of them a section."""
    there = table[name]
    before, place = there.unwrap(), 0
    for old, new in aligned(before, values, _equal):
        if new is None:
            del there[place]
            continue
        if old is None:
            there.insert(place, values[new])
        elif before[old] != values[new] or type(before[old]) is not type(values[new]):
            there[place] = values[new]
        place += 1


def aligned(before: Sequence[Any], after: Sequence[Any], alike: Alike) -> list[Pair]:
    """What became of each item, in order. Items between two that stayed are taken to have changed, one into the other.

    Equal beginnings and ends are set aside first: the rest takes time with the square of its length.
    """
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    stop, end = len(before) - tail, len(after) - tail
    found: list[Pair] = [(place, place) for place in range(head)]
    last_old, last_new = head, head
    for old, new in [*_matched(before[head:stop], after[head:end], alike), (stop - head, end - head)]:
        found += _gap(range(last_old, old + head), range(last_new, new + head))
        last_old, last_new = old + head, new + head
        if last_old < stop and last_new < end:
            found.append((last_old, last_new))
            last_old, last_new = last_old + 1, last_new + 1
    return [*found, *zip(range(stop, len(before)), range(end, len(after)), strict=True)]


def _gap(old: range, new: range) -> list[Pair]:
    """Items that none is like, one for one as far as they go."""
    common = min(len(old), len(new))
    pairs: list[Pair] = list(zip(old, new, strict=False))
    return [*pairs, *((place, None) for place in old[common:]), *((None, place) for place in new[common:])]


def _matched(before: Sequence[Any], after: Sequence[Any], alike: Alike) -> list[tuple[int, int]]:
    """Places of items that stayed, in order, such that most speaks for all of them together."""
    most = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in range(len(before) - 1, -1, -1):
        for j in range(len(after) - 1, -1, -1):
            near = alike(before[i], after[j])
            most[i][j] = max(most[i + 1][j], most[i][j + 1], near + most[i + 1][j + 1] if near else 0)
    found, i, j = [], 0, 0
    while i < len(before) and j < len(after):
        if most[i][j] == most[i + 1][j]:
            i += 1
        elif most[i][j] == most[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


def _equal(one: Any, other: Any) -> int:
    return int(one == other)


def _common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many are the same from the beginning."""
    place = 0
    while place < min(len(one), len(other)) and one[place] == other[place]:
        place += 1
    return place
