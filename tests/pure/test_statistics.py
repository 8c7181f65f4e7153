"""Interval and p-value of a paired comparison, against known values and by their properties."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.statistics import compare, paired_interval, sign_test

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def changes(gains: int, losses: int, ties: int = 0) -> list[float]:
    return [1.0] * gains + [-1.0] * losses + [0.0] * ties


@pytest.mark.parametrize(
    ("gains", "losses", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 2**5),
        (5, 5, 1.0),
        (9, 1, 2 * 11 / 2**10),  # 0.021484375, Conover's table
        (7, 3, 0.34375),
        (15, 5, 0.04138946533203125),
        (148, 19, 5.917729069018047e-26),  # scipy.stats.binomtest(19, 167).pvalue
    ],
)
def test_sign_test_against_known_values(gains, losses, p):
    assert sign_test(changes(gains, losses, ties=3)) == pytest.approx(p, rel=1e-9, abs=0)


def test_sign_test_is_mcnemars_exact_test():
    """59 against 6 discordant pairs, and 101 against 59: both tails of Binomial(n, 1/2), summed by hand."""
    for more, fewer in ((59, 6), (101, 59)):
        tail = sum(math.comb(more + fewer, place) for place in range(fewer + 1)) / 2 ** (more + fewer)
        assert sign_test(changes(more, fewer)) == pytest.approx(2 * tail, rel=1e-12, abs=0)


def test_sign_test_of_thousands_of_rows_neither_overflows_nor_drags():
    assert sign_test(changes(5_000, 5_000)) == 1.0
    assert 0 <= sign_test(changes(6_000, 4_000)) < 1e-80


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 5))
def test_sign_test_knows_no_direction_and_no_ties(gains, losses, ties):
    p = sign_test(changes(gains, losses))
    assert 0 < p <= 1
    assert p == sign_test(changes(losses, gains, ties))


def test_scores_that_differ_by_rounding_are_equal():
    assert sign_test([0.1 + 0.2 - 0.3, 1e-15, 0.5]) == 1.0


def test_interval_agrees_with_drawing_rows_one_by_one():
    """The multinomial short cut against the plain bootstrap, on a case with many distinct differences."""
    rng = np.random.default_rng(1)
    differences = rng.normal(0.2, 0.5, 120)
    means = rng.choice(differences, size=(40_000, 120)).mean(axis=1)
    low, high = paired_interval(differences.tolist())
    assert (low, high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.006)


def test_interval_of_shares_is_near_the_normal_one_when_there_are_many_rows():
    differences = changes(300, 100, 600)
    deviation = np.std(differences) / math.sqrt(len(differences))
    low, high = paired_interval(differences)
    assert low == pytest.approx(0.2 - 1.96 * deviation, abs=0.004)
    assert high == pytest.approx(0.2 + 1.96 * deviation, abs=0.004)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = random.Random(5)
    truth = 0.25
    covered = 0
    for _ in range(200):
        sample = [float(rng.random() < 0.45) - float(rng.random() < 0.20) for _ in range(80)]
        low, high = paired_interval(sample, resamples=1_000)
        covered += low <= truth <= high
    assert 0.89 <= covered / 200 <= 0.99


def test_interval_of_equal_scores_is_a_point():
    assert paired_interval([0.0] * 30) == (0.0, 0.0)
    assert paired_interval([1.0]) == (1.0, 1.0)


def test_interval_is_the_same_each_time_and_another_for_another_seed():
    differences = [random.Random(place).uniform(-1, 1) for place in range(50)]
    assert paired_interval(differences) == paired_interval(differences)
    assert paired_interval(differences) != paired_interval(differences, seed=1)


def test_interval_of_many_distinct_differences_is_drawn_in_parts():
    """Above the cells held at once: the parts must add up to all resamples, and to the same kind of interval."""
    differences = [random.Random(place).gauss(0, 1) for place in range(2_000)]
    low, high = paired_interval(differences, resamples=3_000)
    assert -0.1 < low < np.mean(differences) < high < 0.1


@settings(deadline=None, max_examples=40)
@given(SCORES, st.randoms())
def test_a_comparison_turns_round_with_its_sides(base, rng):
    tuned = [rng.random() for _ in base]
    one, other = compare(base, tuned), compare(tuned, base)
    assert one.difference == pytest.approx(-other.difference)
    assert one.difference == pytest.approx(one.tuned - one.base)
    assert one.p == other.p
    low, high = one.interval
    assert -1 - 1e-9 <= low <= high <= 1 + 1e-9
    assert min(np.subtract(tuned, base)) - 1e-9 <= low
    assert high <= max(np.subtract(tuned, base)) + 1e-9


def test_rows_must_be_paired():
    with pytest.raises(ValueError, match="shorter"):
        compare([1.0, 0.0], [1.0])
