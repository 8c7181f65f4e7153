"""Rows and layouts in words, for the command line."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from tui.cli.printing import hanging

if TYPE_CHECKING:
    from engine.data.conversations import Layout
    from engine.data.dataset import Dataset
    from engine.data.example import Example
    from engine.data.records import BadRow
    from engine.recipe import Mapping

ROLE_NAMES = {"system": "system", "user": "user", "assistant": "answer", "tool": "tool"}
_NAME_WIDTH = 9


def named(name: str, text: str) -> str:
    """A line with a name before it."""
    return hanging(f"  {name:<{_NAME_WIDTH}}", text)


def shown(dataset: "Dataset", first: int, count: int) -> "Iterator[tuple[int, Example]]":
    """Numbers, from 1, of at most `count` usable rows from row `first` on, and their examples."""
    usable = dataset.usable
    places = range(bisect_left(usable, first - 1), len(usable))
    for place in islice(places, count):
        yield usable[place] + 1, dataset.examples[place]


def example_lines(example: "Example") -> "Iterator[tuple[str, str]]":
    """What a row teaches, piece by piece, each with its name."""
    turns = [(ROLE_NAMES[turn.role], turn.content) for turn in example.conversation]
    match example.kind:
        case "text":
            yield from (("text", segment.text) for segment in example.segments)
        case "segments":
            yield from (("trained" if segment.trained else "given", segment.text) for segment in example.segments)
        case "preference":
            yield from turns[:-1]
            yield "chosen", turns[-1][1]
            yield from ((ROLE_NAMES[turn.role], turn.content) for turn in example.rejected[:-1])
            yield "rejected", example.rejected[-1].content
        case "unpaired":
            yield from turns
            yield "label", "good" if example.label else "bad"
        case "question":
            yield from turns
            yield "solution", example.solution
        case _:
            yield from turns


def grouped(unfit: "list[BadRow]") -> list[tuple[str, list[int]]]:
    """Reasons with the rows that are unfit for them, the most frequent first."""
    rows: dict[str, list[int]] = {}
    for fault in unfit:
        rows.setdefault(fault.reason, []).append(fault.line)
    return sorted(rows.items(), key=lambda item: -len(item[1]))


def format_words(layout: "Layout") -> str:
    """The format and the share of the rows that fit it."""
    from engine.data.formats.layout import percent

    told = f"{layout.fits:,} of {layout.rows:,} rows fit ({percent(layout.fits, layout.rows)})"
    if layout.format != "mapping":
        return f"{layout.format}: {told}"
    how = "guessed from the fields' names" if layout.guessed else "mapped"
    return f"{how}, {mapping_words(layout.mapping)}: {told}"


def mapping_words(mapping: "Mapping") -> str:
    """The mapped roles with their patterns, in one line."""
    return ", ".join(f"{role} = {_one_line(pattern)}" for role, pattern in mapping if pattern and role != "system")


def _one_line(pattern: str) -> str:
    return pattern.replace("\n", "\\n")
