"""The steps replayed: a source's rows and a list of steps give one curated version, always the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache as remembered
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.curate.balance import balance
from engine.data.curate.cache import find_cached, find_marks, keep_cached
from engine.data.curate.context import Context, OpenSource, Tools, checks, no_other_sources
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
    mixed_in = remembered(open_source)  # each source is opened once
    keys = step_keys(digest, steps, layout, mixed_in)
    contexts = [
        _context(number, step.step, layout, mixed_in, tools, progress, cancelled)
        for number, step in enumerate(steps, start=1)
    ]
    kept = _Kept(folder, keys) if folder is not None and digest else None
    found = None if kept is None else kept.longest(records, steps, contexts)
    state, done = found or (uncurated(records, keys[0]), 0)
    for number in range(done, len(steps)):
        step = steps[number]
        state = replace(_STEPS[step.step](state, step, contexts[number]), key=keys[number + 1])
        if kept is not None and not isinstance(step, EditRow | DropRows):  # these are done in no time
            keep_cached(kept.folder, state)
    return state


@dataclass(frozen=True, slots=True)
class _Kept:
    """What earlier calls have kept on disk."""

    folder: Path
    keys: Sequence[str]
    """Of the rows before the first step, after it, and so on."""

    def longest(
        self, source: Records, steps: Sequence[CurationStep], contexts: Sequence[Context]
    ) -> tuple[Curated, int] | None:
        """The rows after the longest beginning of the steps that is kept, and how many steps it has."""
        for done in range(len(steps), 0, -1):
            found = find_cached(self.folder, self.keys[done], source)
            if found is not None and (rebuilt := self._rebuilt(found, steps[:done], contexts)) is not None:
                return rebuilt, done
        return None

    def _rebuilt(self, state: Curated, steps: Sequence[CurationStep], contexts: Sequence[Context]) -> Curated | None:
        """Kept rows with the sources opened and the changes made again, for which at most a sample of rows is read.

        None where a change needs what is not kept any more.
        """
        for number, (step, context) in enumerate(zip(steps, contexts, strict=False), start=1):
            match step:
                case Mix():
                    state = replace(state, opened=(*state.opened, opened_mix(step, context)))
                case EditRow():
                    state = replace(state, changes=(*state.changes, edits(step, context)))
                case PersonalData(action="redact"):
                    marks = find_marks(self.folder, self.keys[number], [source.count for source in state.opened])
                    if marks is None:
                        return None
                    state = replace(state, changes=(*state.changes, redaction(step, marks, context)))
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
