"""A filter line keeps what a plain loop over the rows keeps, and says in a line what it cannot take."""

import operator
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.browse.completing import complete, completions
from engine.data.browse.filters import filter_rows, parse_filter
from engine.data.browse.known import Known
from engine.data.browse.language import parts_of, quoted
from engine.data.browse.paths import paths_of
from engine.data.records import ListedRecords
from engine.errors import Cancelled, DataError
from tests.browsing import PATHS, Row, as_records, ends, row_lists, texts, values, written

FIELDS = dict.fromkeys(PATHS[1:], "text")
SIGNS = {"=": operator.eq, "!=": operator.eq, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")

kinds = st.sampled_from(["stored", "listed", "curated"])
compared = texts.filter(bool) | st.sampled_from(
    ["0", "-3", "7", "7.0", "1.5", "true", "false", "30", "9007199254740992", "x"]
)
seeds = st.integers(0, 2**32 - 1)


def number(text: str) -> float | None:
    if not NUMBER.fullmatch(text):
        return None
    return float(text) if re.search("[.eE]", text) else int(text)


def passes(value: Any, sign: str, wanted: str) -> bool:
    if isinstance(value, bool):
        return sign in ("=", "!=") and written(value) == wanted
    if isinstance(value, str) and (sign in ("=", "!=") or number(wanted) is None):
        return SIGNS[sign](value, wanted)
    own = value if not isinstance(value, str) else number(value)
    if own is None or number(wanted) is None:
        return False
    return SIGNS[sign](own, number(wanted))


def holds(row: Row, path: str, sign: str, wanted: str) -> bool:
    if sign == "~":
        return any(re.search(wanted, written(value), re.IGNORECASE) for value in values(row, path))
    if sign in ("=", "!=") and not wanted:
        found = all(value == "" for value in values(row, path))
    else:
        found = any(passes(value, sign, wanted) for value in values(row, path))
    return found != (sign == "!=")


def kept(records: Any, line: str, known: Known | None = None) -> list[int]:
    rows = filter_rows(records, known or Known(), parse_filter(line, FIELDS))
    assert rows.dtype == np.int64
    return rows.tolist()


@settings(max_examples=100, deadline=None)
@given(row_lists, kinds, st.sampled_from(PATHS[1:]), st.sampled_from(list(SIGNS)), compared, st.booleans(), seeds)
def test_a_comparison_keeps_what_a_loop_keeps(rows, kind, path, sign, wanted, negated, seed):
    line = f"{'!' * negated}{quoted(path)}{sign}{quoted(wanted)}"
    with as_records(rows, kind, seed) as (records, held):
        assert kept(records, line) == [
            place for place, row in enumerate(held) if holds(row, path, sign, wanted) != negated
        ]


@settings(max_examples=50, deadline=None)
@given(row_lists, kinds, st.sampled_from(PATHS[1:]), st.sampled_from(["a+b", "^a", "[0-9]", "", "true"]), seeds)
def test_regexes_and_emptiness_too(rows, kind, path, wanted, seed):
    with as_records(rows, kind, seed) as (records, held):
        for line, sign in ((f"{path}~{wanted}", "~"), (f"{path}=", "="), (f"{path}!=", "!=")):
            value = wanted if sign == "~" else ""
            assert kept(records, line) == [place for place, row in enumerate(held) if holds(row, path, sign, value)]


@settings(max_examples=50, deadline=None)
@given(row_lists, kinds, st.sampled_from(PATHS[1:]), st.sampled_from([">", "<=", "="]), st.integers(0, 6), seeds)
def test_lengths_are_items_and_characters(rows, kind, path, sign, size, seed):
    with as_records(rows, kind, seed) as (records, held):
        assert kept(records, f"len({path}){sign}{size}") == [
            place for place, row in enumerate(held)
            if any(SIGNS[sign](len(end), size) for end in ends(row, path) if isinstance(end, str | list))
        ]  # fmt: skip


@given(st.text(max_size=12), st.text(min_size=1, max_size=12), st.sampled_from(["=", "!=", "~", ">", "<", ">=", "<="]))
def test_what_is_quoted_is_read_back(value, name, sign):
    (part,) = parts_of(f"{quoted(name)}{sign}{quoted(value)}")
    assert (part.name, part.operator, part.value) == (name, sign, value)


@given(st.text(max_size=30))
def test_any_line_is_terms_or_told_in_a_line(line):
    parts = list(parts_of(line))
    assert "".join(line.split()) == "".join("".join(part.text.split()) for part in parts)
    try:
        parse_filter(line, FIELDS)
    except DataError as error:
        assert str(error)


KNOWN = Known(
    tokens=np.array([5, 600, -1, 513], np.int32),
    trained=np.array([0, 5, -1, 9], np.int32),
    chars=np.array([1, 2, 3, 4], np.int32),
    turns=np.array([2, 2, -1, 4], np.int32),
    side=np.array([1, 1, 0, 3], np.uint8),
    findings={"near_duplicates": np.array([1, 3]), "secrets": np.array([], np.int64)},
    flags={"cut": np.array([3]), "masked": np.array([0]), "failed": np.array([2]), "no_end": np.array([1])},
    unfit=np.array([2]),
    marked={0, 3},
    edited={1},
)
FOUR = ListedRecords([{"label": "a", "tokens": 1}, {"label": "b"}, {"label": "a b"}, {"label": "a"}])


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("", [0, 1, 2, 3]),
        ("tokens>512", [1, 3]),
        ("!tokens>512", [0, 2]),
        ("tokens<10", [0]),
        ("trained=0", [0]),
        ("chars>=3 chars<4", [2]),
        ("turns>2", [3]),
        ("split:train", [0, 1]),
        ("split:held_out", [3]),
        ("split:none", [2]),
        ("finding:near_duplicates", [1, 3]),
        ("finding:secrets", []),
        ("is:marked", [0, 3]),
        ("is:marked !is:cut", [0]),
        ("is:edited", [1]),
        ("is:unfit", [2]),
        ("is:odd", [0, 2, 3]),
        ("is:no_end", [1]),
        ("is:two_bos", None),
        ('label="a b"', [2]),
        ("  label=a   split:train ", [0]),
        ('"tokens"=1', [0]),
    ],
)
def test_what_is_known_of_rows_is_filtered_by(line, rows):
    fields = {"label": "text", "tokens": "integer"}
    if rows is None:
        with pytest.raises(DataError, match="is: takes no two_bos"):
            parse_filter(line, fields)
    else:
        assert filter_rows(FOUR, KNOWN, parse_filter(line, fields)).tolist() == rows


