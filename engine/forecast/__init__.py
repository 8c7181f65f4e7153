"""What a recipe will cost before anything is spent: memory, steps, time and money.

`forecast(recipe, situation)` is pure and takes a few milliseconds; `engine.situation.gather` reads what it needs.
"""

from engine.forecast.forecasting import forecast
from engine.forecast.targets import missing_targets
from engine.forecast.types import Cost, Duration, Forecast, Mend, Rows, Verdict

__all__ = ["Cost", "Duration", "Forecast", "Mend", "Rows", "Verdict", "forecast", "missing_targets"]
