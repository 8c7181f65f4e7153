"""Advice beside the setting it is about: every rule of the field guide that can be computed.

    advise(recipe, situation, forecast) -> what to know, each with its reason, figure and fix
    readiness(recipe, situation, forecast, measured(project)) -> whether to train at all

Pure functions of a recipe and what is known outside it. Each rule is a small function in a file of its theme
(`engine/advice/rules`), whose docstring is the reason that a person reads.
"""

from engine.advice.advising import advise
from engine.advice.measured import Measured, measured
from engine.advice.readiness import readiness
from engine.advice.rule import RULES
from engine.advice.types import SEVERITIES, Advice, ReadinessAnswer, Severity, State

__all__ = [
    "RULES", "SEVERITIES", "Advice", "Measured", "ReadinessAnswer", "Severity", "State", "advise", "measured",
    "readiness",
]  # fmt: skip
