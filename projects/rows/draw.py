"""Drawing phrases, filling their slots, and keeping rows apart from each other."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

Row = dict[str, Any]
Item = TypeVar("Item")

_WORDS = 3
"""Words in the runs by which rows are compared: shorter than those of the near-duplicate check, so stricter."""
_MOST_ALIKE = 0.6
_TRIES = 400


class Draw:
    """A source of chance that gives the same draws for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def one(self, items: Sequence[Item]) -> Item:
        """One of several."""
        return self.rng.choice(items)

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Several different ones, in any order."""
        return self.rng.sample(items, count)

    def chance(self, share: float) -> bool:
        """True in this share of all draws."""
        return self.rng.random() < share

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.rng.randint(low, high)

    def fill(self, text: str, slots: Mapping[str, Sequence[str]], bound: dict[str, str] | None = None) -> str:
        """A text with {slot}s filled; what was drawn for a slot goes to `bound`, and is taken from there again."""
        drawn = {} if bound is None else bound

        def value(match: re.Match[str]) -> str:
            if match[1] not in drawn:
                drawn[match[1]] = self.one(slots[match[1]])
            return drawn[match[1]]

        return re.sub(r"\{(\w+)\}", value, text)


def sentence(text: str) -> str:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]


def apart(
    count: int, make: Callable[[int], Row], text: Callable[[Row], str], most_alike: float = _MOST_ALIKE
) -> list[Row]:
    """`count` rows no two of which are much alike. `make` gets the number of rows so far, so that classes take turns.

    `most_alike`: the largest share of runs of words that two rows may have in common; more where numbers and names are
    what tells rows apart. Stops with an AssertionError where the phrases are too few for so many rows.
    """
    rows: list[Row] = []
    seen: list[frozenset[str]] = []
    texts: set[str] = set()
    for place in range(count):
        for _ in range(_TRIES):
            row = make(place)
            runs = _runs(text(row))
            if text(row) not in texts and all(_alike(runs, other) < most_alike for other in seen):
                break
        else:
            raise AssertionError(f"too few phrases: only {place} of {count} rows differ enough")
        rows.append(row)
        seen.append(runs)
        texts.add(text(row))
    return rows


def _runs(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(" ".join(words[at : at + _WORDS]) for at in range(max(1, len(words) - _WORDS + 1)))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Runs in common of all runs of both (Jaccard)."""
    return len(one & other) / len(one | other)
