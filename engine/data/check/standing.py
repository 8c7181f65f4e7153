"""What earlier checks still say of a recipe's rows, each finding as far as what it depends on is the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.data.check.of_dataset import checked, kept_reports
from engine.data.check.report import Checked, load
from engine.errors import DataError

if TYPE_CHECKING:
    from engine.data.dataset import Dataset, Folders
    from engine.recipe import CurationStep, Data

_OF_SIDES = frozenset({"leakage", "near_leakage", "held_out_unfit", "split", "few_held_out"})
"""Findings that depend on the split and the held-out file too; all others on the rows alone."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What still holds."""

    counts: dict[str, int] = field(default_factory=dict)
    """Rows by finding code."""
    after: "tuple[CurationStep, ...]" = ()
    """The recipe's steps that rows had gone through then."""


def standing(dataset: "Dataset", data: "Data", folders: "Folders") -> Standing:
    """The findings of the newest check of these rows, and those of their sides from the newest with the same split.

    A check from before some steps were added still counts: what those steps mend is for the reader to know. One of
    steps that the recipe has no more does not.
    """
    wanted = checked(dataset, data)
    found = [(was, counts) for was, counts in _kept(folders) if _same_rows(was, wanted)]
    if not found:
        return Standing()
    newest, counts = max(found, key=lambda it: len(it[0].curate))  # the most steps, and of these the newest
    of_sides = next((counts for was, counts in found if was.sides == wanted.sides), {})
    told = {code: count for code, count in counts.items() if code not in _OF_SIDES}
    told |= {code: count for code, count in of_sides.items() if code in _OF_SIDES}
    return Standing(told, tuple(step for step in data.curate if step.model_dump(mode="json") in newest.curate))


def _same_rows(one: Checked, wanted: Checked) -> bool:
    """Whether a check was of the same source, and of no step that is not wanted."""
    return one.rows == wanted.rows and all(step in wanted.curate for step in one.curate)


def _kept(folders: "Folders") -> Iterator[tuple[Checked, dict[str, int]]]:
    """What was checked and how many rows each finding is about, the newest check first."""
    for place in kept_reports(folders):
        try:
            report = load(place)
        except DataError:  # of another version, or being written right now
            continue
        if report.checked is not None:
            yield report.checked, report.counts
