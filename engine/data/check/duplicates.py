"""Texts that are the same, and texts that are nearly the same.

Near duplicates are found by MinHash and locality-sensitive hashing over word 5-grams (Broder 1997; Leskovec, Rajaraman
& Ullman, Mining of Massive Datasets, ch. 3). Each pair found is verified by its exact Jaccard similarity, so sketches
only decide what is compared with what.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash

from engine.data.check.buckets import Buckets
from engine.data.check.progress import IsCancelled, Progress, never, unheard
from engine.data.check.shingles import Shingled, WordHasher, shingles
from engine.errors import Cancelled

BATCH_TEXTS = 1000
BATCH_CHARACTERS = 4_000_000
_PERMUTATIONS = 128
_SEED = 3407
_RECALL = 0.99
"""Share of pairs right at the threshold that must meet in some band; more alike ones nearly always do."""
_COMPARED = 16
"""Texts that one text is compared with at most, those that share most bands first: where thousands of texts are all
somewhat alike, this keeps the time in bounds."""
_ASKED_EVERY = 1024


def text_key(text: str) -> int:
    """A 64-bit number (xxh3) that texts share when they are the same but for case and white space."""
    return xxhash.xxh3_64_intdigest(" ".join(text.casefold().split()).encode("utf-8", "surrogatepass"))


def near_duplicates(
    texts: Iterable[str],
    threshold: float = 0.8,
    *,
    cancelled: IsCancelled = never,
    progress: Progress = unheard,
) -> Any:
    """For every text the number of the first text that it is a near duplicate of, its own where there is none; int64.

    `threshold`: Jaccard similarity of word 5-grams from which two texts are near duplicates. A text is only compared
    with texts that are none themselves, so keeping the texts that stand for themselves keeps one of each group. Texts
    of fewer than five words are alike when they have the same words; texts without words never are.
    `progress` is told how many texts were read. Raises Cancelled.

    100,000 texts of 700 bytes take about 4 s and 150 MB on one core (tests/bench/checks.py measures it against peers).
    """
    hasher, sketcher = WordHasher(), Sketcher(threshold)
    with NearDuplicates(threshold) as index:
        for batch in batches(texts):
            if cancelled():
                raise Cancelled
            index.add(sketcher.of(shingles(hasher.of(batch))))
            progress(index.count)
        return index.first_alike(cancelled)


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in lists of bounded size."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if len(batch) >= BATCH_TEXTS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Sketches:
    """What is kept of several texts."""

    shingled: Shingled
    keys: Any
    """uint32 (texts, bands): texts that share a key in one column may be alike."""


class Sketcher:
    """Makes sketches for one threshold."""

    def __init__(self, threshold: float) -> None:
        self.bands, self._rows = band_shape(threshold)
        self._weights = np.random.default_rng(_SEED).integers(
            1, 2**63, (self.bands, self._rows), np.uint64
        ) | np.uint64(1)

    def of(self, shingled: Shingled) -> Sketches:
        """The sketches of texts whose shingles are given."""
        from rensa import RMinHash

        wide = shingled.hashes * np.uint64(0x9E3779B97F4A7C15)
        digests = RMinHash.digest_matrix_from_flat_token_hashes(
            wide, shingled.offsets.tolist(), self.bands * self._rows, _SEED
        )
        matrix = np.array(digests.to_rows(), np.uint64).reshape(-1, self.bands, self._rows)
        mixed = (matrix * self._weights).sum(axis=2, dtype=np.uint64)
        return Sketches(shingled, (mixed >> np.uint64(32)).astype(np.uint32))


def band_shape(threshold: float) -> tuple[int, int]:
    """Bands and rows a band: the longest bands (fewest false candidates) that still find pairs at the threshold.

    A pair of similarity s shares one of b bands of r rows with probability 1 - (1 - s^r)^b.
    """
    for rows in range(_PERMUTATIONS, 1, -1):
        bands = _PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** bands >= _RECALL:
            return bands, rows
    return _PERMUTATIONS, 1


class NearDuplicates:
    """Collects sketches, then says which texts are alike.

    Kept in memory: 4 bytes a band and text (84 at the usual threshold), up to thrice that while texts are compared.
    Shingles go to a temporary file, 4 bytes each, of which only those of candidates are read back.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._file = tempfile.TemporaryFile(prefix="ttune-shingles-")
        self._keys: list[Any] = []
        self._counts: list[Any] = []
        self._sets: list[Any] = []
        self.count = 0
        """Texts so far."""

    def __enter__(self) -> "NearDuplicates":
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def add(self, sketches: Sketches) -> None:
        """The next texts."""
        self._file.write(sketches.shingled.hashes.tobytes())
        self._keys.append(sketches.keys)
        self._counts.append(sketches.shingled.counts)
        self._sets.append(_set_keys(sketches.shingled))
        self.count += len(sketches.keys)

    def first_alike(self, cancelled: IsCancelled = never) -> Any:
        """For every text the number of the first that it is a near duplicate of; int64 (texts,). Raises Cancelled."""
        if not self.count:
            return np.empty(0, np.int64)
        counts = np.concatenate(self._counts)
        same = _first_of_same(np.concatenate(self._sets), counts)
        compared = np.flatnonzero((same == np.arange(self.count)) & (counts > 0))
        buckets = Buckets(len(compared), self._keys[0].shape[1], self._columns(compared, cancelled))
        result = np.arange(self.count)
        result[compared] = compared[self._compare(buckets, self._sets_of(counts, compared), cancelled)]
        return result[same]

    def _columns(self, texts: Any, cancelled: IsCancelled) -> Iterator[Any]:
        """The keys of some texts, band by band."""
        for band in range(self._keys[0].shape[1]):
            if cancelled():
                raise Cancelled
            yield np.concatenate([part[:, band] for part in self._keys])[texts]

    def _sets_of(self, counts: Any, texts: Any) -> "_Sets":
        self._file.flush()
        ends = np.cumsum(counts)
        total = int(ends[-1])
        shingles = np.memmap(self._file, np.uint32, "r", shape=(total,)) if total else np.empty(0, np.uint32)
        return _Sets(shingles, (ends - counts)[texts], counts[texts])

    def _compare(self, buckets: Buckets, sets: "_Sets", cancelled: IsCancelled) -> Any:
        first = np.arange(buckets.count)
        for turn, text in enumerate(buckets.sharing()):
            if turn % _ASKED_EVERY == 0 and cancelled():
                raise Cancelled
            alike = sets.first_alike(text, buckets.candidates(text, _COMPARED), self._threshold)
            if alike is None:
                buckets.keep(text)
            else:
                first[text] = alike
        return first


