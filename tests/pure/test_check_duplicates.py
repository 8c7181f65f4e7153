"""Near duplicates: what is found is exactly what comparing every pair finds, in bounded time."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.check.duplicates import band_shape, batches, near_duplicates, text_key
from engine.data.check.shingles import WIDEST, WordHasher, shingles, words
from engine.errors import Cancelled

_WORDS = "the a red blue cat dog runs sleeps now then here there"
WORDS = st.sampled_from(_WORDS.split())
TEXTS = st.lists(st.lists(WORDS, max_size=14).map(" ".join), max_size=25)


def sets_of(text: str, width: int = 5) -> set[tuple[str, ...]]:
    found = text.casefold().split()
    return {tuple(found[place : place + width]) for place in range(max(1, len(found) - width + 1))} if found else set()


def jaccard(one: str, other: str) -> float:
    mine, theirs = sets_of(one), sets_of(other)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def by_hand(texts: list[str], threshold: float) -> list[int]:
    """Each text against all earlier ones that stand for themselves."""
    found = []
    for number, text in enumerate(texts):
        alike = (it for it in range(number) if found[it] == it and jaccard(texts[it], text) >= threshold)
        found.append(next(alike, number))
    return found


def document(rng: random.Random, length: int = 60) -> list[str]:
    return [f"w{rng.randrange(5000)}" for _ in range(length)]


def varied(rng: random.Random, words_: list[str], changes: int) -> list[str]:
    changed = list(words_)
    for _ in range(changes):
        changed[rng.randrange(len(changed))] = f"new{rng.randrange(9999)}"
    return changed


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_what_is_found_is_alike_and_stands_for_itself(texts):
    found = near_duplicates(texts, 0.8).tolist()
    assert len(found) == len(texts)
    for number, first in enumerate(found):
        assert first <= number
        assert found[first] == first
        assert first == number or jaccard(texts[number], texts[first]) >= 0.8


@pytest.mark.parametrize("threshold", [0.6, 0.8, 0.95])
def test_the_same_as_comparing_every_pair(threshold):
    rng = random.Random(1)
    texts = [document(rng) for _ in range(150)]
    texts += [varied(rng, rng.choice(texts), rng.randrange(4)) for _ in range(150)]
    rng.shuffle(texts)
    joined = [" ".join(text) for text in texts]
    found, expected = near_duplicates(joined, threshold).tolist(), by_hand(joined, threshold)
    missed = sum(a != b for a, b in zip(found, expected, strict=True))
    assert missed <= 2  # a pair right at the threshold meets in no band once in a hundred times
    assert sum(a != number for number, a in enumerate(found)) > 20


def test_short_texts_are_alike_with_the_same_words_and_empty_ones_never():
    texts = ["yes please", "", "Yes  PLEASE", "please yes", "", "yes", "  "]
    assert near_duplicates(texts).tolist() == [0, 1, 0, 3, 4, 5, 6]


def test_scripts_without_spaces_are_compared_by_character():
    text = "我们的客户服务团队每天早上九点到晚上六点为您提供帮助请随时联系我们"
    assert words("我要 pay 了") == ["我", "要", "pay", "了"]
    assert near_duplicates([text, text + "吧", "完全不同的一句话在这里没有共同之处"]).tolist() == [0, 0, 2]


def test_many_copies_of_one_template_take_no_time_and_make_one_group():
    template = document(random.Random(2), 200)
    texts = [" ".join([*template, f"number{number}"]) for number in range(3000)]
    assert not near_duplicates(texts).any()


def test_thousands_of_texts_somewhat_alike_stay_apart():
    rng = random.Random(3)
    template = document(rng, 60)
    texts = [" ".join(template + document(rng, 40)) for _ in range(1500)]
    assert near_duplicates(texts).tolist() == list(range(1500))


def test_it_stops_when_asked_and_tells_how_far_it_is():
    texts = [f"text number {number} of several" for number in range(2500)]
    told: list[int] = []
    near_duplicates(texts, progress=told.append)
    assert told == [1000, 2000, 2500]
    with pytest.raises(Cancelled):
        near_duplicates(texts, cancelled=lambda: True)
    asked = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        near_duplicates(texts, cancelled=lambda: next(asked))
    assert near_duplicates([]).tolist() == []


def test_batches_are_bounded_in_texts_and_characters():
    assert [len(batch) for batch in batches(["a"] * 2500)] == [1000, 1000, 500]
    assert [len(batch) for batch in batches(["a" * 3_000_000] * 3)] == [2, 1]


@given(st.floats(0.3, 1))
def test_bands_find_pairs_at_the_threshold(threshold):
    bands, rows = band_shape(threshold)
    assert bands * rows <= 128
    assert 1 - (1 - threshold**rows) ** bands >= 0.99


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.integers(1, WIDEST))
def test_shingles_are_sets_of_each_text_alone(texts, width):
    found = shingles(WordHasher().of(texts), width)
    assert found.counts.tolist() == [len(sets_of(text, width)) for text in texts]
    for begin, end in zip(found.offsets[:-1], found.offsets[1:], strict=True):
        assert np.all(np.diff(found.hashes[begin:end].astype(np.int64)) > 0)


@given(st.text(), st.text())
def test_a_key_knows_no_case_and_no_spaces(one, other):
    assert text_key(f"  {one}\n\t") == text_key(one)
    assert text_key("Straße  A") == text_key("STRASSE\na")
    if one.casefold().split() != other.casefold().split():
        assert text_key(one) != text_key(other)
