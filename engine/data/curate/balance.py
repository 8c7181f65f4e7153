"""Bringing classes to like sizes: small ones are repeated, or large ones thinned out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.data.curate.context import Context
from engine.data.curate.curated import Curated, StepLog
from engine.data.field import field_value
from engine.data.splitting.keys import text_key, value_text
from engine.data.splitting.order import mixed
from engine.recipe import Balance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_NONE = text_key("")
_FREE_TEXT_FROM = 100
"""From so many rows answers of which most stand once are no classes, and balancing them is a mistake."""


def balance(state: Curated, step: Balance, context: Context) -> Curated:
    """Repeat or leave out rows until no class is more than `ratio` times the smallest; which ones, the seed decides.

    Rows without a class stay as they are. A row that is repeated stands beside its copies, which are trained on alone:
    `engine.data.survey` leaves them out of validation and held-out rows.
    """
    keys = np.fromiter(_classes(state, step, context), np.uint64, state.count)
    known = np.flatnonzero(keys != np.uint64(_NONE))
    _, codes = np.unique(keys[known], return_inverse=True)
    sizes = np.bincount(codes).astype(np.int64)
    if not len(known):
        raise context.refuse(f"no row has a class in {step.field or 'its answer'}: name the field that holds it")
    if not step.field and len(known) >= _FREE_TEXT_FROM and 2 * len(sizes) > len(known):
        raise context.refuse(f"{len(sizes):,} different answers are no classes: name the field that holds the class")
    ranks = _ranks(state, known, codes, step.seed)
    copies = np.ones(state.count, dtype=np.int64)
    if step.how == "undersample":
        most = int(step.ratio * sizes.min())
        copies[known] = ranks < most
        after = np.minimum(sizes, most)
    else:
        least = -int(-sizes.max() // step.ratio)
        after = np.maximum(sizes, least)
        copies[known] = after[codes] // sizes[codes] + (ranks < after[codes] % sizes[codes])
    words = f"{len(sizes):,} classes of {_range(sizes)} rows, now {_range(after)}"
    done = StepLog(step.step, state.count, int(copies.sum()), words)
    return replace(
        state,
        origins=np.repeat(state.origins, copies),
        sources=np.repeat(state.sources, copies),
        log=(*state.log, done),
    )


def _classes(state: Curated, step: Balance, context: Context) -> Iterator[int]:
    """The hash of each row's class."""
    for row, example in context.examples(state):
        if step.field:
            yield text_key(value_text(field_value(row, step.field)))
        else:
            yield _NONE if example is None else text_key(example.answer.strip())


def _ranks(state: Curated, known: "Numbers", codes: "Numbers", seed: int) -> "Numbers":
    """The place of each row in its class, in an order that the seed decides and other rows do not."""
    identity = state.origins[known].astype(np.uint64) ^ (state.sources[known].astype(np.uint64) << np.uint64(56))
    order = np.lexsort((mixed(identity, seed), codes))
    starts = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    ranks = np.empty(len(known), dtype=np.int64)
    ranks[order] = np.arange(len(known)) - starts[codes[order]]
    return ranks


def _range(sizes: "Numbers") -> str:
    low, high = int(sizes.min()), int(sizes.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
