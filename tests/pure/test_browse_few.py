"""Values that are offered while a filter is typed: those of fields that have few, whatever the rows are."""

from collections import Counter
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.browse import few
from engine.data.browse.few import few_values
from engine.errors import Cancelled
from tests.browsing import as_records, opened, texts, written

labels = st.fixed_dictionaries(
    {"label": texts, "n": st.integers(-3, 3), "tags": st.lists(texts, max_size=3), "yes": st.booleans()}
)


def last(records):
    return list(few_values(records))[-1]


def counted(found):
    """What a plain loop makes of values."""
    counts = Counter(written(value) for value in found)
    return tuple(
        value
        for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if value and value.isprintable()
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(labels, min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_the_values_are_those_of_a_loop(rows, seed):
    with as_records(rows, "stored", seed) as (records, held):
        found = last(records)
        for name in ("label", "n", "yes"):
            assert found[name] == counted(row[name] for row in held)
        if "tags" in found:  # without an item among the first rows nobody knows what it holds
            assert found["tags"] == counted(tag for row in held for tag in row["tags"])


def test_values_of_a_view_are_its_own_rows():
    rows = [{"label": name} for name in "aabbc"]
    with as_records(rows, "curated", 5) as (records, held):
        assert set(last(records)["label"]) <= {row["label"] for row in held if "label" in row}


def test_many_values_and_long_ones_are_given_up():
    rows = [
        {"id": f"row {place}", "text": "word " * 50, "label": "ab"[place % 2], "late": "x" * (place == 700) * 70}
        for place in range(800)
    ]
    with opened(rows) as store:
        found = list(few_values(store))
    assert set(found[-1]) == {"label"}
    assert set(found[0]) >= {"label", "id"}, "what the first rows have is told at once"


def test_nothing_is_read_on_where_no_field_has_few():
    rows = [{"id": f"row {place}"} for place in range(3000)]
    with opened(rows) as store, patch.object(few, "_counted", wraps=few._counted) as counted_pieces:
        assert last(store) == {}
    assert counted_pieces.call_count < 400, "of a thousand batches of three rows"


def test_rows_of_another_shape_are_passed_over():
    with opened([{"label": "a"}, {"label": "b"}, {"label": "a"}, {"label": 7, "new": [1]}, {"label": "b"}]) as store:
        assert last(store) == {"label": ("a", "b")}


def test_looking_is_given_up():
    with opened([{"label": "a"}]) as store, pytest.raises(Cancelled):
        list(few_values(store, lambda: True))
