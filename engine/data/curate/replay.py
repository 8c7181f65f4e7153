"""The steps replayed: a source's rows and a list of steps give one curated version, always the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache as remembered
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.curate.balance import balance
from engine.data.curate.cache import find_cached, keep_cached
from engine.data.curate.context import Context, OpenSource, Tools, checks
from engine.data.curate.curated import Curated, uncurated
from engine.data.curate.dropping import (
    drop_duplicates,
    drop_near_duplicates,
    drop_rows,
    edit_row,
    edits,
    language,
    length,
    personal_data,
    redaction,
)  # fmt: skip
from engine.data.curate.keys import step_keys
from engine.data.curate.mix import mix, opened_mix
from engine.data.curate.reading import IsCancelled, Progress, never, unheard
from engine.data.records import Records
from engine.errors import DataError
from engine.recipe import CurationStep, DropRows, EditRow, Mix, PersonalData

if TYPE_CHECKING:
    from engine.data.conversations import Layout

_STEPS: dict[str, Callable[[Curated, Any, Context], Curated]] = {
    "drop_duplicates": drop_duplicates,
    "drop_near_duplicates": drop_near_duplicates,
    "personal_data": personal_data,
    "length": length,
    "language": language,
    "balance": balance,
    "mix": mix,
    "drop_rows": drop_rows,
    "edit_row": edit_row,
}


def no_other_sources(name: str) -> Records:
    """For a source that stands alone."""
    raise DataError(f"data.curate: {name} cannot be opened here: mix it in within a project")


def curate(
    records: Records,
    steps: Sequence[CurationStep],
    layout: "Layout",
    *,
    open_source: OpenSource = no_other_sources,
    digest: str = "",
    folder: Path | None = None,
    progress: Callable[[str, int, int], object] = lambda step, done, total: None,
    cancelled: IsCancelled = never,
    tools: Callable[[], Tools] = checks,
) -> Curated:
    """The rows after all steps, in order.

    `digest` names the source's content. With it and a `folder` what each step found is kept there, so that the same
    steps open at once, and one step more or less costs that step alone. `progress(step, rows done, rows there are)`.
    Raises DataError, naming the step, where one cannot be done; Cancelled when `cancelled` says so.
    """
    mixed_in = _remembered_sources(open_source)
    keys = step_keys(digest, steps, layout, mixed_in)
    state, done = uncurated(records, keys[0]), 0
    if folder is not None and digest:
        state, done = _from_cache(folder, keys, state)
        state = _rebuilt(state, steps[:done], layout, mixed_in, tools)
    for number, step in enumerate(steps[done:], start=done + 1):
        context = _context(number, step.step, layout, mixed_in, tools, progress, cancelled)
        state = replace(_STEPS[step.step](state, step, context), key=keys[number])
        if folder is not None and digest and not isinstance(step, EditRow | DropRows):  # these are done in no time
            keep_cached(folder, state)
    return state


def _from_cache(folder: Path, keys: Sequence[str], state: Curated) -> tuple[Curated, int]:
    """The rows after the longest beginning of the steps that is kept, without changes; and how many steps it has."""
    for done in range(len(keys) - 1, 0, -1):
        found = find_cached(folder, keys[done], state)
        if found is not None:
            return found, done
    return state, 0


def _rebuilt(
    state: Curated, steps: Sequence[CurationStep], layout: "Layout", open_source: OpenSource, tools: Callable[[], Tools]
) -> Curated:
    """Cached rows with the sources opened and the changes made again, for which no row is read but a sample."""
    for number, step in enumerate(steps, start=1):
        context = _context(number, step.step, layout, open_source, tools)
        match step:
            case Mix():
                state = replace(state, opened=(*state.opened, opened_mix(step, context)))
            case EditRow():
                state = replace(state, changes=(*state.changes, edits(step, context)))
            case PersonalData(action="redact"):
                state = replace(state, changes=(*state.changes, redaction(state, step, context)))
    return state


def _context(
    number: int,
    name: str,
    layout: "Layout",
    open_source: OpenSource,
    tools: Callable[[], Tools],
    progress: Callable[[str, int, int], object] | None = None,
    cancelled: IsCancelled = never,
) -> Context:
    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(name, done, total)

    heard: Progress = unheard if progress is None else tell
    return Context(f"data.curate step {number} ({name})", layout, tools, open_source, heard, cancelled)


def _remembered_sources(open_source: OpenSource) -> OpenSource:
    """Each source opened once."""
    return remembered(open_source)
