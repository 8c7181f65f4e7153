"""A recipe's data, opened: what front ends show and what jobs train and measure on, from one place."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.data.conversations import Layout, Unfit, likely, recognise
from engine.data.example import Conversation
from engine.data.records import BadRow
from engine.data.rows import Rows, open_rows
from engine.data.split import SplitRows, prompt_of, split_rows
from engine.errors import DataError
from engine.project import resolve
from engine.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a recipe's source as conversations."""

    rows: Rows
    layout: Layout
    usable: list[int]
    """Places in `rows.rows` of rows that are conversations."""
    conversations: list[Conversation]
    """One for each usable row."""
    unfit: list[BadRow]
    """Rows that could be read and are no conversation; `line` is the row's number, from 1."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Dataset:
    """The rows of a recipe's source and, where it names one, its held-out file."""

    source: Rows
    layout: Layout
    usable: list[int]
    """Places in `source.rows` of rows that are conversations."""
    conversations: list[Conversation]
    """One for each usable row."""
    unfit: list[BadRow]
    """Rows that could be read and are no conversation; `line` is the row's number, from 1."""
    split: SplitRows
    """Places in `conversations`."""
    held_out: list[Conversation]
    """What the comparison of base and tuned uses, from the held-out file or the split."""
    held_out_path: Path | None
    leaked: int = 0
    """Rows of a held-out file whose prompt is also one of the source's: on them the comparison measures memory."""


def open_source(recipe: Recipe, project: Path) -> Source:
    """The conversations of a recipe's source. Raises DataError when there are none."""
    if not recipe.data.source:
        raise DataError(f"{project / 'project.toml'}: data.source is empty: set it to a file of training rows")
    with _no_collections():
        rows = open_rows(resolve(recipe.data.source, project))
        return _as_conversations(rows, recipe)


def _as_conversations(rows: Rows, recipe: Recipe) -> Source:
    """Rows as conversations, going through them once where a sample tells the layout."""
    section = recipe.data
    layout = likely(rows.rows, section.format, section.mapping)
    usable, conversations, unfit = convert(rows, layout)
    if not usable:
        layout = recognise(rows.rows, section.format, section.mapping, str(rows.path))
        usable, conversations, unfit = convert(rows, layout)
    measured = replace(layout, fits=len(usable), rows=len(rows.rows))
    return Source(rows, measured, usable, conversations, unfit)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Without looking for garbage cycles, which takes half the time while millions of objects are made and kept."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def open_dataset(recipe: Recipe, project: Path) -> Dataset:
    """Open what a recipe's data section names. Raises DataError when there is nothing to train on."""
    source = open_source(recipe, project)
    conversations = source.conversations
    split = split_rows(conversations, recipe.data.split, keep_held_out=not recipe.data.held_out)
    if not split.train:
        raise DataError(
            f"{source.rows.path}: {len(conversations)} usable rows leave none to train on: lower data.split.validation"
        )
    path = resolve(recipe.data.held_out, project) if recipe.data.held_out else None
    held_out = open_held_out(recipe, path) if path else [conversations[place] for place in split.held_out]
    leaked = _leaked(conversations, held_out) if path else 0
    return Dataset(
        source.rows, source.layout, source.usable, conversations, source.unfit, split, held_out, path, leaked
    )  # fmt: skip


def _leaked(source: list[Conversation], held_out: list[Conversation]) -> int:
    """How many held-out rows ask what a row of the source asks."""
    asked = [prompt_of(conversation) for conversation in held_out]
    wanted = set(asked)
    seen = {prompt for conversation in source if (prompt := prompt_of(conversation)) in wanted}
    return sum(prompt in seen for prompt in asked)


def convert(rows: Rows, layout: Layout) -> tuple[list[int], list[Conversation], list[BadRow]]:
    """Places and conversations of usable rows, and the others with the reason."""
    usable: list[int] = []
    conversations: list[Conversation] = []
    unfit: list[BadRow] = []
    for place, row in enumerate(rows.rows):
        try:
            conversations.append(layout.conversation(row))
            usable.append(place)
        except Unfit as error:
            unfit.append(BadRow(place + 1, 0, str(error)))
    return usable, conversations, unfit


def open_held_out(recipe: Recipe, path: Path) -> list[Conversation]:
    """The conversations of a held-out file, laid out as the recipe says."""
    return _as_conversations(open_rows(path, "data.held_out"), recipe).conversations
