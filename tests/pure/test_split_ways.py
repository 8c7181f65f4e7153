"""Ways to split: each keeps prompts together and leaves no row out; ten thousand times more rows take no dicts."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.conversations import Layout
from engine.data.curate.replay import curate
from engine.data.places import Places
from engine.data.records import ListedRecords
from engine.data.split import shares, split_keys
from engine.data.splitting.keys import order_times, text_keys, time_of
from engine.data.splitting.order import mixed
from engine.data.survey import make_survey
from engine.errors import DataError
from engine.recipe import Balance, Data, Mapping, Split


def records(rows):
    return ListedRecords([{"prompt": str(prompt), "completion": str(answer), **more} for prompt, answer, more in rows])


def split_records(rows, split):
    """As a recipe's data is split: rows are read and recognised, and those that fit divided."""
    return make_survey(rows, Data(format="prompt_completion", split=split), name="rows").split


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), st.integers(0, 12)), min_size=1, max_size=150),
    st.sampled_from(["random", "stratified", "group", "time"]),
    st.sampled_from([None, 0.0, 0.1, 0.3]),
    st.integers(0, 2**31),
)
def test_every_row_has_one_side_and_neither_prompt_nor_group_has_two(numbers, by, share, seed):
    rows = records([(prompt, answer, {"of": field}) for prompt, answer, field in numbers])
    split = Split(by=by, field="of", validation=share, held_out=share, seed=seed)
    sides = split_records(rows, split)
    every = [sides.train.tolist(), sides.validation.tolist(), sides.held_out.tolist()]
    assert sorted(row for side in every for row in side) == list(range(rows.count))
    for field in ("prompt", "of") if by == "group" else ("prompt",):
        found = [{rows.row(row)[field] for row in side} for side in every]
        assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])
    again = split_records(rows, split)
    assert sides == again


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 2**31))
def test_each_class_keeps_its_share_to_within_a_row(sizes, seed):
    rows = [(f"{name} {number}", name, {}) for name, size in enumerate(sizes) for number in range(size)]
    random.Random(seed).shuffle(rows)
    sides = split_records(records(rows), Split(by="stratified", validation=0.2, held_out=0.2, seed=seed))
    answers = np.array([answer for _, answer, _ in rows])
    wanted = round(0.2 * len(rows))
    assert len(sides.held_out) == wanted
    for name, size in enumerate(sizes):
        exact = wanted * size / len(rows)
        held_out = (answers[sides.held_out.array] == name).sum()
        validation = (answers[sides.validation.array] == name).sum()
        assert abs(held_out - exact) < 1
        assert abs(validation - exact) < 2


def test_the_latest_rows_are_held_out_and_the_next_validate():
    days = [f"2024-0{1 + day // 28}-{1 + day % 28:02d}" for day in range(100)]
    order = random.Random(1).sample(range(100), 100)
    rows = records([(place, "a", {"meta": {"day": days[place]}}) for place in order])
    split = Split(by="time", field="meta.day", validation=0.1, held_out=0.1)
    sides = split_records(rows, split)
    assert sorted(order[row] for row in sides.held_out) == list(range(90, 100))
    assert sorted(order[row] for row in sides.validation) == list(range(80, 90))
    assert sides.notes == ()


@pytest.mark.parametrize(
    ("values", "ranks", "note"),
    [
        (["2024-01-02T00:00:00Z", "2024-01-01", "2024-01-01T23:00:00-05:00"], [1, 0, 2], ""),
        ([1700000000, "1600000000", 1650000000.5], [2, 0, 1], ""),
        (["20240102", "20240101", None], [1, 0, None], "1 rows without a date that can be read count as the oldest"),
        (["week b", "week a", "2024-01-01"], [2, 1, 0], "2 of 3 values are no dates: all are ordered as text"),
    ],
)
def test_times_are_read(values, ranks, note):
    order, said = order_times(values)
    assert said == note
    assert [None if np.isnan(time) else sorted(order[~np.isnan(order)]).index(time) for time in order] == ranks


def test_a_number_that_looks_like_a_day_is_one():
    assert time_of("20240131") == time_of("2024-01-31")
    assert time_of(20240131) == 20240131
    assert np.isnan(time_of(True))


@pytest.mark.parametrize(("rows", "share"), [(999, 0.1), (1000, 0.05)])
def test_shares_go_by_size_where_the_recipe_names_none(rows, share):
    assert shares(Split(), rows) == (share, share)
    assert shares(Split(validation=0.2, held_out=0.0), rows) == (0.2, 0.0)
    sides = split_keys(np.arange(rows, dtype=np.uint64), Split())
    assert len(sides.held_out) == len(sides.validation) == round(share * rows)


