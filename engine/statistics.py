"""How sure one can be that tuned differs from base: two tests of a paired comparison, row by row.

Both look at the differences between two scores of the same rows, never at the two means alone. The interval says
how large the difference is, the p-value how easily chance alone would give one. Needs nothing at import.
"""

from collections.abc import Sequence

from engine.protocol import MetricCompared

RESAMPLES = 10_000
SEED = 3407
"""Fixed, so that the same answers always give the same interval."""

_CELLS_AT_ONCE = 4_000_000
"""Resampled counts held at once: 32 MB."""

_SAME = 1e-12
"""Scores closer than this are equal: their means may round differently."""


def compare(base: Sequence[float], tuned: Sequence[float]) -> MetricCompared:
    """One metric, base against tuned: row scores from 0 to 1, in the same order of rows. At least one row."""
    differences = [after - before for before, after in zip(base, tuned, strict=True)]
    return MetricCompared(
        base=mean(base), tuned=mean(tuned), difference=mean(differences),
        interval=paired_interval(differences), p=sign_test(differences),
    )  # fmt: skip


def mean(scores: Sequence[float]) -> float:
    """Arithmetic mean of at least one score."""
    return sum(scores) / len(scores)


def paired_interval(
    differences: Sequence[float], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean difference (Efron & Tibshirani, Introduction to the Bootstrap, ch. 13).

    Rows are drawn with replacement. How often each *distinct* difference is drawn is multinomial, so 0/1 scores,
    whose differences take three values, cost the same however many rows there are.
    """
    import numpy as np

    values, counts = np.unique(np.asarray(differences, dtype=np.float64), return_counts=True)
    generator = np.random.default_rng(seed)
    at_once = max(1, _CELLS_AT_ONCE // len(values))
    means = np.concatenate([
        generator.multinomial(len(differences), counts / len(differences), size=min(at_once, resamples - done)) @ values
        for done in range(0, resamples, at_once)
    ])  # fmt: skip
    low, high = np.quantile(means / len(differences), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def sign_test(differences: Sequence[float]) -> float:
    """Two-sided p-value that a row is as likely to gain as to lose, exact (binomial); rows that tie say nothing.

    Where scores are 0 or 1 this is McNemar's exact test of fixed against broken rows.
    """
    gains = sum(difference > _SAME for difference in differences)
    losses = sum(difference < -_SAME for difference in differences)
    rows, fewer = gains + losses, min(gains, losses)
    ways, total = 1, 0
    for successes in range(
        fewer + 1
    ):  # whole numbers all the way: the sum has thousands of digits, the p-value none lost
        total += ways
        ways = ways * (rows - successes) // (successes + 1)
    return min(1.0, 2 * total / (1 << rows))
