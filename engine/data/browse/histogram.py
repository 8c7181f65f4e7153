"""How numbers are spread, in a few bins that a long tail does not squeeze together."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.browse.known import Known
from engine.data.browse.labels import label_counts as label_counts
from engine.data.browse.measures import turns_in, turns_of
from engine.data.formats.layout import Layout
from engine.data.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Edges = NDArray[np.float64]
    Numbers = NDArray[np.int64]

_TAIL = 0.99
"""Share of the values that the bins show one by one; the rest share the last bin where they are far away."""
_FAR = 1.5
"""How many times the width of the rest a tail must have to be put together."""
_STEPS = (1, 2, 2.5, 5, 10)
"""Widths of bins, times a power of ten."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of values between edges."""

    edges: "Edges"
    """(bins + 1,), rising; a bin holds its lower edge, the last bin both. The last is infinite where the tail is
    put together.
    """
    counts: "Numbers"
    """(bins,)"""
    values: int
    """Values counted."""
    unknown: int
    """Values that are not known."""
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None
    """The largest; None, as all of these, where nothing is known. Whole numbers of whole numbers."""
    whole: bool = True
    """Whether the values are whole numbers."""

    @property
    def names(self) -> tuple[str, ...]:
        """The bins in words: `0-49`, `50-99`, …, `1,000+`."""
        return tuple(_named(low, high, whole=self.whole) for low, high in pairwise(self.edges.tolist()))

    @property
    def open_ended(self) -> bool:
        """Whether the last bin holds everything from its lower edge on."""
        return bool(np.isinf(self.edges[-1]))


def histogram(values: "NDArray[Any]", bins: int = 20, *, logarithmic: bool = False) -> Histogram:
    """Of at least 0: values below are unknown. At most `bins` bins, whose edges are round numbers; logarithmic ones
    begin at 1, after a bin for what is smaller. Integers have bins of whole numbers.
    """
    whole = values.dtype.kind in "iu"
    there = values[values >= 0].astype(np.float64)
    unknown = len(values) - len(there)
    if not len(there):
        return Histogram(np.array([0.0, 1.0]), np.zeros(1, np.int64), 0, unknown, None, None, None, None, whole)
    edges = _log_edges(there, bins) if logarithmic else _edges(there, bins, whole=whole)
    counts = np.histogram(there, edges)[0].astype(np.int64)
    marks = [*np.percentile(there, (50, 90, 99), method="inverted_cdf").tolist(), float(there.max())]
    p50, p90, p99, most = map(int, marks) if whole else marks
    return Histogram(edges, counts, len(there), unknown, p50, p90, p99, most, whole)


def tokens_histogram(known: Known, bins: int = 20) -> Histogram | None:
    """Of tokens a row; None while they are not counted."""
    return None if known.tokens is None else histogram(known.tokens, bins)


def trained_histogram(known: Known, bins: int = 20) -> Histogram | None:
    """Of trained tokens a row; None while they are not counted."""
    return None if known.trained is None else histogram(known.trained, bins)


def turns_histogram(
    records: Records, layout: Layout | None = None, *, known: Known | None = None, bins: int = 20,
    cancelled: Callable[[], bool] = lambda: False,
) -> Histogram | None:  # fmt: skip
    """Of messages a row, in one pass where they are not `known`; None where rows have none. Raises Cancelled."""
    if known is not None and known.turns is not None:
        return histogram(known.turns, bins)
    turns = turns_of(records, layout)
    return histogram(turns_in(records, turns, cancelled), bins) if turns else None


def _named(low: float, high: float, *, whole: bool) -> str:
    if np.isinf(high):
        return f"{low:,.0f}+" if whole else f"{low:,g}+"
    if not whole:
        return f"{low:,g}-{high:,g}"
    return f"{low:,.0f}" if high - low <= 1 else f"{low:,.0f}-{high - 1:,.0f}"


def _edges(values: "Edges", bins: int, *, whole: bool) -> "Edges":
    low, high, most = values.min(), np.quantile(values, _TAIL, method="inverted_cdf"), values.max()
    tail = most - low > _FAR * (high - low) and high > low
    width = _round_width((high if tail else most) - low, max(1, bins - 2 if tail else bins - 1), whole=whole)
    first = np.floor(low / width) * width
    count = int(np.floor(((high if tail else most) - first) / width)) + 1
    edges: Edges = first + width * np.arange(count + 1)
    if tail and edges[-1] <= most:
        edges = np.append(edges, np.inf)
    return edges


def _round_width(extent: float, bins: int, *, whole: bool) -> float:
    """The smallest round width with which `bins` bins cover an extent."""
    if extent <= 0:
        return 1.0
    least = max(extent / bins, 1.0) if whole else extent / bins
    power = 10.0 ** np.floor(np.log10(least))
    widths = (step * power for step in _STEPS)
    return float(next(w for w in widths if w >= least * (1 - 1e-12) and (not whole or w == int(w))))


def _log_edges(values: "Edges", bins: int) -> "Edges":
    """0, 1, 2, 4, … or with a larger factor, until the largest is inside."""
    most = max(float(values.max()), 1.0)
    doublings = int(np.floor(np.log2(most))) + 1
    step = max(1, -(-doublings // max(1, bins - 1)))
    powers = np.arange(0, doublings + step, step)
    return np.concatenate([[0.0], 2.0**powers])
