"""The `numeric` reward."""

import re

from engine.jobs.train.rewards.answered import Answered, Scorer

_NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?")
"""With or without commas at the thousands. A minus between two numbers (`3-4`) is a sign of neither."""


def scorer(tolerance: float, after: str) -> Scorer:
    """1 where the answer's number is the solution's, give or take `tolerance`.

    The solution's number is looked for behind `after` too where that stands in it, as in GSM8K's worked solutions.
    """

    def score(it: Answered) -> float:
        said, right = number_in(it.answer, after), solution_number(it.solution, after)
        return float(said is not None and right is not None and abs(said - right) <= tolerance)

    return score


def solution_number(solution: str, after: str) -> float | None:
    """The number that a solution names; None where there is none."""
    return number_in(solution, after if after in solution else "")


def number_in(text: str, after: str) -> float | None:
    """The first number behind the last `after`; with "" the last number anywhere. None where there is none."""
    if after:
        _, found, behind = text.rpartition(after)
        first = _NUMBER.search(behind) if found else None
        return _value(first.group()) if first else None
    numbers = _NUMBER.findall(text)
    return _value(numbers[-1]) if numbers else None


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))
