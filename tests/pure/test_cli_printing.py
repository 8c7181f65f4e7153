"""What reaches the terminal: no text can drive it, tables line up, JSON is JSON."""

import json
from contextlib import redirect_stdout
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.cli import printing
from tui.cli.printing import complain, print_json, say, say_piece, say_table

EVIL = "a\x1b]0;owned\x07\x1b[2J\u202eb\x9b31m\rc\x7f"


@pytest.mark.parametrize("tell", [say, complain, say_piece, lambda text: say_table([(text, "x")])])
def test_text_cannot_drive_the_terminal(tell, capsys):
    tell(EVIL)
    out, err = capsys.readouterr()
    shown = out or err
    assert shown.replace("\n", "").isprintable()
    assert "\u202e" not in shown
    assert "a␛]0;owned␇␛[2J" in shown


@given(st.text() | st.dictionaries(st.text(), st.lists(st.text() | st.none() | st.booleans())))
def test_json_is_one_document_of_plain_ascii(document):
    with redirect_stdout(StringIO()) as out:
        print_json(document)
    text = out.getvalue()
    assert json.loads(text) == document
    assert all(" " <= character <= "~" or character == "\n" for character in text)


def test_columns_line_up_with_wide_characters(capsys):
    say_table([("日本", "1", "x"), ("ab", "200", "y")], right=(1,))
    assert capsys.readouterr().out == "日本    1  x\nab    200  y\n"


def test_a_table_is_cut_at_the_terminals_edge(capsys, monkeypatch):
    monkeypatch.setattr(printing, "terminal_width", lambda: 10)
    say_table([("run", "a very long state")])
    line = capsys.readouterr().out.rstrip("\n")
    assert line == "run  a ve…"
    assert cell_len(line) == 10


def test_an_empty_table_is_nothing(capsys):
    say_table([])
    assert capsys.readouterr().out == ""


LONG = "rows.jsonl: no usable rows: " + "its fields do not fit " * 12 + "mend"


def test_an_error_is_one_line_for_a_script(capsys):
    complain(LONG)
    assert capsys.readouterr().err == f"{LONG}\n"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_an_error_is_wrapped_at_words_on_a_terminal(width, capsys, monkeypatch):
    monkeypatch.setattr(printing, "_width_of_errors", lambda: width)
    complain(f"  {LONG}\nshort")
    *wrapped, short = capsys.readouterr().err.splitlines()
    assert short == "short"
    assert all(cell_len(line) <= width for line in wrapped)
    assert wrapped[0].startswith("  rows") and all(line.startswith("    ") for line in wrapped[1:])
    assert " ".join(" ".join(wrapped).split()) == LONG


def test_what_has_no_break_is_left_whole(capsys, monkeypatch):
    monkeypatch.setattr(printing, "_width_of_errors", lambda: 20)
    complain(f"/a/{'b' * 60}/c.jsonl: no such file")
    assert f"/a/{'b' * 60}/c.jsonl:" in capsys.readouterr().err.splitlines()
