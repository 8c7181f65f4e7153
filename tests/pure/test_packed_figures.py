"""Packed figures are the dictionary they were made of, in a fraction of the room."""

import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.packed_figures import PackedFigures, packed
from engine.protocol import AnyEvent, StepDone
from engine.run_state import RunState, fold

figures = st.dictionaries(st.text(max_size=6), st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=8)


@given(figures)
def test_what_was_packed_is_read_back(metrics):
    kept = packed(metrics)
    assert dict(kept) == metrics
    assert kept == metrics
    assert (list(kept), len(kept), repr(kept)) == (list(metrics), len(metrics), repr(metrics))
    assert kept.get("not a name", 7.0) == 7.0
    with pytest.raises(KeyError):
        kept["not a name"]


@given(st.lists(figures, max_size=5))
def test_a_state_shows_the_steps_as_they_were_told(told):
    steps = [StepDone(step=number, epoch=0, loss=1.0, metrics=metrics) for number, metrics in enumerate(told, start=1)]
    kept = fold(RunState(), steps).steps
    assert list(kept) == steps
    assert [dict(step.metrics) for step in kept] == told
    assert all(type(step.metrics) is dict for step in steps)


def test_steps_share_their_names():
    first, second = PackedFigures({"a": 1.0, "b": None}), PackedFigures({"a": 2.0, "b": 3.0})
    assert first._names is second._names
    assert packed({}) is packed({})


def test_a_run_with_figures_takes_far_less_memory_than_its_dictionaries():
    names = [f"rewards/{name}/mean" for name in "abcdefghij"]
    steps = (StepDone(step=step, epoch=0.0, loss=1.0, metrics=dict.fromkeys(names, step + 0.5)) for step in range(2000))
    lines = [msgspec.json.encode(step) for step in steps]
    decoder = msgspec.json.Decoder(AnyEvent)

    def memory(keep):
        tracemalloc.start()
        kept = keep([decoder.decode(line) for line in lines])
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert kept
        return taken

    assert memory(lambda events: fold(RunState(), events).steps) < 0.7 * memory(list)
