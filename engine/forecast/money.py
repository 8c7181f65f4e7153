"""What a run costs, and what of its budget it exceeds."""

from engine.forecast.gpus import kind_of
from engine.forecast.types import Cost, Duration
from engine.recipe import Budget


def cost_of(budget: Budget, gpu: str, seconds: Duration | None, known: float | None) -> Cost | None:
    """$ of a run; None without a price. `known`: $/hour that the situation knows of this GPU."""
    if seconds is None:
        return None
    kind = kind_of(gpu) if gpu else None
    if budget.price_per_hour is not None:
        low, high, words = budget.price_per_hour, budget.price_per_hour, "budget.price_per_hour"
    elif kind and kind.prices:
        (low, high), words = kind.prices, f"a table's price of {gpu}, a guess: set budget.price_per_hour to yours"
    elif gpu and known is not None:
        low, high, words = known, known, f"a table's price of {gpu}, a guess: set budget.price_per_hour to yours"
    else:
        return None
    middle = (low + high) / 2
    hours = (seconds.low_s / 3600, seconds.mid_s / 3600, seconds.high_s / 3600)
    return Cost(hours[0] * low, hours[1] * middle, hours[2] * high, middle, words)


def over_budget(budget: Budget, seconds: Duration | None, cost: Cost | None) -> tuple[str, ...]:
    """A line for each part of the budget that the middle of the forecast exceeds."""
    lines = []
    if budget.limit is not None and cost is not None and cost.mid > budget.limit:
        lines.append(f"budget.limit: it is forecast to cost ${cost.mid:.2f}, and the limit is ${budget.limit:g}")
    if budget.hours is not None and seconds is not None and seconds.mid_s > budget.hours * 3600:
        lines.append(
            f"budget.hours: it is forecast to take {seconds.mid_s / 3600:.1f} hours, and the limit is {budget.hours:g}"
        )
    return tuple(lines)
