"""The held-out rows, one a line: what each side made of it, and what was asked."""

from collections.abc import Iterable
from functools import partial

from textual.message import Message

from engine.evaluation_state import Change, EvaluationState
from engine.protocol import RowAnswered
from tui.visible import one_line
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Ink, Line, fit

RIGHT, WRONG, OPEN = "✓", "✗", "·"

CHANGES: dict[Change | None, tuple[str, Ink]] = {
    "fixed": ("fixed", "good"),
    "broken": ("broken", "error"),
    "both_right": ("", ""),
    "both_wrong": ("", ""),
    None: ("", ""),
}
"""What is worth a word, and its colour."""

_WORD = 6
_WIDE = 36
"""Cells from which there is room for the word."""


class RowList(LineList):
    """Rows to choose from; tells which one is chosen."""

    class Chosen(Message):
        """Another row is chosen, or none is left."""

        def __init__(self, row: int | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__("", [], id="eval-rows")
        self._told: str | None = None

    def show_rows(self, state: EvaluationState, rows: Iterable[int], title: str) -> None:
        """Show some of an evaluation's rows."""
        self._title = title
        self.show([Row(str(row), partial(row_line, state, row)) for row in rows])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to open in an empty list."""
        return self.chosen is not None if action == "open" else super().check_action(action, parameters)

    def repaint(self) -> None:
        """Paint again; whatever made that necessary may have moved the choice."""
        super().repaint()
        if self.chosen != self._told:
            self._told = self.chosen
            self.post_message(self.Chosen(None if self.chosen is None else int(self.chosen)))


def row_line(state: EvaluationState, row: int, width: int) -> Line:
    """A row's number, what each side made of it, the word for that, and the beginning of what was asked."""
    main = state.main
    word, ink = CHANGES[state.change(row)]
    word = f" {word:<{_WORD}} " if width >= _WIDE else " "
    number = f"{row + 1:>{max(3, len(str(max(state.rows, default=0) + 1)))}} "
    line: Line = [
        (number, "dim"),
        (mark(state.base.get(row), main), "base"),
        (mark(state.tuned.get(row), main), "tuned"),
        (word, ink),
    ]
    room = width - len(number) - 2 - len(word)
    return [*line, (fit(one_line(state.rows[row].prompt, room), room), "")] if room > 3 else line


def mark(answer: RowAnswered | None, main: str | None) -> str:
    """Whether an answer is right, as one character."""
    if answer is None or main is None:
        return OPEN
    return RIGHT if answer.scores.get(main, 0) >= 1 else WRONG
