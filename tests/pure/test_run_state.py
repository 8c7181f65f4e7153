"""The fold: what is known about a run follows from its events alone."""

from hypothesis import given
from hypothesis import strategies as st

from engine.log import Log
from engine.protocol import (
    AnyEvent,
    Evaluated,
    Finished,
    Heartbeat,
    Notice,
    PhaseProgress,
    PhaseStarted,
    Started,
    StepDone,
    TrainingPlanned,
)
from engine.run_state import RunState, condition, fold

STORY: list[AnyEvent] = [
    Started(seq=1, time=100, kind="train", pid=7, host="box"),
    PhaseStarted(seq=2, time=101, phase="loading"),
    PhaseProgress(seq=3, time=102, done=1, total=3, unit="parts"),
    TrainingPlanned(seq=4, time=103, steps=10, epochs=1, micro_batch=4, accumulation=4),
    PhaseStarted(seq=5, time=103, phase="training"),
    StepDone(seq=6, time=105, step=1, epoch=0.1, loss=2.0, seconds=2.0),
    StepDone(seq=7, time=107, step=2, epoch=0.2, loss=1.5, seconds=2.0),
    Evaluated(seq=8, time=109, step=2, loss=1.4, seconds=2.0, best=True),
    StepDone(seq=9, time=111, step=3, epoch=0.3, loss=None, seconds=2.0),
    Notice(seq=10, time=111, level="warn", text="not finite"),
    Evaluated(seq=11, time=113, step=3, loss=1.6, seconds=2.0, best=False),
    Heartbeat(seq=12, time=120),
]


def test_the_state_says_what_happened() -> None:
    state = fold(RunState(), STORY)
    assert (state.step, state.loss, state.last_event) == (3, None, 120)
    assert [span.phase for span in state.phases] == ["loading", "training"]
    assert (state.phases[0].ended, state.phases[0].done) == (103, 1)
    assert state.phase is not None
    assert (state.phase.done, state.phase.total) == (3, 10)
    assert state.best is not None
    assert state.best.step == 2
    assert state.eta_s == 7 * (2.0 + 4.0 / 3)


def test_a_run_that_ended_has_no_eta_and_no_open_phase() -> None:
    state = fold(RunState(), [*STORY, Finished(time=130, outcome="completed")])
    assert state.eta_s is None
    assert state.phases[-1].ended == 130


def test_a_resumed_run_is_running_again() -> None:
    again = Started(time=200, kind="train", pid=8, host="box")
    state = fold(RunState(), [*STORY, Finished(time=130, outcome="stopped"), again])
    assert state.finished is None
    assert state.started == 100


@given(st.integers(0, len(STORY)))
def test_folding_in_pieces_gives_the_same(cut: int) -> None:
    whole = fold(RunState(), STORY)
    head = fold(RunState(), STORY[:cut])
    before = (len(head.steps), head.phases, head.last_event)
    assert fold(head, STORY[cut:]) == whole
    assert (len(head.steps), head.phases, head.last_event) == before


def test_an_engine_gone_without_a_last_word_is_dead() -> None:
    state = fold(RunState(), STORY)
    assert condition(state, alive=True, age_s=60) == "running"
    assert condition(state, alive=False, age_s=60) == "dead"
    ended = fold(state, [Finished(time=130, outcome="failed")])
    assert condition(ended, alive=False, age_s=60) == "failed"


def test_an_engine_that_has_not_come_up_yet_is_queued() -> None:
    assert condition(RunState(), alive=False, age_s=1) == "queued"
    assert condition(RunState(), alive=True, age_s=1) == "queued"
    assert condition(RunState(), alive=False, age_s=60) == "dead"


@given(st.lists(st.lists(st.integers(), max_size=5), max_size=8))
def test_old_versions_of_a_log_stay_as_they_were(pieces: list[list[int]]) -> None:
    log, versions, expected = Log[int](), [], list[int]()
    for piece in pieces:
        log = log.extended(piece)
        expected = expected + piece
        versions.append((log, list(expected)))
    for version, items in versions:
        assert list(version) == items
        assert version.extended([7])[-1] == 7
        assert list(version) == items
