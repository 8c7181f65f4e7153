"""Fixes with what goes with them: applied, a fix has mended what it is of, and brings nothing worse."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.advice.case import Case
from engine.advice.types import SEVERITIES, Advice
from engine.forecast import forecast
from engine.recipe import Recipe
from engine.recipe.migration import laid_over

Fix = Mapping[str, Any]
Look = Callable[[Case], tuple[Advice, ...]]
"""What is to be said of a case, with the fixes as the rules have them."""

_ROUNDS = 4
"""How often what a fix brings is mended too: after a method its rate, its packing, its rows of a step."""
_FORESEEN = ("training.", "method.", "adapter.", "hardware.")
"""Settings that change a forecast."""


def completed(advice: Advice, case: Case, before: tuple[Advice, ...], look: Look) -> Fix | None:
    """The fix with the settings that have to go with it; None where it would not mend, would bring what blocks, or
    would bring what weighs as much and is mended by taking it back.

    Of what is newly warned of after it, it mends what it can without taking anything of itself back.
    """
    if advice.fix is None:
        return None
    graver = {name: {one.code for one in before if _grave(one) <= place} for place, name in enumerate(SEVERITIES)}
    fix, safe = dict(advice.fix), None
    for _ in range(_ROUNDS):
        changed = _changed(case, fix)
        after = look(changed) if changed is not None else ()
        if changed is None or any(one.code == advice.code for one in after):
            return safe
        new = [one for one in after if not one.accepted and one.code not in graver[one.severity]]
        if any(_undoes(one, advice, fix, changed, look) for one in new):
            return None
        if advice.severity == "notes" and any(one.blocking and one.acceptable for one in new):
            return None  # memory or money that a mere note is not worth
        safe = safe if any(one.blocking for one in new) else dict(fix)
        more = _more(fix, new)
        if not more:
            return safe
        fix |= more
    return safe


def mended(recipe: Recipe, fix: Fix) -> Recipe:
    """The recipe with a fix applied. Raises ValueError where that is none."""
    return Recipe.model_validate(laid_over(recipe.model_dump(mode="json"), dict(fix)))


def _more(fix: Fix, new: list[Advice]) -> dict[str, Any]:
    """What mends what a fix brings: all that blocks, and warnings beside what the fix says itself."""
    more: dict[str, Any] = {}
    for one in (one for one in new if one.blocking):
        more |= one.fix or {}
    for one in (one for one in new if one.severity == "warns"):
        if one.fix and not (fix.keys() | more.keys()) & one.fix.keys():
            more |= one.fix
    return more


def _undoes(one: Advice, advice: Advice, fix: Fix, changed: Case, look: Look) -> bool:
    """Whether what a fix brings weighs as much as what it mends, and its own fix has that said again."""
    if one.fix is None or _grave(one) > _grave(advice) or not one.fix.keys() & fix.keys():
        return False
    back = _changed(changed, one.fix)
    return back is not None and any(again.code == advice.code for again in look(back))


def _grave(advice: Advice) -> int:
    """The place of its severity, 0 for the gravest."""
    return SEVERITIES.index(advice.severity)


def _changed(case: Case, fix: Fix) -> Case | None:
    """The case after a fix, forecast anew where it was foreseen; None where a recipe cannot hold the fix."""
    try:
        recipe = mended(case.recipe, fix)
    except ValueError:
        return None
    foreseen = case.forecast
    if foreseen is not None and any(key.startswith(_FORESEEN) for key in fix):
        foreseen = forecast(recipe, case.situation)
    return replace(case, recipe=recipe, forecast=foreseen)
