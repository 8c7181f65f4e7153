"""Which rows each optimiser step trains: the same answer for the forecast and the trainer.

    lengths of rows -> what the loader gives out (rows, their pieces, or packed sequences) -> its order -> steps

All lengths are in tokens. Needs numpy, and so is imported where it is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.recipe import Recipe, Training
from engine.steps import planned_steps, steps_per_epoch
from engine.steps.packing import Bins, pack

Lengths = NDArray[np.int64]
_MEGA_BATCHES = 50
"""by_length sorts inside runs of this many steps, so that the order stays nearly random (as transformers does)."""


@dataclass(frozen=True, eq=False)
class Sequences:
    """What the loader gives out in an epoch."""

    lengths: Lengths
    """(sequences,): tokens of each."""
    bins: Bins | None = None
    """The rows (or pieces) of each, where they are packed."""

    def __len__(self) -> int:
        return len(self.lengths)


def sequences(lengths: NDArray[np.integer], recipe: Recipe) -> Sequences:
    """What the loader gives out of rows of these uncut lengths; rows that train nothing are not among them."""
    longest = recipe.training.max_length
    if recipe.method.kind == "cpt":
        rows = piece_lengths(lengths, longest)[0]
    else:
        rows = np.minimum(lengths, longest).astype(np.int64)
    if not recipe.training.packing:
        return Sequences(rows)
    bins = pack(rows, longest)
    return Sequences(bins.tokens(rows, longest), bins)


def piece_lengths(lengths: NDArray[np.integer], longest: int) -> tuple[Lengths, NDArray[np.int64]]:
    """Tokens of the pieces that texts are cut into, in order, and the row that each is of.

    Pieces are as long as they may be. A last one of a single token would teach nothing, since nothing comes before it:
    it takes a second one from the piece before.
    """
    whole = np.asarray(lengths, dtype=np.int64)
    counts = np.maximum(1, -(-whole // longest))
    rows = np.repeat(np.arange(len(whole)), counts)
    pieces = np.full(len(rows), longest, dtype=np.int64)
    last = np.cumsum(counts) - 1
    rest = whole - (counts - 1) * longest
    lonely = (rest == 1) & (counts > 1)
    pieces[last] = rest + lonely
    pieces[last[lonely] - 1] -= 1
    return pieces, rows


def order(lengths: NDArray[np.integer], training: Training, epoch: int) -> NDArray[np.int64]:
    """(sequences,): the order in which an epoch (from 0) takes the sequences.

    by_length: at random, then sorted inside runs of 50 steps, so that micro-batches hold sequences of like length; the
    longest come first of all.
    """
    if training.order == "given":
        return np.arange(len(lengths))
    taken = np.random.default_rng([training.seed, epoch]).permutation(len(lengths))
    if training.order == "random" or not len(taken):
        return taken
    return _by_length(np.asarray(lengths), taken, training)


def _by_length(lengths: NDArray[np.integer], taken: NDArray[np.int64], training: Training) -> NDArray[np.int64]:
    step = training.micro_batch * training.accumulation
    run = max(1, min(len(taken) // (4 * step), _MEGA_BATCHES)) * step
    taken = taken[np.lexsort((-lengths[taken], np.arange(len(taken)) // run))]
    longest = np.argsort(-lengths[taken], kind="stable")[: training.micro_batch]
    first = taken[longest]
    return np.concatenate([first, np.delete(taken, longest)])


def step_tokens(sequences: NDArray[np.integer], training: Training) -> Lengths:
    """(steps,): tokens that each optimiser step of the run sees, padding not counted, of the sequences' lengths."""
    taken: list[Lengths] = []
    left, epoch = planned_steps(len(sequences), training), 0
    each = steps_per_epoch(len(sequences), training)
    while left > 0:
        steps = _epoch_tokens(np.asarray(sequences, dtype=np.int64), training, epoch)
        taken.append(steps[:left])
        left, epoch = left - each, epoch + 1
    return np.concatenate(taken) if taken else np.empty(0, np.int64)


def _epoch_tokens(lengths: Lengths, training: Training, epoch: int) -> Lengths:
    rows = training.micro_batch * training.accumulation
    ordered = lengths[order(lengths, training, epoch)]
    return np.add.reduceat(ordered, np.arange(0, len(ordered), rows))
