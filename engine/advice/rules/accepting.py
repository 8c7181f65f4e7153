"""Warnings that the recipe says do not apply."""

import difflib

from engine.advice.case import Case
from engine.advice.rule import RULES, rule
from engine.advice.types import Found


@rule("accepted_unknown", "notes", "advice.accepted", "every warning has a code")
def accepted_unknown(case: Case) -> Found | None:
    """A reason is kept under a warning's code; under another name it accepts nothing."""
    accepted = case.recipe.advice.accepted
    unknown = [code for code in accepted if code not in RULES]
    if not unknown:
        return None
    told = [_nearest(code) for code in unknown]
    return Found(f"No warning is called {', '.join(told)}.", _without(case, unknown))


@rule("accepted_unreasoned", "notes", "advice.accepted", "reasons are kept with each run")
def accepted_unreasoned(case: Case) -> Found | None:
    """A warning is accepted with a reason, so that whoever reads the run next year knows why."""
    unreasoned = [code for code, reason in case.recipe.advice.accepted.items() if not reason.strip()]
    if not unreasoned:
        return None
    return Found(f"{', '.join(unreasoned)}: no reason is given, so it is not accepted.", _without(case, unreasoned))


@rule("accepted_in_vain", "notes", "advice.accepted", "only warnings and the budget can be accepted")
def accepted_in_vain(case: Case) -> Found | None:
    """What blocks would fail or do something else than asked, with a reason or without: it has to be mended. What is
    only noted needs no accepting."""
    accepted = case.recipe.advice.accepted
    vain = [code for code in accepted if code in RULES and not RULES[code].may_be_accepted]
    if not vain:
        return None
    return Found(f"{', '.join(vain)} cannot be accepted.", _without(case, vain))


def _without(case: Case, codes: list[str]) -> dict[str, object]:
    """Settings that leave these out."""
    left = {code: reason for code, reason in case.recipe.advice.accepted.items() if code not in codes}
    return {"advice.accepted": left or None}


def _nearest(code: str) -> str:
    close = difflib.get_close_matches(code, RULES, n=1)
    return f"{code} (did you mean {close[0]}?)" if close else code
