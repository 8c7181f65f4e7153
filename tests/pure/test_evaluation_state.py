"""The fold of an evaluation's journal, and the sentence that it ends in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation_state import EvaluationState, Verdict, fold, label, signed, sure, verdict
from engine.protocol import (
    EvaluationDone,
    Finished,
    HeldOutRow,
    MetricCompared,
    PhaseProgress,
    PhaseStarted,
    RowAnswered,
    Started,
)


def answered(row: int, base: float | None, tuned: float | None) -> list[HeldOutRow | RowAnswered]:
    scores = (("base", base), ("tuned", tuned))
    return [
        HeldOutRow(row=row, prompt=f"q{row}", expected="a"),
        *(
            RowAnswered(side=side, row=row, answer="x", scores={"exact_match": score, "token_f1": 0.5})
            for side, score in scores
            if score is not None
        ),
    ]


def done(difference: float, interval: tuple[float, float], p: float, rows: int = 412) -> EvaluationDone:
    metric = MetricCompared(base=0.5, tuned=0.5 + difference, difference=difference, interval=interval, p=p)
    return EvaluationDone(rows=rows, main="exact_match", metrics={"exact_match": metric}, fixed=[], broken=[])


def test_rows_fall_into_four_groups_once_both_sides_have_answered():
    events = [
        *answered(0, 0, 1),
        *answered(1, 1, 0),
        *answered(2, 1, 1),
        *answered(3, 0, 0.9),
        *answered(4, 1, None),
        *answered(5, None, None),
    ]
    state = fold(EvaluationState(), events)
    assert state.changes() == {"fixed": [0], "broken": [1], "both_right": [2], "both_wrong": [3]}
    assert state.change(4) is None and state.change(5) is None
    assert state.answered == 9
    assert list(state.rows) == [0, 1, 2, 3, 4, 5]


def test_means_are_over_rows_that_both_have_answered():
    state = fold(EvaluationState(), [*answered(0, 0, 1), *answered(1, 1, 1), *answered(2, 1, None)])
    assert state.means() == {"exact_match": (0.5, 1.0), "token_f1": (0.5, 0.5)}
    assert fold(EvaluationState(), answered(0, 1, None)).means() == {}


def test_answers_that_were_cut_off_are_counted_by_side():
    answers = [RowAnswered(side="base", row=row, answer="", scores={"exact_match": 0}, cut=row < 2) for row in range(5)]
    assert fold(EvaluationState(), answers).cut == (2, 0)


def test_the_metric_that_decides_is_known_from_the_first_answer():
    assert EvaluationState().main is None
    assert fold(EvaluationState(), answered(0, 1, None)).main == "exact_match"
    assert fold(EvaluationState(), [done(0.1, (0, 0.2), 0.2)]).main == "exact_match"


def test_it_keeps_what_every_job_has():
    state = fold(
        EvaluationState(),
        [
            Started(kind="evaluate", pid=1, host="here"),
            PhaseStarted(phase="evaluating"),
            PhaseProgress(done=3, total=8, unit="answers"),
            Finished(outcome="stopped", reason="stopped"),
        ],
    )
    assert state.run.phase is not None
    assert (state.run.phase.done, state.run.phase.total) == (3, 8)
    assert state.run.finished is not None


def test_an_engine_that_starts_again_has_not_compared_yet():
    state = fold(EvaluationState(), [done(0.1, (0.05, 0.2), 0.01)])
    assert fold(state, [Started(kind="evaluate", pid=2, host="here")]).done is None


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 7))
def test_folding_in_parts_is_folding_at_once(rows, size):
    events = [event for row in rows for event in answered(row, row % 2, (row // 2) % 2)]
    parts = EvaluationState()
    for start in range(0, len(events), size):
        parts = fold(parts, events[start : start + size])
    assert parts == fold(EvaluationState(), events)


def test_a_clear_gain_is_said_with_its_evidence():
    assert verdict(done(0.312, (0.279, 0.344), 1e-9)) == Verdict(
        "better", "Tuned is better: exact match +31.2 points (95%: +27.9 to +34.4, p < 0.001, 412 rows)."
    )


def test_a_clear_loss_is_said_as_plainly():
    assert verdict(done(-0.08, (-0.12, -0.04), 0.004)).text == (
        "Tuned is worse: exact match −8.0 points (95%: −12.0 to −4.0, p = 0.004, 412 rows)."
    )


@pytest.mark.parametrize(
    ("interval", "p"),
    [((-0.01, 0.05), 0.2), ((0.001, 0.05), 0.06), ((-0.001, 0.05), 0.04)],
    ids=["neither", "test says no", "interval says no"],
)
def test_both_must_agree_before_it_is_called_a_difference(interval, p):
    found = verdict(done(0.02, interval, p))
    assert found.finding == "unclear"
    assert found.text.startswith("No clear difference: exact match +2.0 points")
    assert found.text.endswith("It may be chance.")


def test_few_rows_are_named_as_the_reason():
    assert "hold out 100 or more" in verdict(done(0.1, (-0.1, 0.3), 0.6, rows=20)).text
    assert "1 row)" in verdict(done(1.0, (1.0, 1.0), 1.0, rows=1)).text


def test_equal_scores_are_no_difference():
    assert (
        verdict(done(0, (0, 0), 1.0)).text == "No difference: every row scores the same, exact match 50.0 (412 rows)."
    )


def test_a_difference_that_cancels_out_is_not_called_equal():
    assert verdict(done(0, (-0.1, 0.1), 1.0)).text.startswith("No clear difference: exact match 0.0 points")


def test_figures_and_names_as_a_person_writes_them():
    assert [signed(value) for value in (0.312, -0.0801, 0, 0.0004, -0.0004)] == ["+31.2", "−8.0", "0.0", "0.0", "0.0"]
    assert [label(name) for name in ("exact_match", "json_fields", "token_f1", "my_own")] == [
        "exact match",
        "JSON fields",
        "token F1",
        "my own",
    ]
    assert sure(done(0.1, (0.05, 0.2), 0.01).metrics["exact_match"])
