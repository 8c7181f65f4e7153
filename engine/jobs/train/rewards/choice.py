"""The `choice` reward."""

import re
from collections.abc import Sequence

from engine.jobs.train.rewards.answered import Answered, Scorer


def scorer(choices: Sequence[str]) -> Scorer:
    """1 where the answer names the solution and no other of the choices, as whole words in any case."""
    find = names_in(choices)

    def score(it: Answered) -> float:
        return float(find(it.answer) == {_plain(it.solution)})

    return score


def names_in(choices: Sequence[str]) -> "_Finder":
    """Finds which choices a text names; `not spam` names neither `spam` nor `not` where it is a choice itself."""
    longest_first = sorted(map(_plain, choices), key=len, reverse=True)
    words = "|".join(re.escape(choice).replace(r"\ ", r"\s+") for choice in longest_first)
    return _Finder(re.compile(rf"(?<!\w)(?:{words})(?!\w)"))


class _Finder:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def __call__(self, text: str) -> set[str]:
        return {_plain(found) for found in self._pattern.findall(text.casefold())}


def is_choice(solution: str, choices: Sequence[str]) -> bool:
    """Whether a solution is one of the choices, in any case."""
    return _plain(solution) in set(map(_plain, choices))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
