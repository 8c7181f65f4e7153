"""What steps need besides rows: the layout, the checks' own finders, other sources, progress and a way out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from engine.data.curate.changes import texts_in
from engine.data.curate.reading import IsCancelled, Progress, examples, never, unheard
from engine.data.example import Example
from engine.data.records import Records, Row
from engine.errors import DataError

if TYPE_CHECKING:
    from engine.data.conversations import Layout

OpenSource = Callable[[str], Records]
"""A second source by the name that a recipe gives it. Raises DataError."""


def no_other_sources(name: str) -> Records:
    """For a source that stands alone."""
    raise DataError(f"data.curate: {name} cannot be opened here: mix it in within a project")


class FindsNear(Protocol):
    """How near duplicates are found; see `engine.data.check.duplicates.near_duplicates`."""

    def __call__(
        self, texts: Iterable[str], threshold: float, *, cancelled: IsCancelled, progress: Callable[[int], None]
    ) -> Any:
        """For every text the number of the first that is nearly the same, its own where there is none."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the checks find rows with, so that a step drops what a check has shown."""

    text_key: Callable[[str], int]
    near_duplicates: FindsNear
    find: Callable[[str, Sequence[str]], Sequence[Any]]
    redact: Callable[[str, Sequence[str]], str]
    kinds: tuple[str, ...]
    language: Callable[[str], str]


@cache
def checks() -> Tools:
    """The checks' tools; they are loaded here, for they take a while."""
    from engine.data.check import duplicates, language, personal

    return Tools(
        duplicates.text_key, duplicates.near_duplicates, personal.find, personal.redact, personal.KINDS,
        language.language,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """For one step."""

    name: str
    """The step in errors, such as `data.curate step 2 (mix)`."""
    layout: "Layout"
    tools: Callable[[], Tools]
    open_source: OpenSource
    progress: Progress = unheard
    cancelled: IsCancelled = never

    def examples(self, records: Records) -> Iterator[tuple[Row, Example | None]]:
        """Every row and what it teaches; None where it does not fit the layout. Raises Cancelled."""
        return examples(records, self.layout, self.progress, self.cancelled)

    def bodies(self, records: Records) -> Iterator[str]:
        """What rows are alike by: their texts but for system ones; of a row that does not fit the layout, all."""
        from engine.data.check.texts import body

        for row, example in self.examples(records):
            yield "\n".join(texts_in(row)) if example is None else body(example)

    def refuse(self, why: str) -> DataError:
        """The error to raise, with the step's name before it."""
        return DataError(f"{self.name}: {why}")


def counted(counts: Counter[str], most: int = 6) -> str:
    """Names with their counts, the most frequent first: `email 40, phone 9`."""
    found = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(f"{name} {count:,}" for name, count in found[:most]) + more


def rows_words(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
