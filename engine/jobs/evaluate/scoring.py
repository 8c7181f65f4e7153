"""What answers are scored by: the metrics, and for questions the rewards that the recipe trains by."""

from collections.abc import Sequence
from pathlib import Path

from engine.jobs.evaluate.expected import Expected
from engine.jobs.evaluate.metrics import Metrics
from engine.jobs.evaluate.questions import Question
from engine.jobs.train.rewards import load_rewards, score
from engine.recipe import Recipe


class Scoring:
    """Scores answers to held-out rows."""

    def __init__(self, metrics: Metrics, recipe: Recipe, project: Path, held_out: Expected) -> None:
        self._metrics = metrics
        self._held_out = held_out
        rewarded = recipe.method.kind == "grpo" and held_out.of_questions
        self._rewards = load_rewards(recipe.rewards, project) if rewarded else []

    def score(self, answers: Sequence[str], questions: Sequence[Question]) -> list[dict[str, float]]:
        """Scores by metric, then `reward_NAME` for each reward (without its weight), one dictionary an answer."""
        judged = self._metrics.score(answers, [question.expected for question in questions])
        return [
            scores | self._rewarded(answer, question)
            for scores, answer, question in zip(judged, answers, questions, strict=True)
        ]

    def _rewarded(self, answer: str, question: Question) -> dict[str, float]:
        if not self._rewards:
            return {}
        found = score(self._rewards, question.shown, answer, self._held_out.record(question.row), question.expected)
        return {f"reward_{name}": value for name, value in found.items()}