NESTED = {
    "label": "text", "asked": "object", "asked.slots": "list of text", "labels": "list", "labels.slot": "text",
    "labels.span": "object", "labels.span.startIndex": "integer",
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lable=a", "lable=a: no field is called lable: did you mean label?"),
        ("label=a tokns>5", "tokns>5: no field is called tokns: did you mean tokens?"),
        ("zzz=1", "zzz=1: no field is called zzz: there are label, prompt, tokens, trained, chars, turns"),
        ("split:trian", "split:trian: split: takes no trian: did you mean train?"),
        ("split:", "split:: split: takes no nothing"),
        ("is:cutt", "did you mean cut?"),
        ("finding:", "names no finding: add its code"),
        ("fnding:x", "did you mean finding:?"),
        ("refund", "refund: no term: compare a field, such as label~word"),
        ("tokens>many", "tokens>many: tokens is compared with a number: write tokens>100"),
        ("len(label)~a", "len(label) is compared with a number"),
        ("label~(a", "label~(a: no regex: a ( is never closed"),
        ("label>", "label>: nothing to compare with"),
    ],
)
def test_a_mistake_names_the_term_and_the_mend(line, said):
    with pytest.raises(DataError) as error:
        parse_filter(line, {"label": "text", "prompt": "text"})
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("slot=a", "slot=a: no field is called slot: did you mean labels.slot?"),
        ("labels.slto=a", "no field is called labels.slto: did you mean labels.slot?"),
        ("labels.0.slto=a", "no field is called labels.0.slto: did you mean labels.slot?"),
        ("labels.first.slot=a", "no field is called labels.first.slot: did you mean labels.slot?"),
        ("LABEL=a", "no field is called LABEL: did you mean label?"),
        ("label.0=a", "no field is called label.0: did you mean label?"),
        ("asked.slots.name=a", "no field is called asked.slots.name: did you mean asked.slots?"),
        ("startindex=1", "did you mean labels.span.startIndex?"),
        ('"lab', "no term"),
    ],
)
def test_a_wrong_name_below_a_list_names_those_near_it(line, said):
    with pytest.raises(DataError) as error:
        parse_filter(line, NESTED)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "line", ["labels.slot=a", "labels.0.slot=a", "labels.7.span.startIndex>3", "asked.slots.0=a", "len(labels)>1"]
)
def test_names_lead_through_lists_and_to_their_items(line):
    parse_filter(line, NESTED)


