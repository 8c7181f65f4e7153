"""Sorting puts rows where a plain sort puts them; counts are what a plain loop counts."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.browse.histogram import histogram, label_counts, tokens_histogram, turns_histogram
from engine.data.browse.known import Known
from engine.data.browse.labels import label_path
from engine.data.browse.measures import measure, turns_of
from engine.data.browse.order import sort_rows
from engine.data.records import ListedRecords
from engine.errors import Cancelled, DataError
from tests.browsing import PATHS, as_records, ends, opened, row_lists, values

kinds = st.sampled_from(["stored", "listed", "curated"])
seeds = st.integers(0, 2**32 - 1)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def sort_looped(held: list[dict[str, Any]], by: str, rows: list[int], *, descending: bool) -> list[int]:
    numbers, texts = {}, {}
    for row in rows:
        found = values(held[row], by)
        plain = [value for value in found if not isinstance(value, str)]
        if plain:
            numbers[row] = float(plain[0])
        elif found:
            texts[row] = found[0]
    every = {row: [value for value in values(held[row], by) if isinstance(value, str)] for row in range(len(held))}
    if all(NUMBER.fullmatch(found[0]) for found in every.values() if found):
        numbers |= {row: float(text) for row, text in texts.items()}
        texts = {}
    # Both sorts are stable; a descending one keeps equal rows in their order too.
    first = sorted(numbers, key=lambda row: -numbers[row] if descending else numbers[row])
    groups: dict[bytes, list[int]] = {}
    for row in texts:
        groups.setdefault(texts[row].encode(), []).append(row)
    second = [row for key in sorted(groups, reverse=descending) for row in groups[key]]
    missing = [row for row in rows if row not in numbers and row not in texts]
    return (second + first if descending else first + second) + missing


@settings(max_examples=100, deadline=None)
@given(row_lists, kinds, st.sampled_from(PATHS[1:]), st.booleans(), seeds)
def test_rows_are_sorted_as_a_plain_sort_does(rows, kind, by, descending, seed):
    with as_records(rows, kind, seed) as (records, held):
        found = sort_rows(records, Known(), by, descending)
        assert found.dtype == np.int64
        assert found.tolist() == sort_looped(held, by, list(range(len(held))), descending=descending)


long_texts = st.builds(
    lambda start, repeat, end: start * repeat + end,
    st.sampled_from(["a", "ab", "é", "\0", "x" * 15, ""]), st.integers(0, 90), st.text(alphabet="ab\0é", max_size=3),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(long_texts, min_size=1, max_size=20), st.booleans())
def test_texts_that_agree_for_long_are_told_apart(found, descending):
    rows = [{"text": text, "n": place} for place, text in enumerate(found)]
    with opened(rows) as store:
        assert sort_rows(store, Known(), "text", descending).tolist() == sort_looped(
            rows, "text", list(range(len(rows))), descending=descending
        )


def test_texts_that_agree_for_thousands_of_bytes_take_further_passes():
    rows = [{"text": "same " * 3000 + str(place % 3)} for place in range(9)]
    with opened(rows) as store:
        assert sort_rows(store, Known(), "text").tolist() == [0, 3, 6, 1, 4, 7, 2, 5, 8]


LISTED = ListedRecords([{"a": "10"}, {"a": "9"}, {}, {"a": "-1.5"}, {"a": None}, {"number": 7}])


def test_texts_that_are_numbers_are_sorted_as_numbers():
    assert sort_rows(LISTED, Known(), "a").tolist() == [3, 1, 0, 2, 4, 5]
    assert sort_rows(LISTED, Known(), "a", descending=True).tolist() == [0, 1, 3, 2, 4, 5]


def test_a_field_that_holds_no_text_says_nothing_of_the_others_texts():
    rows = [{}, {"deep": {"x": [], "b": "-3"}}, {"deep": [0]}, {"deep": {"x": [], "b": "-20"}}]
    with opened(rows) as store:
        assert sort_rows(store, Known(), "deep").tolist() == [3, 1, 2, 0]


def test_rows_are_sorted_by_what_is_known_of_them():
    known = Known(tokens=np.array([5, 2, -1, 5, 9, 0], np.int32))
    assert sort_rows(LISTED, known, "tokens").tolist() == [5, 1, 0, 3, 4, 2]
    assert sort_rows(LISTED, known, "tokens", descending=True).tolist() == [4, 0, 3, 1, 5, 2]
    assert sort_rows(LISTED, known, "tokens", rows=np.array([4, 2, 0])).tolist() == [0, 4, 2]
    assert sort_rows(LISTED, known, "number", descending=True).tolist() == [5, 4, 3, 2, 1, 0]
    assert sort_rows(LISTED, known, "field:number").tolist() == [5, 0, 1, 2, 3, 4]
    with pytest.raises(DataError, match="trained are not counted yet"):
        sort_rows(LISTED, known, "trained")


def test_some_rows_are_sorted_alone():
    rows = [{"label": text} for text in ("d", "b", "c", "a", "e")]
    with opened(rows) as store:
        assert sort_rows(store, Known(), "label", rows=np.array([4, 2, 0])).tolist() == [2, 0, 4]


def test_sorting_is_given_up():
    with pytest.raises(Cancelled):
        sort_rows(LISTED, Known(), "a", cancelled=lambda: True)


@settings(max_examples=100, deadline=None)
@given(row_lists, kinds, seeds)
def test_characters_and_messages_are_counted(rows, kind, seed):
    with as_records(rows, kind, seed) as (records, held):
        found = measure(records, ("messages", "label"))
        assert found.chars.tolist() == [
            sum(len(value) for value in values(row, "") if isinstance(value, str)) for row in held
        ]
        assert found.turns is not None
        assert found.turns.tolist() == [turns_looped(row) for row in held]
        assert measure(records).turns is None


def turns_looped(row: dict[str, Any]) -> int:
    found = [end for path in ("messages", "label") for end in ends(row, path) if isinstance(end, str | list)]
    return sum(len(end) if isinstance(end, list) else min(len(end), 1) for end in found) if found else -1


@settings(max_examples=50, deadline=None)
@given(row_lists, kinds, seeds)
def test_labels_are_counted(rows, kind, seed):
    with as_records(rows, kind, seed) as (records, held):
        counts: dict[str, int] = {}
        for row in held:
            for value in values(row, "messages.role"):
                text = (
                    value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)
                )
                counts[text] = counts.get(text, 0) + 1
        assert label_counts(records, "messages.role") == sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def test_what_is_no_label_is_not_counted():
    assert label_counts(ListedRecords([{"label": "x" * 101}]), "label") == []
    assert label_counts(ListedRecords([{"other": "x"}]), None) == []
    assert label_path(ListedRecords([{"intent": "x"}])) == "intent"


def test_answers_are_the_last_messages():
    talk = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "praise"}]
    rows = [
        {"messages": talk},
        {"messages": talk},
        {"messages": [*talk[:1], {"role": "assistant", "content": "returns"}]},
    ]
    with opened(rows) as store:
        assert label_counts(store, "messages.content") == [("praise", 2), ("returns", 1)]
        assert turns_of(store) == ("messages",)
        spread = turns_histogram(store)
    assert spread is not None
    assert (spread.p50, spread.max, spread.names, spread.counts.tolist()) == (2, 2, ("2",), [3])


@given(st.lists(st.integers(-1, 5000), max_size=50), st.integers(2, 30), st.booleans())
def test_every_known_number_is_in_one_bin(found, bins, logarithmic):
    spread = histogram(np.array(found, np.int32), bins, logarithmic=logarithmic)
    known = sorted(value for value in found if value >= 0)
    assert spread.counts.sum() == spread.values == len(known)
    assert spread.unknown == len(found) - len(known)
    assert len(spread.counts) <= bins
    assert len(spread.edges) == len(spread.names) == len(spread.counts) + 1 or len(spread.names) == len(spread.counts)
    assert (np.diff(spread.edges) > 0).all()
    if known:
        assert spread.max == known[-1]
        assert spread.p50 == known[math.ceil(len(known) / 2) - 1]
        for low, high, count in zip(spread.edges, spread.edges[1:], spread.counts, strict=False):
            assert count == sum(low <= value < high for value in known)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(3, 30))
def test_numbers_with_fractions_too(found, bins):
    spread = histogram(np.array(found), bins)
    assert spread.counts.sum() == len(found)
    assert len(spread.counts) <= bins


def test_a_long_tail_is_put_together():
    values = np.concatenate([np.arange(1000) % 100, [50_000]]).astype(np.int32)
    spread = tokens_histogram(Known(tokens=values), bins=12)
    assert spread is not None
    assert spread.open_ended
    assert spread.counts.tolist() == [100] * 10 + [1]
    assert spread.names[0] == "0-9"
    assert spread.names[-1] == "100+"
    assert tokens_histogram(Known()) is None


def test_nothing_known_is_no_number():
    spread = histogram(np.array([-1, -1], np.int32))
    assert (spread.p50, spread.max, spread.values, spread.unknown) == (None, None, 0, 2)
