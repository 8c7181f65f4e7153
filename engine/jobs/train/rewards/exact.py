"""The `exact` reward."""

from engine.jobs.train.rewards.answered import Scorer


def scorer() -> Scorer:
    """1 where the answer is the solution, but for case, white space and a full stop at the end."""
    return lambda it: float(plain(it.answer) == plain(it.solution))


def plain(text: str) -> str:
    """A text without what does not count."""
    return " ".join(text.casefold().split()).rstrip(".").rstrip()
