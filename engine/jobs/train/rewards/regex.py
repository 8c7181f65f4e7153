"""The `regex` reward."""

import re

from engine.jobs.train.rewards.answered import Scorer


def scorer(pattern: str) -> Scorer:
    """1 where the pattern is found in the answer. A pattern that takes exponential time on some text takes it here."""
    compiled = re.compile(pattern)
    return lambda it: float(compiled.search(it.answer) is not None)
