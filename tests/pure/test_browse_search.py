"""Search finds what a plain loop over the rows finds, whatever they lie in."""

import re
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.browse.search import Search, parse_search, search
from engine.data.records import ListedRecords
from engine.errors import Cancelled, DataError
from tests.browsing import PATHS, as_records, opened, row_lists, texts, values, written

kinds = st.sampled_from(["stored", "listed", "curated"])
regexes = st.sampled_from(["a+b", "^a", "a.b", "[0-9]+", "é|b", "(?:ab)+", r"\.", "e[+]", "^$", r"\\", "true", "^-"])


def found(records: Any, wanted: Search) -> list[int]:
    answers = list(search(records, wanted))
    assert [answer.complete for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert answers[-1].done == records.count
    for answer, later in pairwise(answers):
        assert set(answer.rows) <= set(later.rows)
    rows = answers[-1].rows
    assert rows.dtype == np.int64
    return rows.tolist()


def looped(rows: list[dict[str, Any]], wanted: Search) -> list[int]:
    pattern = re.compile(wanted.text if wanted.regex else re.escape(wanted.text), 0 if wanted.case else re.IGNORECASE)
    return [
        number for number, row in enumerate(rows)
        if any(pattern.search(written(value)) for value in values(row, wanted.field))
    ]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(row_lists, kinds, texts | regexes, st.booleans(), st.sampled_from(PATHS), st.integers(0, 2**32 - 1))
def test_search_finds_what_a_loop_finds(rows, kind, text, case, field, seed):
    with as_records(rows, kind, seed) as (records, held):
        needle = Search(text, field=field, case=case)
        assert found(records, needle) == looped(held, needle)


@settings(max_examples=60, deadline=None)
@given(row_lists, kinds, regexes, st.booleans(), st.sampled_from(PATHS), st.integers(0, 2**32 - 1))
def test_a_regex_finds_what_a_loop_finds(rows, kind, text, case, field, seed):
    with as_records(rows, kind, seed) as (records, held):
        wanted = Search(text, regex=True, field=field, case=case)
        assert found(records, wanted) == looped(held, wanted)


def test_names_and_punctuation_are_not_found():
    rows = [{"meta": {"prompt": [1, "a"]}}, {"meta": "plain"}, {"meta": 2.5}, {"other": {"prompt": "b"}}]
    with opened(rows) as store:
        for needle in ("prompt", "[", "{", '"', "other"):
            assert found(store, Search(needle)) == []
        assert found(store, Search("2.5")) == [2]


def test_texts_that_json_escapes_are_found():
    rows = [{"meta": {"x": "two\nlines \u20ac"}}, {"meta": 1}, {"meta": "€"}, {"odd": "two\nlines"}]
    with opened(rows) as store:
        assert found(store, Search("two\nlines")) == [0, 3]
        assert found(store, Search("€")) == [0, 2]
        assert found(store, Search("\\u20ac")) == []


def test_half_a_surrogate_pair_stops_nothing():
    assert found(ListedRecords([{"a": "x \ud800 y"}, {"a": "z"}]), Search("y")) == [0]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("refund", Search("refund")),
        ("Refund", Search("Refund", case=True)),
        ("/re.?fund/", Search("re.?fund", regex=True)),
        (r"/\W\S\p{Lu}/", Search(r"\W\S\p{Lu}", regex=True)),
        ("/Re/", Search("Re", regex=True, case=True)),
        ("label:billing", Search("billing", field="label")),
        ("label:/^b/", Search("^b", regex=True, field="label")),
        ("messages.role:user", Search("user", field="messages.role")),
        ("http://x", Search("http://x")),
        ("note: it", Search("note: it")),
        ("a:b:c", Search("c", field="a:b")),
        ("/", Search("/")),
        ("//", Search("//")),
        ("/etc/hosts", Search("/etc/hosts")),
    ],
)
def test_a_line_says_what_is_looked_for(line, wanted):
    assert parse_search(line, ["label", "messages", "a:b"]) == wanted


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/(abc/", "a ( is never closed"),
        ("/a[bc/", "a [ is never closed"),
        ("/xa**/", "** at character 3"),
        ("/(?<=a)b/", "(?<= is not supported"),
        ("label:/*a/", "no argument for repetition operator"),
        ("/a{9999}/", "invalid repetition size"),
        ("/(((((a{900}){900}){900}){900}){900})/", "no regex"),
        (r"/a\8/", r"invalid escape sequence: \8 at character 2"),
    ],
)
def test_a_broken_regex_is_told_in_a_line(line, said):
    with pytest.raises(DataError) as error:
        parse_search(line, ["label"])
    assert said in str(error.value)
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)


def test_search_is_given_up_between_two_pieces():
    class Slow(ListedRecords):
        def rows(self, start=0, stop=None):
            time.sleep(0.05)
            return super().rows(start, stop)

    looked = 0

    def cancelled() -> bool:
        nonlocal looked
        looked += 1
        return looked > 3

    with pytest.raises(Cancelled):
        list(search(Slow([{"a": "b"}] * 10_000), Search("b"), cancelled))
    assert looked == 4


def test_a_search_that_nobody_goes_on_with_ends():
    hits = search(ListedRecords([{"a": "b"}] * 10_000), Search("b"))
    assert len(next(hits).rows) < 10_000
    hits.close()
