"""Steps of curation as advice looks at them: which are there, which were there when rows were looked at, one more."""

from collections.abc import Sequence
from typing import Any

from engine.recipe import Balance, CurationStep

_FIRST = ("edit_row", "drop_rows", "personal_data", "length", "language", "drop_duplicates", "drop_near_duplicates")
"""Steps that choose rows: they come before classes are balanced, for they would undo it, and before rows are mixed in,
whose share is of what is left then."""


def with_step(steps: Sequence[CurationStep], step: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps as TOML holds them with one more, in its place; where there are some of its name, instead of them."""
    written = [_said(found) for found in steps if found.step != step["step"]]
    names = [found["step"] for found in written]
    if step["step"] in _FIRST:
        place = next((number for number, name in enumerate(names) if name not in _FIRST), len(names))
    elif step["step"] == "balance":
        place = max((number for number, name in enumerate(names, start=1) if name in _FIRST), default=0)
    else:
        place = len(names)
    return [*written[:place], step, *written[place:]]


def added(steps: Sequence[CurationStep], name: str, before: Sequence[CurationStep]) -> bool:
    """Whether there is a step of this name that was not there before."""
    return any(step.step == name and step not in before for step in steps)


def balanced(steps: Sequence[CurationStep], most: float) -> bool:
    """Whether the last step that balances leaves no class more than `most` times another, and none undoes it."""
    for step in reversed(steps):
        if isinstance(step, Balance):
            return step.ratio <= most
        if step.step in _FIRST:
            return False
    return False


def _said(step: CurationStep) -> dict[str, Any]:
    """A step as TOML holds it: what is said, and no None."""
    content: dict[str, Any] = step.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return {"step": step.step, **content}
