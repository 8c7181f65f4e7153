"""The budget."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found


@rule("budget_cost", "blocks", "budget.limit", "guide §7: $/hour (spot, March 2026)", machine=True, foreseen=True)
def budget_cost(case: Case) -> Found | None:
    """The recipe says what a run may cost, and that a dearer one does not start unasked."""
    limit, cost = case.recipe.budget.limit, case.forecast.cost if case.forecast else None
    if limit is None or cost is None or cost.mid <= limit:
        return None
    return Found(f"The run is forecast to cost ${cost.mid:.2f} ({cost.words}), and the limit is ${limit:g}.")


@rule(
    "budget_hours",
    "blocks",
    "budget.hours",
    "ttune's own: past runs of this machine, else a table of speeds, as the forecast says",
    machine=True,
    foreseen=True,
)
def budget_hours(case: Case) -> Found | None:
    """The recipe says how long a run may take, and that a longer one does not start unasked."""
    hours, seconds = case.recipe.budget.hours, case.forecast.seconds if case.forecast else None
    if hours is None or seconds is None or seconds.mid_s <= 3600 * hours:
        return None
    return Found(
        f"The run is forecast to take {seconds.mid_s / 3600:.1f} hours ({seconds.words}), and the limit is {hours:g}."
    )


@rule(
    "price_unknown",
    "notes",
    "budget.price_per_hour",
    "guide §7: `budget.price_per_hour` is yours to set, and goes before the table",
    machine=True,
)
def price_unknown(case: Case) -> Found | None:
    """A limit in $ needs a price per hour: the table knows only some GPUs, and none of your contracts."""
    budget, forecast = case.recipe.budget, case.forecast
    if budget.limit is None or budget.price_per_hour is not None or forecast is None or forecast.cost is not None:
        return None
    return Found("The limit cannot be held: it is not known what this machine costs.")