@dataclass(frozen=True, slots=True)
class _Sets:
    """Shingles of texts, to compare them."""

    shingles: Any
    starts: Any
    counts: Any

    def first_alike(self, text: int, candidates: Sequence[int], threshold: float) -> int | None:
        """The first candidate whose Jaccard similarity with the text reaches the threshold."""
        own, count = self._of(text), int(self.counts[text])
        for candidate in candidates:
            other = int(self.counts[candidate])
            if min(count, other) < threshold * max(count, other):
                continue
            both = np.concatenate((own, self._of(candidate)))
            both.sort()
            common = int(np.count_nonzero(both[1:] == both[:-1]))
            if common >= threshold * (count + other - common):
                return candidate
        return None

    def _of(self, text: int) -> Any:
        return self.shingles[self.starts[text] : self.starts[text] + self.counts[text]]


def _set_keys(shingled: Shingled) -> Any:
    """uint64 (texts,): the same for texts with the same shingles."""
    keys = np.zeros(len(shingled.counts), np.uint64)
    full = shingled.counts > 0
    if full.any():
        mixed = (shingled.hashes ^ np.uint64(0xC2B2AE3D)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        keys[full] = np.add.reduceat(mixed ^ (mixed >> np.uint64(29)), shingled.offsets[:-1][full])
    return keys


def _first_of_same(sets: Any, counts: Any) -> Any:
    """For every text the number of the first with the same shingles; texts without any stand for themselves."""
    _, first, inverse = np.unique(sets, return_index=True, return_inverse=True)
    return np.where(counts > 0, first[inverse], np.arange(len(sets)))
