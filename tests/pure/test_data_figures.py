"""Bars of labels: names have the room they need, and are cut where a word ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.panes.data.figures import bar_lines, shortened
from tui.widgets.inked import width_of

names = st.text(alphabet="ab _-日é", max_size=40)


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("card_arrival", 12, "card_arrival"),
        ("card_payment_fee_charged", 20, "card_payment_fee…"),
        ("wrong amount of cash received", 20, "wrong amount of…"),
        ("a_" + "b" * 30, 20, "a_" + "b" * 17 + "…"),
        ("日本語の長い名前", 9, "日本語の…"),
        ("anything", 0, ""),
    ],
)
def test_a_name_is_cut_at_a_words_end(name, width, shown):
    assert shortened(name, width) == shown


@given(names, st.integers(1, 50))
def test_a_name_never_takes_more_than_there_is(name, width):
    assert cell_len(shortened(name, width)) <= max(width, 0)
    assert cell_len(name) > width or shortened(name, width) == name


def told(bars, width):
    return ["".join(text for text, _ in line) for line in bar_lines(bars, width)]


def test_names_that_are_the_same_up_to_a_word_are_told_apart():
    bars = (("not_updated_after_bank_transfer", 3), ("not_updated_after_cash_deposit", 2), ("refund_not_shown_yet", 1))
    begins = [line.split()[0] for line in told(bars, 44)]
    assert begins == ["not_updated_after_ban…", "not_updated_after_cas…", "refund_not_shown_yet"]


def test_names_have_up_to_half_the_width():
    bars = (("balance_not_updated_after_cheque_or_cash_deposit", 181), ("card_arrival", 90))
    assert "balance_not_updated_after_cheque_or_cash_deposit █" in told(bars, 120)[0]
    first, second = told(bars, 60)
    assert first.startswith("balance_not_updated_after… █")
    assert second.index("█") == first.index("█"), "bars begin below each other"
    assert told((("a", 2), ("bb", 1)), 30)[0].startswith(" a █"), "and no more than they need"


@given(st.lists(st.tuples(names, st.integers(0, 10**6)), min_size=1, max_size=6), st.integers(30, 150))
def test_a_line_fits(bars, width):
    for line, (_, count) in zip(bar_lines(tuple(bars), width), bars, strict=True):
        assert width_of(line) <= width
        assert "".join(text for text, _ in line).endswith(f" {count:,}")
