"""Advice beside the setting it is about: every rule of the field guide that can be computed.

Pure functions of a recipe and what is known outside it. Each rule is a small function in a file of its theme, whose
docstring explains it.
"""

from engine.advice.types import SEVERITIES, Advice, ReadinessAnswer, Severity, State
from engine.recipe import Recipe
from engine.situation import Situation

__all__ = ["SEVERITIES", "Advice", "ReadinessAnswer", "Severity", "State", "advise", "readiness"]


def advise(recipe: Recipe, situation: Situation, forecast: object | None = None) -> tuple[Advice, ...]:
    """All that there is to say, the gravest first and then in the order of the form; accepted ones stay, marked.

    `forecast`: of this recipe and situation; without it nothing is said of memory, time and money.
    """
    return ()


def readiness(recipe: Recipe, situation: Situation, forecast: object | None = None) -> tuple[ReadinessAnswer, ...]:
    """The questions of the readiness check (field guide §1), each with what is known of its answer."""
    return ()
