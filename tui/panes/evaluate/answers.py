"""One row in full: what was asked, what is expected, and both answers with what differs from it marked."""

import re
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import get_args

from engine.evaluation_state import EvaluationState, label, points
from engine.protocol import RowAnswered, Side
from tui.panes.evaluate.row_list import CHANGES, mark
from tui.visible import visible
from tui.widgets.inked import SHOWN_CHARACTERS, InkedLine, marked, width_of, wrap
from tui.widgets.reading import Reading

BESIDE = 72
"""Cells from which the two answers stand beside each other."""

_WORDS = re.compile(r"\w+|[^\w\s]")
_DIFFERS = "≠"
_ALIKE = 0.25
"""Below this share of common words nothing is gained by marking what differs: all of it does."""
_COMPARED_CHARACTERS = 8_000
"""Comparing takes time that grows with the square of the length."""


class Answers(Reading):
    """The chosen row, to scroll."""

    COMPONENT_CLASSES = {"reading--base", "reading--tuned", "reading--differs", "reading--good"}
    DEFAULT_CSS = """
    Answers {
        & > .reading--base { color: $side-base; }
        & > .reading--tuned { color: $side-tuned; }
        & > .reading--good { color: $good; }
        & > .reading--differs { text-style: underline; }
    }
    """


def row_lines(state: EvaluationState, row: int, width: int, *, brief: bool = False) -> list[InkedLine]:
    """The row in lines of a width. `brief`: few lines are in sight; what was asked and the scores are left out."""
    held_out = state.rows[row]
    gap: list[InkedLine] = [] if brief else [[]]
    lines = [_title(state, row, brief=brief), *gap]
    if not brief:
        lines += [[("asked", "dim")], *_text(held_out.prompt, width), []]
    lines += [[("expected", "dim")], *_text(held_out.expected, width), *gap]
    beside = width >= BESIDE
    column = (width - 3) // 2 if beside else width
    base, tuned = (_answer(state, side, row, column, brief=brief) for side in get_args(Side))
    return lines + (_columns(base, tuned, column) if beside else [*base, *gap, *tuned])


def differing(answer: str, expected: str) -> list[tuple[int, int]]:
    """The parts of an answer that are not in what is expected; [] when hardly a word of it is."""
    if len(answer) > _COMPARED_CHARACTERS or len(expected) > _COMPARED_CHARACTERS:
        return []
    said, wanted = list(_WORDS.finditer(answer)), _WORDS.findall(expected)
    matcher = SequenceMatcher(None, wanted, [word[0] for word in said], autojunk=False)
    same = {place for block in matcher.get_matching_blocks() for place in range(block.b, block.b + block.size)}
    if sum(said[place][0].isalnum() for place in same) < _ALIKE * sum(word[0].isalnum() for word in said):
        return []
    return [
        (said[first].start(), said[after - 1].end())
        for code, _, _, first, after in matcher.get_opcodes()
        if code != "equal" and after > first
    ]


def _title(state: EvaluationState, row: int, *, brief: bool) -> InkedLine:
    word, ink = CHANGES[state.change(row)]
    line: InkedLine = [(f"Row {row + 1:,}", "bold")]
    if word:
        line.append((f" · {word}", ink))
    return [*line, ("   z", "key"), (" what was asked", "dim")] if brief else line


def _answer(state: EvaluationState, side: Side, row: int, width: int, *, brief: bool) -> list[InkedLine]:
    """One side's answer under its name and mark."""
    answer = state.answer(side, row)
    if answer is None:
        return [[(side, side), (" not answered yet", "dim")]]
    head = _head(side, answer, state.main, width, brief=brief)
    text, expected = answer.answer[:SHOWN_CHARACTERS], state.rows[row].expected
    if not text.strip():
        return [*head, [("  (nothing)", "dim")]]
    inks = [""] * len(text)
    marked(inks, differing(text, expected), f"{side} differs")
    differs = text.split() != expected.split()
    return [*head, *([(_gutter(line, differs, inks), side), *line] for line in wrap(text, inks, width - 2))]


def _head(side: Side, answer: RowAnswered, main: str | None, width: int, *, brief: bool) -> list[InkedLine]:
    """Name and mark; the scores beside them, or below where they do not fit."""
    name, scores = f"{side} {mark(answer, main)}", "" if brief else _scores(answer)
    if answer.cut:
        scores = " · ".join(part for part in (scores, "cut off at its length") if part)
    if len(name) + len(scores) + 2 <= width:
        return [[(name, f"{side} bold"), (f"  {scores}", "dim")]]
    return [[(name, f"{side} bold")], *wrap(scores, ["dim"] * len(scores), width)]


def _gutter(line: InkedLine, differs: bool, inks: list[str]) -> str:
    """A sign beside each line that differs; beside all of them where too much does to mark it."""
    here = any("differs" in ink for _, ink in line) if any(inks) else differs
    return f"{_DIFFERS} " if here else "  "


def _scores(answer: RowAnswered) -> str:
    """`JSON fields 0 · token F1 88`."""
    return " · ".join(f"{label(visible(name))} {_figure(score)}" for name, score in answer.scores.items())


def _figure(score: float) -> str:
    return points(score).removesuffix(".0")


def _text(text: str, width: int) -> list[InkedLine]:
    text = text[:SHOWN_CHARACTERS]
    return [[("  ", ""), *line] for line in wrap(text, [""] * len(text), width - 2)]


def _columns(left: list[InkedLine], right: list[InkedLine], width: int) -> list[InkedLine]:
    blank: InkedLine = []
    return [
        [*one, (" " * max(0, width - width_of(one)), ""), (" │ ", "dim"), *other]
        for one, other in zip_longest(left, right, fillvalue=blank)
    ]
