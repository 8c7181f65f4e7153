"""What is worked out of each row's texts, a batch at a time: all that needs the texts themselves."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.data.check import personal
from engine.data.check.benchmarks import Benchmarks
from engine.data.check.duplicates import Sketcher, Sketches, text_key
from engine.data.check.language import row_language
from engine.data.check.odd import odd_characters
from engine.data.check.shingles import WordHasher, shingles
from engine.data.check.texts import RowTexts

_NOTHING = re.compile(r"[\s.,;:…?!_'\"*#/-]*")
"""A text of these says nothing; `[]` and `{}` are answers of extraction, and a smiley may be one."""
_NOTHING_CHARACTERS = 64
_EXAMPLES = 3
"""Masked examples of a kind of personal data that a batch hands on."""

ROW = np.dtype(
    [
        ("row_key", "u8"),  # rows with the same texts
        ("input_key", "u8"),  # rows that are asked the same
        ("output_key", "u8"),  # and shall answer the same
        ("prompt_key", "u8"),  # what a split keeps on one side
        ("bytes", "u4"),  # of all texts, UTF-8
        ("prompt_characters", "u4"),
        ("answer_characters", "u4"),
        ("short", "u1"),  # bit 0: the prompt says nothing; bit 1: the answer
        ("odd", "u1"),  # bits of `odd.KINDS`
        ("personal", "u1"),  # bits of `personal.KINDS`
        ("benchmarks", "u1"),  # bits of the benchmarks checked
        ("language", "S2"),
    ]
)
"""One row's figures, 57 bytes."""


@dataclass(frozen=True, slots=True)
class Features:
    """A batch's figures."""

    rows: Any
    """ROW (rows,)."""
    labels: list[str]
    pieces: Counter[str]
    """Pieces of personal data by kind."""
    examples: list[tuple[str, str]]
    """Kind and masked piece, a few of each kind."""
    sketches: Sketches


class FeatureReader:
    """Works out figures; remembers what speeds up the next batch."""

    def __init__(self, threshold: float, benchmarks: Benchmarks) -> None:
        self._benchmarks = benchmarks
        self._hasher = WordHasher()
        self._sketcher = Sketcher(threshold)

    def of(self, batch: Sequence[RowTexts]) -> Features:
        """The figures of these rows."""
        bodies = [texts.body for texts in batch]
        hashed = self._hasher.of(bodies)
        rows = np.zeros(len(batch), ROW)
        pieces, examples = Counter[str](), list[tuple[str, str]]()
        for place, (texts, body) in enumerate(zip(batch, bodies, strict=True)):
            found = (*_of_system(texts.system), *((it.kind, personal.mask(body, it)) for it in personal.find(body)))
            pieces.update(kind for kind, _ in found)
            examples += (it for it in found if pieces[it[0]] <= _EXAMPLES)
            rows[place] = _figures(texts, body, found)
        rows["benchmarks"] = self._benchmarks.of(hashed)
        sketches = self._sketcher.of(shingles(hashed))
        return Features(rows, [texts.label for texts in batch], pieces, examples, sketches)


def _figures(texts: RowTexts, body: str, found: Sequence[tuple[str, str]]) -> tuple[Any, ...]:
    whole = f"{texts.system}\n{body}" if texts.system else body
    asked, answered = _sides(texts)
    return (
        text_key(whole + texts.judged),
        asked,
        answered,
        text_key(texts.prompt),
        len(whole.encode("utf-8", "surrogatepass")),
        len(texts.prompt),
        len(texts.answer),
        (not _says_something(texts.prompt)) | (not _says_something(texts.answer)) << 1,
        odd_characters(whole),
        sum(1 << personal.KINDS.index(kind) for kind in {kind for kind, _ in found}),
        0,
        row_language(texts.answer, body).encode(),
    )


def _sides(texts: RowTexts) -> tuple[int, int]:
    """Keys of what is asked and of the answer; rows that agree in the first and not in the second contradict."""
    asked = f"{texts.system}\n{texts.prompt}"
    if texts.kind == "unpaired":
        return text_key(f"{asked}\n{texts.answer}"), text_key(texts.judged)
    if texts.kind == "preference":
        return text_key("\n".join((asked, *sorted((texts.answer, texts.more))))), text_key(texts.answer)
    return text_key(asked), text_key(texts.answer)


def _says_something(text: str) -> bool:
    return _NOTHING.fullmatch(text, 0, _NOTHING_CHARACTERS) is None or len(text) > _NOTHING_CHARACTERS


@lru_cache(64)
def _of_system(text: str) -> tuple[tuple[str, str], ...]:
    """Kinds and masked pieces of personal data in a system text, which thousands of rows may share."""
    return tuple((it.kind, personal.mask(text, it)) for it in personal.find(text))
