"""From a recipe and what is known outside it to what there is to say."""

from dataclasses import replace
from functools import cache

from engine.advice import rules
from engine.advice.case import Case
from engine.advice.fixing import completed
from engine.advice.rule import RULES
from engine.advice.types import SEVERITIES, Advice
from engine.forecast.types import Forecast
from engine.recipe import Recipe
from engine.recipe_form import fields, owner_of
from engine.situation import Situation

assert rules.__all__, "importing them fills the registry"


def advise(
    recipe: Recipe, situation: Situation, forecast: Forecast | None = None, *, machine: bool = True
) -> tuple[Advice, ...]:
    """All that there is to say, the gravest first and then in the order of the form; accepted ones stay, marked.

    `forecast`: of this recipe and situation; without it nothing is said of memory, time and money. `machine`: whether
    the situation knows this machine; else only recipe, model and data are looked at. A fix holds all that goes with
    it. Takes a millisecond and another for each fix, and once for each array of lengths the time to sort it.
    """

    def look(case: Case) -> tuple[Advice, ...]:
        found = (one.advice(case) for one in RULES.values() if machine or not one.machine)
        return tuple(advice for advice in found if advice is not None)

    case = Case(recipe, situation, forecast)
    said = look(case)
    whole = (replace(one, fix=completed(one, case, said, look)) for one in said)
    return tuple(sorted(whole, key=_place))


def _place(advice: Advice) -> tuple[int, bool, int, str]:
    return SEVERITIES.index(advice.severity), bool(advice.accepted), _form_place(advice.key), advice.code


@cache
def _form_place(key: str) -> int:
    owner = owner_of(key)
    return fields().index(owner) if owner is not None else len(fields())
