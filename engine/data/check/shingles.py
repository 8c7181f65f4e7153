"""Texts as sets of hashed word n-grams, many texts at a time: what likeness of texts is measured on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash

WIDTH = 5
"""Words in a shingle by which near duplicates are told. A shorter text is one shingle: only its words are like it."""

WIDEST = 13
"""Most words that a shingle can have."""

_KEPT_WORDS = 200_000
"""Hashes of words that are remembered, about 30 MB; looking one up costs a third of making it."""
_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters: written without spaces, so each counts as a word."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Hashed:
    """The words of several texts as numbers."""

    words: Any
    """uint64 (words and fillers,): each text's words and then WIDEST - 1 zeros, one text after the other."""
    lengths: Any
    """int64 (texts,): words of each text."""


@dataclass(frozen=True, slots=True)
class Shingled:
    """The shingles of several texts."""

    hashes: Any
    """uint32 (shingles,): each text's own, sorted and without repeats, one text after the other."""
    counts: Any
    """int64 (texts,): shingles of each text; 0 for a text without words."""

    @property
    def offsets(self) -> Any:
        """int64 (texts + 1,): where each text's shingles begin, and the end."""
        return np.concatenate(([0], np.cumsum(self.counts)))


def words(text: str) -> list[str]:
    """The words of a text, case aside: what stands between white space, and characters of unspaced scripts."""
    folded = text.casefold()
    return folded.split() if folded.isascii() else _WORD.findall(folded)


class WordHasher:
    """Hashes words, and remembers the hashes between calls."""

    def __init__(self) -> None:
        self._hash_of = _WordHashes()

    def of(self, texts: Sequence[str]) -> Hashed:
        """The words of each text as numbers."""
        fillers = [""] * (WIDEST - 1)
        flat: list[str] = []
        lengths = []
        for text in texts:
            found = words(text)
            lengths.append(len(found))
            flat += found
            flat += fillers
        hashes = np.fromiter(map(self._hash_of.__getitem__, flat), np.uint64, len(flat))
        if len(self._hash_of) > _KEPT_WORDS:
            self._hash_of.clear()
        return Hashed(hashes, np.array(lengths, np.int64))


def shingles(hashed: Hashed, width: int = WIDTH) -> Shingled:
    """The shingles of each text, as sets. `width`: their words, at most WIDEST."""
    lengths = hashed.lengths
    if not len(lengths):
        return Shingled(np.empty(0, np.uint32), np.empty(0, np.int64))
    counts = np.where(lengths > 0, np.maximum(lengths - width + 1, 1), 0)
    begins = np.cumsum(lengths + WIDEST - 1) - (lengths + WIDEST - 1)
    text = np.repeat(np.arange(len(lengths)), counts)
    starts = np.arange(len(text)) - np.repeat(np.cumsum(counts) - counts, counts) + begins[text]
    return _distinct(_mixed(hashed.words, width)[starts], text, len(lengths))


def _mixed(words: Any, width: int) -> Any:
    """One number for each place and the words that follow it, their order counting."""
    places = len(words) - width + 1
    mixed = np.zeros(places, np.uint64)
    for place in range(width):
        mixed ^= words[place : place + places]
        mixed *= _MULTIPLIERS[place % len(_MULTIPLIERS)]
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(32)).astype(np.uint32)


def _distinct(hashes: Any, text: Any, texts: int) -> Shingled:
    """Each text's hashes sorted and without repeats."""
    marked = (text.astype(np.uint64) << np.uint64(32)) | hashes
    marked.sort()
    first = np.ones(len(marked), bool)
    first[1:] = marked[1:] != marked[:-1]
    kept = marked[first]
    counts = np.bincount((kept >> np.uint64(32)).astype(np.int64), minlength=texts)
    return Shingled((kept & np.uint64(0xFFFFFFFF)).astype(np.uint32), counts.astype(np.int64))


class _WordHashes(dict[str, int]):
    """xxh3 of words; the filler, "", is 0."""

    def __missing__(self, word: str) -> int:
        number = xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass")) if word else 0
        self[word] = number
        return number
