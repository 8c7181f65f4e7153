"""Padding and packing, told from lengths: the quick way counts what the plain way does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.audit.padding import packed_bins, padded_tokens

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=120)


def first_fit_decreasing(rows, size):
    bins = []
    for row in sorted((min(row, size) for row in rows), reverse=True):
        place = next((place for place, used in enumerate(bins) if used + row <= size), None)
        if place is None:
            bins.append(row)
        else:
            bins[place] += row
    return len(bins)


@given(rows=lengths, size=st.integers(1, 80))
def test_packing_is_first_fit_decreasing(rows, size):
    assert packed_bins(np.array(rows), size) == first_fit_decreasing(rows, size)


@given(rows=lengths, micro_batch=st.integers(1, 9), grouped=st.booleans(), seed=st.integers(0, 5))
def test_padding_is_within_what_it_can_be(rows, micro_batch, grouped, seed):
    padded = padded_tokens(np.array(rows), micro_batch, grouped=grouped, multiple=8, seed=seed)
    alone = sum(-(-row // 8) * 8 for row in rows)
    assert alone <= padded <= len(rows) * -(-max(rows) // 8) * 8
    if micro_batch == 1:
        assert padded == alone


def test_rows_of_like_length_together_need_less_padding():
    rows = np.random.default_rng(0).integers(1, 500, 4000)
    random, grouped = (padded_tokens(rows, 8, grouped=by, multiple=8, seed=1) for by in (False, True))
    assert grouped < 0.7 * random
    assert grouped < 1.1 * rows.sum()


def test_no_rows_need_no_bins():
    assert packed_bins(np.array([], dtype=np.int32), 10) == 0
