"""What the line to type into offers: whole words, as many as fit, and that there are more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.widgets.find_line import shown_offers


@pytest.mark.parametrize(
    ("offers", "shown"),
    [
        ([], ""),
        (["labels.slot=", "labels.slot~"], "labels.slot=  labels.slot~"),
        (["label=a", "label=b c"], "a  b c"),
        (["label=a"], "a"),
        (["label="], "label="),
        (["label=", "label=a"], "label=  label=a"),
        (["split:train", "split:validation"], "train  validation"),
        (["a", "b", "c", "d", "e"], "a  b  c  d  …"),
        (["label=" + "x" * 12, "label=" + "y" * 12, "label=" + "z" * 12], f"{'x' * 12}  {'y' * 12}  …"),
    ],
)
def test_offers_are_shown_without_what_stands_in_the_line(offers, shown):
    assert shown_offers(offers, 30) == shown


@given(st.lists(st.text(alphabet="ab=:日", min_size=1, max_size=30), max_size=8), st.integers(0, 60))
def test_no_more_than_fits_but_the_first(offers, room):
    shown = shown_offers(offers, room)
    assert not offers or shown
    assert cell_len(shown) <= max(room, max(map(cell_len, offers), default=0) + 3)
