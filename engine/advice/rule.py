"""The registry of rules: a small function each, whose docstring is the reason that a person reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.advice.case import Case
from engine.advice.types import Advice, Found, Severity
from engine.recipe.training import MOST_ACCUMULATION

Check = Callable[[Case], Found | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    code: str
    severity: Severity
    key: str
    source: str
    reason: str
    check: Check
    machine: bool
    """Whether it looks at this machine or at a forecast, and not at recipe, model and data alone."""
    acceptable: bool
    """Whether what it says can be accepted with a reason whenever it blocks."""
    may_be_accepted: bool
    """Whether it ever says what can be accepted."""

    def advice(self, case: Case) -> Advice | None:
        """What it says of a case; None where it has nothing to say."""
        found = self.check(case)
        if found is None:
            return None
        severity = found.severity or self.severity
        acceptable = severity == "warns" or self.acceptable
        return Advice(
            code=self.code,
            severity=severity,
            key=found.key or self.key,
            message=found.message,
            reason=self.reason,
            source=self.source,
            fix=found.fix if _possible(found.fix) else None,
            accepted=case.recipe.advice.accepted.get(self.code, "").strip() if acceptable else "",
            acceptable=acceptable,
        )


def _possible(fix: Mapping[str, Any] | None) -> bool:
    """Whether a recipe can hold a fix: batches that are divided anew may need more accumulation than it takes."""
    wanted = (fix or {}).get("training.accumulation")
    return not isinstance(wanted, int) or wanted <= MOST_ACCUMULATION


RULES: dict[str, Rule] = {}
"""By code, in the order of the files that `engine.advice.rules` names."""


def rule(
    code: str,
    severity: Severity,
    key: str,
    source: str,
    *,
    machine: bool = False,
    foreseen: bool = False,
    may_warn: bool = False,
) -> Callable[[Check], Check]:
    """Add a rule.

    `foreseen`: it blocks because of a forecast, and so can be accepted with a reason. `may_warn`: what it notes is a
    warning at times.
    """

    def add(check: Check) -> Check:
        assert code not in RULES, code
        reason = " ".join((check.__doc__ or "").split())
        accepted = foreseen or may_warn or severity == "warns"
        RULES[code] = Rule(code, severity, key, source, reason, check, machine, foreseen, accepted)
        return check

    return add
