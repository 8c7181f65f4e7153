"""Services that figures are sent to."""

from functools import cache
from importlib.util import find_spec

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found


@rule("trackers_missing", "warns", "trackers.use", "each tracker's own guide", machine=True)
def trackers_missing(case: Case) -> Found | None:
    """A tracker that is not installed gets no figures, and the run goes on without it."""
    use = case.recipe.trackers.use
    missing = [name for name in use if not installed(name)]
    if not missing:
        return None
    names = " and ".join(missing)
    left = [name for name in use if name not in missing]
    return Found(
        f"{names} {'is' if len(missing) == 1 else 'are'} not installed: pip install {' '.join(missing)}.",
        {"trackers.use": left or None},
    )


@cache
def installed(name: str) -> bool:
    """Whether a package can be imported."""
    return find_spec(name) is not None
