"""Shares of a run that are too small to divide by."""

from engine.recipe import Training
from engine.steps import save_interval, saves_miss


def test_the_smallest_share_is_told_not_overflowed():
    training = Training(evaluate_every=1e-323, save_every=0.5)
    assert "is no multiple of" in saves_miss(training)
    assert 1 <= save_interval(100, training) <= 100
