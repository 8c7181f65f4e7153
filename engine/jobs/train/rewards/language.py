"""The `language` reward."""

from collections.abc import Sequence

from engine.data.check.language import language
from engine.jobs.train.rewards.answered import Scorer


def scorer(keep: Sequence[str]) -> Scorer:
    """1 where the answer is in one of the languages; 0 where it is not, or is too short to tell (about 20 letters)."""
    kept = frozenset(keep)
    return lambda it: float(language(it.answer) in kept)
