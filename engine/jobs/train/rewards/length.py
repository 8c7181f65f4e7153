"""The `length` reward."""

from engine.jobs.train.rewards.answered import Answered, Scorer


def scorer(most: int) -> Scorer:
    """1 up to `most` characters, then falling in a straight line to 0 at twice that. An empty answer has 0."""

    def score(it: Answered) -> float:
        length = len(it.answer.strip())
        return min(1.0, max(0.0, 2 - length / most)) if length else 0.0

    return score
