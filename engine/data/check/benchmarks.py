"""Rows that hold questions of public benchmarks, told by hashes of their word 13-grams; no benchmark's text is here.

13-grams are the usual unit (Brown et al. 2020, appendix C). Of each question the 8 smallest hashes are kept, so a
copied question is found for certain, and the half of one most likely.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.check.duplicates import batches
from engine.data.check.shingles import WIDEST, Hashed, WordHasher, shingles

_KEPT_HASHES = 8
_LEAST_HITS = 2
"""Hashes that a row must share with a benchmark: thirteen words in a row are sometimes the same by chance."""
_FOLDER = Path(__file__).with_name("known_benchmarks")
KNOWN = {"gsm8k": "GSM8K (test)", "humaneval": "HumanEval"}
"""Benchmarks whose hashes come with ttune, by the name of their file."""
MOST = 8


@dataclass(frozen=True)
class Benchmarks:
    """The benchmarks that rows are held against; at most MOST."""

    names: tuple[str, ...]
    hashes: tuple[Any, ...]
    """uint32 (hashes,) of each, sorted."""

    def of(self, hashed: Hashed) -> Any:
        """uint8 (texts,): bit n is set where a text holds a question of the n-th benchmark."""
        found = shingles(hashed, WIDEST)
        bits = np.zeros(len(found.counts), np.uint8)
        text = np.repeat(np.arange(len(found.counts)), found.counts)
        known = self._filter[found.hashes >> np.uint32(8)]
        for bit, own in enumerate(self.hashes):
            hits = np.bincount(text[known][np.isin(found.hashes[known], own)], minlength=len(bits))
            bits |= (hits >= _LEAST_HITS).astype(np.uint8) << np.uint8(bit)
        return bits

    @cached_property
    def _filter(self) -> Any:
        """Whether any benchmark has a hash with these 24 leading bits: a look-up where a search costs 20 times more."""
        bits = np.zeros(1 << 24, bool)
        for own in self.hashes:
            bits[own >> np.uint32(8)] = True
        return bits


def known_benchmarks() -> Benchmarks:
    """Those that come with ttune."""
    return Benchmarks(tuple(KNOWN.values()), tuple(np.load(_FOLDER / f"{name}.npy") for name in KNOWN))


def with_texts(benchmarks: Benchmarks, named: Sequence[tuple[str, Iterable[str]]]) -> Benchmarks:
    """More benchmarks, by their names and questions."""
    added = [(name, fingerprints(questions)) for name, questions in named]
    return Benchmarks(
        (*benchmarks.names, *(name for name, _ in added)), (*benchmarks.hashes, *(hashes for _, hashes in added))
    )


def fingerprints(questions: Iterable[str]) -> Any:
    """The hashes that are kept of a benchmark's questions; uint32, sorted. Questions under 14 words leave too few."""
    hasher = WordHasher()
    kept = [np.empty(0, np.uint32)]
    for batch in batches(questions):
        found = shingles(hasher.of(batch), WIDEST)
        rank = np.arange(len(found.hashes)) - np.repeat(found.offsets[:-1], found.counts)
        kept.append(found.hashes[(rank < _KEPT_HASHES) & np.repeat(found.counts >= _LEAST_HITS, found.counts)])
    return np.unique(np.concatenate(kept))
