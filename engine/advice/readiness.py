"""The readiness check: should this be fine-tuned at all? (field guide §1)"""

from engine.advice.types import ReadinessAnswer
from engine.forecast.types import Forecast
from engine.recipe import Recipe
from engine.situation import Situation


def readiness(recipe: Recipe, situation: Situation, forecast: Forecast | None = None) -> tuple[ReadinessAnswer, ...]:
    """The questions, each with what is known of its answer."""
    return ()