def test_many_rows_are_split_by_hashes_the_same_everywhere():
    keys = text_keys(f"question {number // 2}" for number in range(40_000))
    sides = split_keys(keys, Split())
    assert len(sides.train) + len(sides.validation) + len(sides.held_out) == len(keys)
    assert not set(keys[sides.train.array].tolist()) & set(keys[sides.held_out.array].tolist())
    assert sides.held_out[:6].tolist() == [38, 39, 52, 53, 90, 91], "places depend on nothing but the keys and the seed"
    assert mixed(np.array([0], dtype=np.uint64), 0).tolist() == [0xE220A8397B1DCDAF], "SplitMix64's first output"


@given(st.integers(30, 400), st.integers(0, 2**31), st.data())
def test_rows_that_go_leave_the_others_on_their_sides(count, seed, data):
    keys = text_keys(f"question {number}" for number in range(count))
    split = Split(validation=0.1, held_out=0.1, seed=seed)
    gone = data.draw(st.integers(0, count - 1))
    before, after = split_keys(keys, split), split_keys(np.delete(keys, gone), split)
    moved = [
        set(keys[side.array].tolist()) - set(np.delete(keys, gone)[now.array].tolist()) - {int(keys[gone])}
        for side, now in zip(all_sides(before), all_sides(after), strict=True)
    ]
    assert sum(map(len, moved)) <= 4, "one at each edge, one more where a share is rounded the other way"


def all_sides(sides):
    return sides.train, sides.validation, sides.held_out


def test_rows_that_do_not_fit_are_on_no_side():
    rows = ListedRecords([{"prompt": "a", "completion": "b"}, {"other": 1}] * 10)
    survey = make_survey(rows, Data(split=Split(validation=0.0, held_out=0.0)), name="rows")
    assert [survey.usable[place] for place in survey.split.train] == list(range(0, 20, 2))


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (Split(by="group"), "data.split.field: is empty"),
        (Split(by="time", field="day"), "no row has a value in day"),
        (Split(by="stratified", field="label"), "no row has a value in label"),
    ],
)
def test_a_field_that_is_not_there_is_said(split, words):
    with pytest.raises(DataError, match=words):
        split_records(records([("a", "b", {}), ("c", "d", {})]), split)


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), unique=True, max_size=40).map(sorted))
def test_places_are_a_sequence(numbers):
    places = Places(numbers)
    assert places == numbers == list(places) == places.tolist()
    assert bool(places) == bool(numbers)
    assert places[2:5] == numbers[2:5]
    assert all(number in places and np.int64(number) in places for number in numbers)
    assert 1001 not in places
    assert "1" not in places
    assert np.asarray(places).tolist() == numbers
    assert np.arange(1001)[places].tolist() == numbers


@pytest.mark.parametrize("by", ["random", "stratified", "group"])
def test_rows_repeated_to_balance_classes_are_trained_on_alone_and_change_nothing_else(by):
    rows = [(f"question {n}", "yes" if n % 12 else "no", {"of": str(n // 3)}) for n in range(240)]
    data = Data(format="prompt_completion", split=Split(by=by, field="of", validation=0.2, held_out=0.2))
    plain = split_records(records(rows), data.split)
    step = Balance(step="balance", how="oversample", ratio=1)
    curated = curate(records(rows), [step], Layout("prompt_completion", Mapping(), 0, 0))
    sides = make_survey(curated, data, name="rows").split
    origins = {side: curated.origins[getattr(sides, side).array].tolist() for side in ("validation", "held_out")}
    assert origins == {side: getattr(plain, side).tolist() for side in ("validation", "held_out")}
    trained = curated.origins[sides.train.array].tolist()
    assert set(trained) == set(plain.train.tolist()) and len(trained) > len(plain.train)
    answers = [curated.row(row)["completion"] for row in sides.train]
    assert answers.count("no") > 5 * sum(rows[place][1] == "no" for place in plain.train)


def test_copies_beside_rows_that_do_not_fit_stay_with_their_own():
    rows = records([(f"q{n}", "yes" if n % 9 else "no", {}) for n in range(90)])
    broken = [row | {"completion": ""} if n % 10 == 5 else row for n, row in enumerate(rows.rows())]
    step = Balance(step="balance", how="oversample", ratio=2)
    curated = curate(ListedRecords(broken), [step], Layout("prompt_completion", Mapping(), 0, 0))
    survey = make_survey(curated, Data(format="prompt_completion"), name="rows")
    of = curated.origins[np.asarray(survey.usable)]
    sides = [set(of[side.array].tolist()) for side in (survey.split.train, survey.split.validation)]
    assert not sides[0] & sides[1]
    assert len(survey.split.validation) == len(sides[1])
