"""Which rows train, which are measured during training, and which only the final comparison sees."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.data.example import Conversation, Example
from engine.data.places import Places
from engine.recipe import Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW_ROWS = 1000
"""Below this many rows a tenth is measured and a tenth held out, from here a twentieth each."""
_NEARLY = 0.9
"""A side with fewer than this share of the rows asked for is told."""


@dataclass(frozen=True, slots=True)
class SplitRows:
    """Places of rows, in file order."""

    train: Places
    validation: Places
    held_out: Places
    notes: tuple[str, ...] = ()
    """What a person should know of how it came out."""


def shares(split: Split, rows: int) -> tuple[float, float]:
    """The shares of validation and held-out rows: the recipe's, else by size 80/10/10 or 90/5/5."""
    by_size = 0.1 if rows < FEW_ROWS else 0.05
    validation = by_size if split.validation is None else split.validation
    held_out = by_size if split.held_out is None else split.held_out
    return validation, held_out


def split_keys(
    keys: "NDArray[np.uint64]", split: Split, *, keep_held_out: bool = True, values: Iterable[Any] = ()
) -> SplitRows:
    """Divide rows by the recipe's shares; rows with the same key stay together, so that no prompt leaks.

    `keys`: one a row, from `splitting.keys.prompt_keys`. `values`: of each row the value of `split.field` (stratified
    without one: the answer); not asked for by `random`. `keep_held_out`: take the held-out share too (False where a
    file of its own is given). Places are those in `keys`. Raises DataError when no row has such a value.
    """
    from engine.data.splitting.core import deal
    from engine.data.splitting.values import Values

    gathered = Values(split)
    if split.by != "random":
        for value in values:
            gathered.add(value)
    arrays, notes = gathered.arrays(keys)
    validation, held_out = shares(split, len(keys))
    wanted = validation, held_out if keep_held_out else 0.0
    sides = deal(keys, wanted, split.seed, **arrays)
    names = ("validation", wanted[0], sides[1]), ("held out", wanted[1], sides[2])
    notes += filter(None, (_too_few(name, round(share * len(keys)), len(side), split) for name, share, side in names))
    return SplitRows(*sides, notes=tuple(notes))


def _too_few(name: str, wanted: int, got: int, split: Split) -> str:
    """That a side has far fewer rows than asked for; "" where it has not."""
    if got + 1 >= _NEARLY * wanted:
        return ""
    kept = f"a prompt or of one {split.field}" if split.by == "group" else "a prompt"
    return f"{name}: {got:,} rows where {wanted:,} were wanted: rows of {kept} stay together, and some are many"


def prompt_of(row: Conversation | Example) -> str:
    """What makes two rows the same question: everything before the last answer, case and spaces aside.

    Of segments it is what is not trained; text without any is its own question.
    """
    if not isinstance(row, Example):
        return "\n".join(_plain(message.content) for message in row[:-1] if message.role != "system")
    if row.segments:
        asked = "".join(segment.text for segment in row.segments if not segment.trained)
        return _plain(asked) or _plain(row.answer)
    turns = row.conversation if row.kind == "question" else row.conversation[:-1]
    return "\n".join(_plain(message.content) for message in turns if message.role != "system")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
