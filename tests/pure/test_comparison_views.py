"""What the Evaluate and Chat panes paint: forest plots, differences, answers, whatever the text and the width."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.chat_state import Exchange, Reply
from engine.evaluation_state import EvaluationState, fold
from engine.protocol import EvaluationDone, HeldOutRow, MetricCompared, ReplyDone, RowAnswered
from engine.statistics import compare
from tui.panes.chat.transcript import Asked, asked_lines
from tui.panes.evaluate.answers import differing, row_lines
from tui.panes.evaluate.forest import forest
from tui.panes.evaluate.row_list import row_line
from tui.panes.evaluate.summary import counts, progress_words
from tui.widgets.inked import width_of
from tui.widgets.painted import cells

WILD = st.text(max_size=80) | st.sampled_from(
    ["\x1b[31mred\x1b[0m [bold]x[/]", "漢字" * 40, "a\u202eb\n\n\tc", "\ud800"]
)


def metric(low: float, difference: float, high: float) -> MetricCompared:
    return MetricCompared(base=0.5, tuned=0.5 + difference, difference=difference, interval=(low, high), p=0.01)


def evaluated(*answers: tuple[float, float], text: str = "x") -> EvaluationState:
    events = []
    for row, scores in enumerate(answers):
        events.append(HeldOutRow(row=row, prompt=f"question {row} {text}", expected="yes, it is"))
        for side, score in zip(("base", "tuned"), scores, strict=True):
            events.append(RowAnswered(side=side, row=row, answer=text, scores={"exact_match": score}))
    return fold(EvaluationState(), events)


# The forest plot


def test_an_interval_is_drawn_on_the_axis_of_all():
    plot = forest([metric(0.279, 0.312, 0.344), metric(-0.02, -0.008, 0.004)], 46)
    assert plot.ticks().split() == ["−10", "0", "+10", "+20", "+30", "+40"]
    zero, first, second = plot.cell(0), plot.row(metric(0.279, 0.312, 0.344)), plot.row(metric(-0.02, -0.008, 0.004))
    assert first.strip().startswith("┊")
    assert first.index("┊") == zero
    assert first.index("├") < first.index("●") < first.index("┤")
    assert second.index("├") < zero <= second.index("┤")


def test_a_point_is_drawn_without_a_line():
    row = forest([metric(1, 1, 1)], 30).row(metric(1, 1, 1))
    assert row.rstrip().endswith("●")
    assert "├" not in row


def test_no_difference_at_all_has_an_axis_too():
    assert "●" in forest([metric(0, 0, 0)], 20).row(metric(0, 0, 0))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12),
    st.integers(10, 120),
)
def test_every_plot_fits_its_width(scores, width):
    compared = compare([base for base, _ in scores], [tuned for _, tuned in scores])
    plot = forest([compared], width)
    assert len(plot.ticks()) == len(plot.row(compared)) == width
    assert plot.row(compared).count("●") == 1


# Differences


def test_only_what_differs_is_marked():
    answer, expected = '{"urgency": "low", "category": "billing"}', '{"urgency": "high", "category": "billing"}'
    assert [answer[start:end] for start, end in differing(answer, expected)] == ["low"]
    assert differing(expected, expected) == []
    assert differing("Sure! I would love to help you with that today.", expected) == []


@settings(deadline=None)
@given(WILD, WILD)
def test_differences_lie_within_the_answer_and_in_order(answer, expected):
    spans = differing(answer, expected)
    ends = [0, *(place for span in spans for place in span)]
    assert ends == sorted(ends)
    assert all(end <= len(answer) for _, end in spans)


# Whatever the text, whatever the width


def harmless(text: str) -> bool:
    return text.isprintable()


@settings(deadline=None)
@given(WILD, st.integers(20, 130), st.booleans())
def test_a_row_in_full_fits_and_cannot_drive_the_terminal(text, width, brief):
    lines = row_lines(evaluated((0, 1), text=text), 0, width, brief=brief)
    assert all(width_of(line) <= max(width, 40) for line in lines)
    assert all(harmless(span) for line in lines for span, _ in line)


@settings(deadline=None)
@given(WILD, st.integers(12, 60))
def test_a_row_of_the_list_fits_and_cannot_drive_the_terminal(text, width):
    line = row_line(evaluated((0, 1), text=text), 0, width)
    assert cells(line) <= width
    assert all(harmless(span) for span, _ in line)


@settings(deadline=None)
@given(WILD, WILD, st.integers(30, 130), st.booleans())
def test_an_exchange_fits_and_cannot_drive_the_terminal(prompt, answer, width, done):
    end = ReplyDone(ask="a", side="base", tokens=3, seconds=1.0, first_token_s=0.1, ended="eos") if done else None
    reply = Reply(text=answer, tokens=3, seconds=1.0, first_token_s=0.1, done=end)
    lines = asked_lines(Asked(Exchange("a", prompt, "", reply, reply), expected=answer), width)
    assert all(width_of(line) <= width for line in lines)
    assert all(harmless(span) for line in lines for span, _ in line)


def test_both_answers_stand_beside_each_other_where_there_is_room():
    state = evaluated((0, 1), text="no")
    beside, below = (
        "\n".join("".join(text for text, _ in line) for line in row_lines(state, 0, width)) for width in (80, 50)
    )
    assert "base ✗" in beside and "│ tuned ✓" in beside
    assert "│" not in below


def test_equal_answers_are_said_to_be_the_same():
    end = ReplyDone(ask="a", side="base", tokens=1, seconds=1.0, first_token_s=0.1, ended="length")
    reply = Reply(text="yes", tokens=1, seconds=1.0, first_token_s=0.1, done=end)
    told = "".join(text for line in asked_lines(Asked(Exchange("a", "?", "", reply, reply)), 80) for text, _ in line)
    assert told.count("the same") == 1
    assert "1 token · cut off at its length" in told


# The counts and the progress


def test_counts_name_every_group_and_fit_80_columns():
    line = counts(evaluated((0, 1), (1, 0), (1, 1), (0, 0), (0, 0)), "broken", 80)
    told = "".join(text for text, _ in line)
    assert " ".join(told.split()) == "f fixed 1 b broken 1 r both right 1 w both wrong 2 a all 5"
    assert cell_len(told) <= 80
    assert [ink for text, ink in line if text == "b"] == ["front"]


def test_progress_is_told_in_answers_with_an_estimate():
    from engine.protocol import PhaseStarted, Started

    begun = [Started(kind="evaluate", pid=1, host="h", time=90.0), PhaseStarted(phase="evaluating", time=100.0)]
    state = fold(fold(EvaluationState(), begun), [HeldOutRow(row=row, prompt="?", expected="!") for row in range(10)])
    assert progress_words(state, 110.0, None) == "Answering: 0 of 20 answers, base and tuned in turns"
    half = [RowAnswered(side="base", row=row, answer="", scores={"exact_match": 0}) for row in range(10)]
    assert progress_words(fold(state, half), 140.0, None).endswith(
        "10 of 20 answers, base and tuned in turns · about 40s left"
    )


@pytest.mark.parametrize("usual", [None, 12.0])
def test_loading_is_told_with_what_is_usual_here(usual):
    from engine.protocol import PhaseStarted, Started

    loading = [
        Started(kind="evaluate", pid=1, host="h", time=90.0),
        PhaseStarted(phase="loading", detail="the base model", time=95.0),
    ]
    told = progress_words(fold(EvaluationState(), loading), 100.0, usual)
    assert told == "Loading: the base model · 10s" + (", usually 12s here" if usual else "")


def test_a_finished_comparison_of_one_row_has_words_too():
    done = EvaluationDone(rows=1, main="exact_match", metrics={"exact_match": compare([0], [1])}, fixed=[0], broken=[])
    state = fold(evaluated((0, 1)), [done])
    assert state.changes()["fixed"] == [0]
