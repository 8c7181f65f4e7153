"""The split: every row on one side, the same prompt never on two, the same seed always the same."""

import json
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.data.example import Message
from engine.data.split import prompt_of, split_keys
from engine.data.splitting.keys import prompt_keys
from engine.recipe import Split

prompts = st.lists(st.integers(0, 60), min_size=1, max_size=200)
shares = st.floats(0, 0.45)


def conversations(numbers: list[int]) -> list[tuple[Message, ...]]:
    """One row a number; rows of one number differ in case and spaces only, and in their answer."""
    rows = []
    for place, number in enumerate(numbers):
        question = f"Question  number {number}" if place % 2 else f" question NUMBER {number}\n"
        rows.append((Message("system", str(place)), Message("user", question), Message("assistant", str(place))))
    return rows


def split_rows(rows, split, *, keep_held_out):
    return split_keys(prompt_keys(map(prompt_of, rows)), split, keep_held_out=keep_held_out)


@given(prompts, shares, shares, st.integers(0, 2**31), st.booleans())
def test_every_row_has_one_side_and_no_prompt_has_two(numbers, validation, held_out, seed, keep_held_out):
    rows = conversations(numbers)
    split = Split(validation=validation, held_out=held_out, seed=seed)
    sides = split_rows(rows, split, keep_held_out=keep_held_out)
    every = [sides.train, sides.validation, sides.held_out]
    assert sorted(row for side in every for row in side) == list(range(len(rows)))
    assert all(side == sorted(side) for side in every)
    asked = [{prompt_of(rows[row]) for row in side} for side in every]
    assert not (asked[0] & asked[1] or asked[0] & asked[2] or asked[1] & asked[2])
    assert sides == split_rows(rows, split, keep_held_out=keep_held_out)
    assert keep_held_out or not sides.held_out


@given(prompts, shares, st.integers(0, 2**31))
def test_the_order_of_rows_does_not_decide(numbers, share, seed):
    rows = conversations(numbers)
    split = Split(validation=share, held_out=share, seed=seed)
    there = split_rows(list(reversed(rows)), split, keep_held_out=True)
    here = split_rows(rows, split, keep_held_out=True)
    last = len(rows) - 1
    assert {prompt_of(rows[row]) for row in here.train} == {prompt_of(rows[last - row]) for row in there.train}


@given(st.integers(20, 300), st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_rows_with_prompts_of_their_own_are_shared_out_as_asked(count, validation, held_out):
    split = Split(validation=validation, held_out=held_out)
    sides = split_rows(conversations(list(range(count))), split, keep_held_out=True)
    assert len(sides.validation) == round(validation * count)
    assert len(sides.held_out) == round(held_out * count)


@given(st.integers(5, 50), shares, shares)
def test_one_prompt_that_fills_the_file_trains(count, validation, held_out):
    assume(validation + held_out < 0.8)
    sides = split_rows(conversations([1] * count), Split(validation=validation, held_out=held_out), keep_held_out=True)
    assert len(sides.train) == count
    assert bool(sides.notes) == (max(round(validation * count), round(held_out * count)) > 1)


def test_few_prompts_with_many_rows_still_give_every_side_some():
    sides = split_rows(conversations([1] * 10 + [2] * 12 + [3] * 14 + [4] * 16), Split(), keep_held_out=True)
    assert (len(sides.held_out), len(sides.validation), len(sides.train)) == (10, 12, 30)


def test_another_seed_is_another_split():
    rows = conversations(list(range(100)))
    one = split_rows(rows, Split(seed=1), keep_held_out=True)
    assert one != split_rows(rows, Split(seed=2), keep_held_out=True)


def test_a_split_that_was_made_before_is_made_again():
    path = Path(__file__).parents[2] / "projects" / "quickstart" / "data" / "tickets.jsonl"
    turns = [json.loads(line)["messages"] for line in path.read_text().splitlines()]
    rows = [tuple(Message(turn["role"], turn["content"]) for turn in listed) for listed in turns]
    sides = split_rows(rows, Split(validation=0.05, held_out=0.1), keep_held_out=True)
    assert [len(side) for side in (sides.train, sides.validation, sides.held_out)] == [850, 50, 100]
    assert sides.held_out[:8].tolist() == [10, 27, 44, 49, 64, 66, 82, 88]
