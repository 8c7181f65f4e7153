"""Which texts share a band's key: the tables of locality-sensitive hashing, as a few flat arrays."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

_LOOKED_AT = 64
"""Texts of one bucket that are candidates at most: the first ones."""


class Buckets:
    """Buckets of the texts that share a band's key with another; texts that are kept are put into theirs."""

    def __init__(self, count: int, bands: int, keys: Iterable[Any]) -> None:
        """`keys`: for each band uint32 (texts,), taken one at a time."""
        self.count = count
        self._of = np.full((count, bands), -1, np.int32)
        """The bucket of each text in each band; -1 where it shares the band's key with nobody."""
        sizes = [np.zeros(0, np.int64)]
        begun = 0
        for band, column in enumerate(keys):
            _, inverse, repeats = np.unique(column, return_inverse=True, return_counts=True)
            shared = repeats > 1
            numbers = np.where(shared, begun + np.cumsum(shared) - 1, -1)
            self._of[:, band] = numbers[inverse]
            sizes.append(np.minimum(repeats[shared], _LOOKED_AT))
            begun += int(shared.sum())
        size = np.concatenate(sizes)
        self._sizes = size
        self._starts = np.cumsum(size) - size
        self._filled = np.zeros(len(size), np.int64)
        self._members = np.zeros(int(size.sum()), np.int32)

    def sharing(self) -> Iterator[int]:
        """Texts that share a bucket with another, in order."""
        return iter(np.flatnonzero((self._of >= 0).any(axis=1)).tolist())

    def candidates(self, text: int, most: int) -> list[int]:
        """Kept texts that share a bucket with this one, in order; of many, those that share most buckets."""
        buckets = self._own(text)
        filled = self._filled[buckets]
        if not filled.any():
            return []
        starts = self._starts[buckets]
        members = [self._members[start : start + count] for start, count in zip(starts, filled, strict=True) if count]
        found, times = np.unique(np.concatenate(members), return_counts=True)
        if len(found) > most:
            found = np.sort(found[np.argsort(-times, kind="stable")[:most]])
        return found.tolist()  # type: ignore[no-any-return]

    def keep(self, text: int) -> None:
        """Put a text into its buckets, where later ones find it."""
        buckets = self._own(text)
        buckets = buckets[self._filled[buckets] < self._sizes[buckets]]
        self._members[self._starts[buckets] + self._filled[buckets]] = text
        self._filled[buckets] += 1

    def _own(self, text: int) -> Any:
        own = self._of[text]
        return own[own >= 0]
