"""Curves as braille, axes on round numbers, and charts that fit into what they are given."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.axis import exact_axis, round_axis, round_step
from tui.widgets.braille import Frame, curve
from tui.widgets.chart import Curve, Mark, Plot, paint_chart, sparkline
from tui.widgets.painted import cells, differing

figures = st.floats(allow_nan=True, allow_infinity=True, width=32)


def lit(dots) -> set[tuple[int, int]]:
    """Cells with any dot: (row, column)."""
    return {(int(row), int(column)) for row, column in zip(*np.nonzero(dots), strict=True)}


def picture(frame: Frame, x: list[float], y: list[float]) -> str:
    dots = curve(frame, np.array(x, dtype=float), np.array(y, dtype=float))
    return "\n".join("".join(chr(0x2800 + int(cell)) for cell in row) for row in dots)


def test_a_diagonal_is_a_diagonal():
    assert picture(Frame(0, 7, 0, 7, 4, 2), [0, 7], [0, 7]) == "⠀⠀⡠⠊\n⡠⠊⠀⠀"


def test_few_points_are_joined_and_many_show_their_extremes():
    frame = Frame(0, 99, 0, 10, 5, 5)
    assert lit(curve(frame, np.array([0.0, 99.0]), np.array([5.0, 5.0]))) == {(2, column) for column in range(5)}
    spikes = np.full(100, 5.0)
    spikes[50], spikes[51] = 10.0, 0.0
    assert {(0, 2), (4, 2)} <= lit(curve(frame, np.arange(100.0), spikes))


def test_values_that_are_not_finite_interrupt_the_line():
    frame = Frame(0, 9, 0, 1, 5, 1)
    y = np.array([0.5, 0.5, 0.5, np.nan, np.inf, -np.inf, np.nan, 0.5, 0.5, 0.5])
    assert lit(curve(frame, np.arange(10.0), y)) == {(0, 0), (0, 1), (0, 3), (0, 4)}


def test_a_resume_interrupts_the_line():
    frame = Frame(0, 9, 0, 1, 5, 1)
    x, y = np.array([0.0, 1.0, 8.0, 9.0]), np.full(4, 0.5)
    assert lit(curve(frame, x, y)) == {(0, column) for column in range(5)}
    assert lit(curve(frame, x, y, np.array([4.0]))) == {(0, 0), (0, 4)}


def test_what_is_out_of_range_is_left_out_across_and_sticks_to_the_edge_upwards():
    frame = Frame(0, 9, 0, 1, 5, 2)
    assert lit(curve(frame, np.array([20.0, 30.0]), np.array([0.5, 0.5]))) == set()
    assert lit(curve(frame, np.array([4.0]), np.array([99.0]))) == {(0, 2)}


@given(st.lists(figures, max_size=60), st.integers(1, 30), st.integers(1, 12))
def test_no_values_break_the_raster(y, columns, rows):
    values = np.array(y, dtype=float)
    dots = curve(Frame(0, max(1, len(y)), -1, 1, columns, rows), np.arange(float(len(y))), values)
    assert dots.shape == (rows, columns)
    assert bool(dots.any()) == bool(np.isfinite(values).any())


def test_a_hundred_thousand_points_take_milliseconds():
    x = np.arange(100_000.0)
    y = np.random.default_rng(3407).normal(size=len(x))
    took = []
    for _ in range(7):
        began = time.process_time()
        curve(Frame(0, len(x), -5, 5, 180, 40), x, y)
        took.append(time.process_time() - began)
    assert min(took) < 0.010


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 8))
def test_round_axes_hold_their_values_with_few_ticks(low, span, ticks):
    axis = round_axis(low, low + span, ticks)
    assert axis.low <= low + 1e-6 * span + 1e-9
    assert axis.high >= low + span - 1e-6 * span - 1e-9
    assert 2 <= len(axis.ticks) <= ticks + 2


def test_an_axis_stays_while_the_curve_grows_within_it():
    assert round_axis(0.31, 2.1, 6) == round_axis(0.33, 2.4, 6)


def test_ticks_are_written_with_as_many_digits_as_tell_them_apart():
    axis = round_axis(0, 0.09, 5)
    assert [axis.label(tick) for tick in axis.ticks] == ["0.000", "0.025", "0.050", "0.075", "0.100"]
    assert exact_axis(0, 120, 4).ticks == (0, 50, 100)


@pytest.mark.parametrize("wanted", [0, -1, math.nan, math.inf])
def test_there_is_always_a_step(wanted):
    assert round_step(wanted) == 1.0


@given(st.lists(figures, max_size=40), st.integers(1, 60), st.integers(0, 14), st.booleans())
def test_a_chart_fits_whatever_it_is_given(y, width, height, log):
    x = np.arange(1.0, len(y) + 1)
    marks = [Mark(1, None, "×"), Mark(2, 0.5, "◇"), Mark(500, 1e9, "◆")]
    plot = Plot([Curve(x, np.array(y, dtype=float))], marks, 0, max(1, len(y)), log=log, empty="nothing yet")
    lines = paint_chart(plot, width, height)
    assert len(lines) <= height
    assert all(cells(line) <= width for line in lines)
    small = sparkline(Curve(x, np.array(y, dtype=float)), width, height, 0, len(y) or 1)
    assert all(cells(line) <= width for line in small)


def test_a_loss_that_was_not_a_number_is_marked_on_top():
    plot = Plot([Curve(np.array([1.0, 2.0]), np.array([1.0, 2.0]))], [Mark(2, None, "×", "error")], 0, 4)
    top = paint_chart(plot, 40, 8)[0]
    assert ("×", "error") in top


def test_only_the_cells_that_differ_are_sent():
    assert differing([("loss 0.412 left", "")], [("loss 0.398 left", "")]) == (7, 10)
    assert differing([("same", "")], [("same", "dim")]) == (0, 4)
    assert differing([("abc", "")], [("abcdef", "")]) == (3, 6)
    assert differing([("日本x", "")], [("日本y", "")]) == (4, 5)
