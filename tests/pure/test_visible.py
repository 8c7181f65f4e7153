"""Nothing foreign can drive the terminal."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tui.visible import one_line, visible

anything = st.text(st.characters(), max_size=200)
"""Surrogates, controls, marks and unassigned characters included."""


def test_known_attacks_become_marks():
    assert visible("\x1b[2J\x1b]0;title\x07") == "␛[2J␛]0;title␇"
    assert visible("\u202eabc\u2066") == "‹U+202E›abc‹U+2066›"
    assert visible("\x9b31m") == "‹U+009B›31m"
    assert visible("a\rb\nc\td\x7f") == "a␍b␊c␉d␡"
    assert visible("\ud800") == "‹U+D800›"


def test_lines_keep_their_ends_and_tabs_become_spaces():
    assert visible("a\nb\tc\r", lines=True) == "a\nb    c␍"


@given(anything)
def test_only_printable_characters_come_out(text):
    assert visible(text).isprintable()
    assert visible(text, lines=True).replace("\n", "").isprintable()


@given(anything)
def test_printable_text_is_left_as_it_is(text):
    printable = "".join(character for character in text if character.isprintable())
    assert visible(printable) == printable


@given(anything)
def test_showing_twice_changes_nothing(text):
    assert visible(visible(text)) == visible(text)


@given(anything, st.integers(0, 80))
def test_one_line_fits_and_is_printable(text, width):
    line = one_line(text, width)
    assert len(line) <= max(1, width)
    assert line.isprintable()
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in line)
