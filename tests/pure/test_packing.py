"""Rows that share a packed row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.steps.packing import pack


def simple_best_fit(lengths: list[int], capacity: int) -> list[list[int]]:
    """Best-fit decreasing as a textbook has it: the bin with the least room that is enough, the first of several."""
    rooms: list[int] = []
    bins: list[list[int]] = []
    cut = [min(max(length, 1), capacity) for length in lengths]
    for row in sorted(range(len(cut)), key=lambda row: -cut[row]):
        fits = [(room, place) for place, room in enumerate(rooms) if room >= cut[row]]
        if not fits:
            rooms.append(capacity)
            bins.append([])
            fits = [(capacity, len(rooms) - 1)]
        _, place = min(fits)
        rooms[place] -= cut[row]
        bins[place].append(row)
    return bins


@given(st.lists(st.integers(0, 60), max_size=60), st.integers(1, 50))
def test_packs_as_the_textbook_does(lengths: list[int], capacity: int) -> None:
    bins = pack(np.array(lengths, dtype=np.int32), capacity)
    assert [rows.tolist() for rows in bins] == simple_best_fit(lengths, capacity)
    assert [rows.tolist() for rows in bins] == [bins[place].tolist() for place in range(len(bins))]
    used = bins.tokens(np.maximum(np.array(lengths, dtype=np.int32), 1), capacity)
    assert (used <= capacity).all()
    assert used.sum() == sum(min(max(length, 1), capacity) for length in lengths)


def test_a_million_rows_and_lengths_beyond_the_capacity() -> None:
    lengths = np.random.default_rng(0).lognormal(5.5, 1.0, 1_000_000).astype(np.int32)
    bins = pack(lengths, 2048)
    assert np.array_equal(np.sort(bins.rows), np.arange(1_000_000))
    assert bins.tokens(lengths, 2048).max() <= 2048
    assert len(bins) * 2048 < 1.001 * np.minimum(lengths, 2048).sum()
