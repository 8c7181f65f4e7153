"""What sampled answers are scored by. One file a kind, none of which knows torch: a try-out scores with the same code.

To add a kind: its settings in `engine/recipe/rewards.py`, a file here with `scorer(...)`, a case in `_scorer`, and what
can be wrong with its settings in `engine/rewards.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine.jobs.train.rewards import choice, exact, json_schema, language, length, numeric, python, regex
from engine.jobs.train.rewards.answered import Answered, Scorer
from engine.project import resolve
from engine.recipe import Reward
from engine.recipe.rewards import (
    ChoiceReward,
    ExactReward,
    JsonSchemaReward,
    LanguageReward,
    LengthReward,
    NumericReward,
    RegexReward,
)
from engine.rewards import check_rewards, reward_names

__all__ = ["Answered", "LoadedReward", "load_rewards", "score", "solution_problem", "total"]


@dataclass(frozen=True, slots=True)
class LoadedReward:
    """A reward that is ready to score."""

    name: str
    weight: float
    score: Scorer


def load_rewards(rewards: Sequence[Reward], project: Path) -> list[LoadedReward]:
    """A recipe's rewards, ready to score. Raises RecipeError, or UserError for a Python file that does not load."""
    check_rewards(rewards, project)
    return [
        LoadedReward(name, reward.weight, _scorer(reward, project))
        for name, reward in zip(reward_names(rewards), rewards, strict=True)
    ]


def score(
    rewards: Sequence[LoadedReward], prompt: str, answer: str, row: Mapping[str, Any], solution: str = ""
) -> dict[str, float]:
    """Each reward of one answer, by name and without weights. Raises DataError where a user's function fails."""
    answered = Answered(prompt, answer, solution, row)
    return {reward.name: reward.score(answered) for reward in rewards}


def total(rewards: Sequence[LoadedReward], scores: Mapping[str, float]) -> float:
    """What is learned from: the weighted sum."""
    return sum(reward.weight * scores[reward.name] for reward in rewards)


def solution_problem(reward: Reward, solution: str) -> str:
    """Why a reward cannot use a row's solution; "" where it can, or does not look at it."""
    match reward:
        case ExactReward() | NumericReward() | ChoiceReward() if not solution.strip():
            return "has no solution"
        case NumericReward() if numeric.solution_number(solution, reward.after) is None:
            return f"has no number in its solution {solution!r:.60}"
        case ChoiceReward() if not choice.is_choice(solution, reward.choices):
            return f"has the solution {solution!r:.60}, which is none of the choices"
    return ""


def _scorer(reward: Reward, project: Path) -> Scorer:
    match reward:
        case ExactReward():
            return exact.scorer()
        case NumericReward():
            return numeric.scorer(reward.tolerance, reward.after)
        case RegexReward():
            return regex.scorer(reward.pattern)
        case ChoiceReward():
            return choice.scorer(reward.choices)
        case JsonSchemaReward():
            return json_schema.scorer(reward.required, _schema(reward.schema_file, project))
        case LengthReward():
            return length.scorer(reward.most)
        case LanguageReward():
            return language.scorer(reward.keep)
    return python.scorer(resolve(reward.file, project), reward.function)


def _schema(file: str, project: Path) -> Any:
    return msgspec.json.decode(resolve(file, project).read_bytes()) if file else None
