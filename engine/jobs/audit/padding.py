"""What padding costs and what packing would save, from the rows' lengths alone."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer]

_MEGA_BATCHES = 50
"""transformers sorts by length inside runs of this many batches, so that the order stays nearly random."""


def padded_tokens(lengths: Ints, micro_batch: int, *, grouped: bool, multiple: int, seed: int) -> int:
    """Tokens, padding included, of one epoch in batches of `micro_batch` rows padded to a `multiple` of tokens.

    `grouped`: rows of like length together, as transformers' length-grouped sampler has them.
    """
    order = np.random.default_rng(seed).permutation(len(lengths))
    shuffled = np.asarray(lengths)[order]
    if grouped:
        mega = max(1, min(len(lengths) // (4 * micro_batch), _MEGA_BATCHES)) * micro_batch
        keys = np.lexsort((-shuffled, np.arange(len(shuffled)) // mega))
        shuffled = shuffled[keys]
    filled = np.concatenate([shuffled, np.zeros(-len(shuffled) % micro_batch, dtype=shuffled.dtype)])
    widths = -(-filled.reshape(-1, micro_batch).max(axis=1, initial=0) // multiple) * multiple
    rows = np.full(len(widths), micro_batch)
    if len(shuffled) % micro_batch:
        rows[-1] = len(shuffled) % micro_batch
    return int((widths * rows).sum())


def packed_bins(lengths: Ints, size: int) -> int:
    """Sequences of `size` tokens that hold all rows, by first-fit-decreasing; none is split.

    Rows of one length and bins of one room are handled together, so a million rows take no longer than their lengths
    are different.
    """
    room: Ints = np.empty(0, dtype=np.int64)  # of runs of bins, in the order in which they were opened
    bins: Ints = np.empty(0, dtype=np.int64)
    values, counts = np.unique(np.minimum(lengths, size), return_counts=True)
    for length, count in zip(values[::-1].tolist(), counts[::-1].tolist(), strict=True):
        if length:
            room, bins, left = _fill(room, bins, length, count)
            room, bins = _open(room, bins, length, left, size)
    return int(bins.sum())


def _fill(room: Ints, bins: Ints, length: int, count: int) -> tuple[Ints, Ints, int]:
    """Put rows of a length into the first bins with room; what is left over."""
    fits = room // length
    after = np.cumsum(fits * bins)
    full = int(np.searchsorted(after, count, side="right"))  # runs whose bins all take what they can
    left = count - (int(after[full - 1]) if full else 0)
    room = np.concatenate([room[:full] - fits[:full] * length, room[full:]])
    if full == len(bins) or not left:
        return *_merge(room, bins), 0 if full < len(bins) else left
    here, many, each = int(room[full]), int(bins[full]), int(fits[full])
    taken, rest = divmod(left, each)
    parts = [(here - each * length, taken), (here - rest * length, 1 if rest else 0)]
    parts.append((here, many - taken - (1 if rest else 0)))
    rooms = np.array([it for it, _ in parts])
    amounts = np.array([it for _, it in parts])
    room = np.concatenate([room[:full], rooms, room[full + 1 :]])
    bins = np.concatenate([bins[:full], amounts, bins[full + 1 :]])
    return *_merge(room, bins), 0


def _open(room: Ints, bins: Ints, length: int, count: int, size: int) -> tuple[Ints, Ints]:
    """New bins for rows that fit nowhere."""
    full, rest = divmod(count, size // length)
    rooms = [size - (size // length) * length] * bool(full) + [size - rest * length] * bool(rest)
    amounts = [full] * bool(full) + [1] * bool(rest)
    return np.concatenate([room, np.array(rooms, np.int64)]), np.concatenate([bins, np.array(amounts, np.int64)])


def _merge(room: Ints, bins: Ints) -> tuple[Ints, Ints]:
    """Neighbouring runs of one room as one run; empty runs and bins without room put together at the front."""
    kept = bins > 0
    room, bins = room[kept], bins[kept]
    if not len(room):
        return room, bins
    begins = np.flatnonzero(np.concatenate([[True], room[1:] != room[:-1]]))
    return room[begins], np.add.reduceat(bins, begins)
