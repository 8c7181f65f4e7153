"""A run's figures as arrays: gaps stay gaps, a resume takes steps up again, pieces give the same as the whole."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.hardware import GpuReading, HardwareReading
from engine.log import Log
from engine.protocol import HardwareRead, StepDone
from engine.run_state import RunState
from tui.panes.run.series import Series

steps_done = st.builds(
    StepDone,
    step=st.integers(1, 30), epoch=st.just(0.0), loss=st.none() | st.floats(0, 10), tokens=st.integers(0, 9),
    seconds=st.sampled_from([0.0, 0.5]),
)  # fmt: skip


def series(*states: RunState) -> Series:
    made = Series()
    for state in states:
        made.update(state)
    return made


def run(*steps: StepDone) -> RunState:
    return RunState(steps=Log(steps))


def step(number: int, loss: float | None) -> StepDone:
    return StepDone(step=number, epoch=0, loss=loss, tokens=10, seconds=2)


def test_columns_hold_what_was_told_and_gaps_where_nothing_was():
    made = series(run(step(1, 2.0), step(2, None), step(3, 1.0)))
    assert made.steps["step"].tolist() == [1, 2, 3]
    assert [math.isnan(loss) for loss in made.steps["value"]] == [False, True, False]
    assert made.steps["smooth"][0] == 2.0
    assert 1.0 < made.steps["smooth"][2] < 2.0
    assert made.steps["tokens_per_s"].tolist() == [5, 5, 5]
    assert np.isnan(made.steps["learning_rate"]).all()


def test_steps_done_again_after_a_resume_take_the_place_of_the_first_ones():
    made = series(run(*(step(number, 5.0) for number in (1, 2, 3, 4)), step(3, 1.0), step(4, 1.0), step(5, 1.0)))
    assert made.steps["step"].tolist() == [1, 2, 3, 4, 5]
    assert made.steps["value"].tolist() == [5, 5, 1, 1, 1]
    assert made.breaks == [2.5]


@given(st.lists(steps_done, max_size=40), st.integers(0, 40))
def test_pieces_give_the_same_as_the_whole(steps, cut):
    whole = series(run(*steps))
    pieces = series(run(*steps[:cut]), run(*steps))
    assert np.array_equal(whole.steps["step"], pieces.steps["step"])
    assert np.array_equal(whole.steps["smooth"], pieces.steps["smooth"], equal_nan=True)
    assert whole.breaks == pieces.breaks
    assert (np.diff(whole.steps["step"]) > 0).all()


def test_memory_is_the_busiest_gpus_else_the_process():
    gpus = (GpuReading(index=0, name="a", memory_used_bytes=1), GpuReading(index=1, name="b", memory_used_bytes=9))
    reads = [
        HardwareReading(gpus=gpus, process_memory_bytes=4),
        HardwareReading(process_memory_bytes=4),
        HardwareReading(),
    ]
    state = RunState(readings=Log(HardwareRead(time=at, reading=reading) for at, reading in enumerate(reads)))
    memory = series(state).readings["memory"]
    assert memory[:2].tolist() == [9, 4]
    assert math.isnan(memory[2])
