"""A finding is read whole, however long it is, and what is cut says which key shows the rest."""

import pytest

from engine.data.check.report import Finding
from tui.panes.data.finding_text import Mend, finding_lines
from tui.widgets.inked import width_of
from tui.widgets.painted import cells

LONG = " ".join(f"word{place}" for place in range(80))


def finding(text="few words", mend="mend it", examples=()):
    return Finding(code="secrets", severity="error", count=1, text=text, mend=mend, examples=examples)


def told(lines):
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize("width", [20, 76, 140])
def test_every_word_of_it_is_there(width):
    lines = finding_lines(finding(LONG, f"mend {LONG}", (f"row 1: {LONG}", "row 2: \x1b[31m")), width)
    words = told(lines).split()
    assert [word for word in words if word.startswith("word")] == LONG.split() * 3
    assert all(width_of(line) <= width for line in lines)
    assert "\x1b" not in told(lines)


def painted(shown, width=78, height=4):
    mend = Mend()
    mend.say(shown)
    return mend.paint(width, height)


def test_what_fits_is_shown_as_it_is():
    assert told(painted(finding())).split("\n") == [" few words", " mend it"]


@pytest.mark.parametrize(
    "shown", [finding(LONG), finding(mend=LONG), finding(LONG, LONG), finding(examples=("row 1",))]
)
def test_what_does_not_fit_names_the_key_at_a_words_end(shown):
    lines = painted(shown)
    assert len(lines) <= 4
    assert told(lines).endswith("… v all of it")
    assert all(cells(line) <= 78 for line in lines)
    before = told(lines).removesuffix("… v all of it").split()[-1]
    assert before in f"{shown.text} {shown.mend}".split()