def test_an_item_of_a_list_is_compared_by_its_place():
    rows = ListedRecords([{"labels": [{"slot": "date"}, {"slot": "time"}]}, {"labels": [{"slot": "time"}]}, {}])
    fields = {"labels": "list", "labels.slot": "text"}
    for line, found in (("labels.slot=time", [0, 1]), ("labels.0.slot=time", [1]), ("labels.1.slot=time", [0])):
        assert filter_rows(rows, Known(), parse_filter(line, fields)).tolist() == found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tokens>1", "tokens are not counted yet"),
        ("turns>1", "turns are not counted yet"),
        ("split:train", "not split yet"),
        ("finding:secrets", "not checked yet"),
        ("is:cut", "not audited yet"),
        ("is:unfit", "format is not known yet"),
    ],
)
def test_what_is_not_known_yet_is_said(line, said):
    with pytest.raises(DataError, match=said):
        filter_rows(FOUR, Known(), parse_filter(line, {}))


def test_an_unknown_finding_is_told():
    with pytest.raises(DataError, match="did you mean near_duplicates"):
        filter_rows(FOUR, KNOWN, parse_filter("finding:near_duplicate", {}))


def test_a_filter_is_given_up():
    with pytest.raises(Cancelled):
        filter_rows(FOUR, KNOWN, parse_filter("label=a", {"label": "text"}), lambda: True)


def test_rows_that_are_out_already_are_not_read():
    class Unread(ListedRecords):
        def rows(self, start=0, stop=None):
            raise AssertionError("read")

    assert not len(filter_rows(Unread(FOUR.listed), KNOWN, parse_filter("tokens>9999 label=a", {"label": "text"})))


def test_paths_are_those_of_nested_rows():
    rows = ListedRecords([{"label": "a", "messages": [{"role": "user", "content": "x"}], "meta": {"n": 1}}])
    assert paths_of(rows) == {
        "label": "text", "messages": "list", "messages.role": "text", "messages.content": "text",
        "meta": "object", "meta.n": "integer",
    }  # fmt: skip
    assert paths_of(ListedRecords([{"tags": ["a"], "sizes": [1]}])) == {
        "tags": "list of text", "sizes": "list of integer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("la", ["label=", "label~"]),
        ("label=", ["label=billing", 'label="two words"']),
        ("!label=tw", ['!label="two words"']),
        ("spl", ["split:"]),
        ("split:t", ["split:train"]),
        ("finding:", ["finding:near_duplicates", "finding:secrets"]),
        ("is:mark", ["is:marked"]),
        ("tok", ["tokens>", '"tokens"=']),
        ("tags", ["len(tags)>"]),
        ("slots", ["asked.slots=", "asked.slots~", "len(asked.slots)>"]),
        ("labels.sl", ["labels.slot=", "labels.slot~"]),
        ("labels.0.", ["labels.0.slot=", "labels.0.slot~", "labels.0.span.startIndex="]),
        ("asked.slots.1", ["asked.slots.1=", "asked.slots.1~"]),
        ("labels.0.slot=d", ["labels.0.slot=date"]),
        ("labels.slot!=", ["labels.slot!=date", "labels.slot!=time"]),
        ('label="', ["label=billing", 'label="two words"', 'label="a \\"b\\""']),
        ('label="two w', ['label="two words"']),
        ("label~b", []),
    ],
)
def test_terms_are_completed(line, offered):
    fields = {"label": "text", "tokens": "integer", "tags": "list", **NESTED}
    values = {"label": ["billing", "two words", 'a "b"'], "labels.slot": ["date", "time"]}
    shown = completions(f"a=1 {line}", 4 + len(line), fields, Known(findings=KNOWN.findings, values=values))
    assert shown[: len(offered)] == offered
    assert offered or not shown


def test_a_completion_takes_the_place_of_what_was_typed():
    assert complete("a=1 la b=2", 6, "label=") == ("a=1 label= b=2", 11)
    assert complete("spl", 3, "split:") == ("split:", 6)
    assert complete("split:", 6, "split:train") == ("split:train ", 12)
    assert complete('a=1 label="two w', 16, 'label="two words"') == ('a=1 label="two words" ', 22)
