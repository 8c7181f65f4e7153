"""One row as lines: nothing is lost or made up, marks stand where tokens are trained, and all is safe to show."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.data.audit import AuditedRow
from engine.data.example import Message
from tui.panes.data.positions import next_position
from tui.panes.data.row_view import (
    CUT_MARK,
    TRAINED_MARK,
    answer_words,
    chat_lines,
    counted,
    preview,
    raw_lines,
    token_lines,
    turn_lines,
)
from tui.widgets.inked import SHOWN_CHARACTERS, matches, width_of, wrap

printable = st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=9)
sentences = st.lists(printable, max_size=30).map(" ".join)
TALK = (Message("system", "Be brief."), Message("user", "Hi\x1b[31m there"), Message("assistant", "Hello."))


def row(text: str, pieces: list[tuple[int, bool]], **more) -> AuditedRow:
    """A row whose tokens are pieces of the text: (characters, trained)."""
    starts, place = [], 0
    for length, _ in pieces:
        starts.append(place)
        place += length
    fields = {"cut": False, "end": place, "problem": ""} | more
    return AuditedRow(text, list(range(len(pieces))), starts, [trained for _, trained in pieces], **fields)


def text_of(lines) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


HELLO = row(
    "<u>Hi there\n<a>Hello you.</s>", [(3, False), (3, False), (6, False), (3, False), (6, True), (4, True), (4, True)]
)


@given(sentences, st.integers(1, 40))
def test_wrapped_lines_fit_and_hold_every_character(text, width):
    lines = wrap(text, [""] * len(text), width)
    assert "".join(text_of(lines)) == text
    assert all(width_of(line) <= max(width, 2) for line in lines)


@given(st.text(max_size=60), st.integers(4, 40))
def test_whatever_is_in_a_text_no_control_reaches_the_terminal(text, width):
    shown = text_of(wrap(text, ["x"] * len(text), width))
    assert all(line.isprintable() for line in shown)
    talk = (Message("user", text), Message("assistant", text))
    for lines in (
        turn_lines(talk, "", 40),
        raw_lines({text: text}, "", 40),
        [preview(text, "")],
        [[(answer_words(text), "")]],
    ):
        assert all(line.isprintable() or line == answer_words(text) for line in text_of(lines))


def test_words_are_kept_whole_where_they_fit():
    assert text_of(wrap("one two three", [""] * 13, 9)) == ["one two ", "three"]
    assert text_of(wrap("a\n\nb", [""] * 4, 9)) == ["a", "", "b"]
    assert text_of(wrap("漢字漢字", [""] * 4, 5)) == ["漢字", "漢字"]


def test_the_trained_part_is_marked_by_gutter_and_ink():
    lines = chat_lines(HELLO, (Message("user", "Hi there"), Message("assistant", "Hello you.")), "", 60)
    assert text_of(lines) == ["  <u>Hi there", TRAINED_MARK + "<a>Hello you.</s>"]
    assert lines[1] == [(TRAINED_MARK, "mark"), ("<a>", "dim"), ("Hello you.</s>", "trained")]
    assert lines[0] == [("  ", "dim"), ("<u>", "dim"), ("Hi there", "")]
    assert counted(HELLO, 2048)[0] == "7 tokens, 3 trained (43%)"


def test_what_is_cut_off_is_marked():
    cut = row(HELLO.text, [(3, False), (3, False), (6, False)], cut=True)
    lines = chat_lines(cut, TALK, "", 60)
    assert text_of(lines)[1] == CUT_MARK + "<a>Hello you.</s>"
    assert counted(cut, 3)[0] == "3 tokens, 0 trained (0%), cut off at 3"


def test_tokens_are_told_apart_with_their_spaces_and_line_feeds():
    assert text_of(token_lines(HELLO, "", 60)) == ["  <u>│Hi·│there⏎│", TRAINED_MARK + "<a>│Hello·│you.│</s>│"]
    assert text_of(token_lines(row("é", [(0, True), (1, True)]), "", 60)) == [TRAINED_MARK + "◌│é│"]
    narrow = token_lines(HELLO, "", 12)
    assert all(cell_len(line) <= 12 for line in text_of(narrow))


def test_a_row_that_cannot_be_rendered_says_why():
    refused = AuditedRow("", [], [], [], False, 0, "the chat template refuses it: no system turns")
    for lines in (chat_lines(refused, TALK, "", 60), token_lines(refused, "", 60)):
        assert "✗ the chat template refuses it" in " ".join(text_of(lines))
    assert counted(refused, 10) == ["cannot be rendered"]


def test_huge_and_deep_rows_are_shown_in_part():
    long = "word " * 100_000
    lines = text_of(turn_lines((Message("user", long),), "", 80))
    assert lines[-1] == f"… {len(long) - SHOWN_CHARACTERS:,} more characters"
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert "cannot be shown" in text_of(raw_lines(deep, "", 80))[0]


@given(sentences, printable)
def test_matches_are_where_the_needle_is(text, needle):
    found = matches(text, needle)
    assert all(text[start:end].lower() == needle.lower() for start, end in found if len(text.lower()) == len(text))
    assert bool(found) == (needle.lower() in text.lower()) or len(text.lower()) != len(text)


def test_a_match_far_in_is_brought_into_the_preview():
    line = preview("word " * 60 + "the needle in it", "NEEDLE")
    assert ("needle", "match") in line
    assert text_of([line])[0].startswith("…")


def test_json_answers_show_their_values_labels_first():
    assert answer_words('{"summary": "a broken blender", "urgency": "high", "n": 3}') == "high · 3 · a broken blender"
    assert answer_words('{"not json') == '{"not json'
    assert answer_words("plain") == "plain"


def test_next_hits_go_around():
    hits = [3, 8, 20]
    assert [next_position(hits, row) for row in (0, 3, 8, 20)] == [3, 8, 20, 3]
    assert [next_position(hits, row, back=True) for row in (0, 3, 9, 20)] == [20, 20, 8, 8]
    assert next_position(hits, 8, here=True) == 8
    assert next_position([], 5) is None
