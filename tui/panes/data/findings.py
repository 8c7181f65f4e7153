"""What the check found, below the list: worst first; enter lists the rows of a finding."""

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui.figures import plural
from tui.visible import visible
from tui.widgets.inked import wrap
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Ink, Line, Painted, fit

if TYPE_CHECKING:
    from engine.data.check.report import Finding, Report

_SIGNS: dict[str, tuple[str, Ink]] = {"error": ("✗", "error"), "warn": ("!", "warn"), "note": ("·", "dim")}
_NOTED_CODES = 3


class FindingsPanel(Vertical):
    """Hidden until it is asked for."""

    DEFAULT_CSS = """
    FindingsPanel {
        display: none;
        height: 40%;
        max-height: 16;
        border-top: solid $panel;
        &.-shown { display: block; }
        & > LineList { height: 1fr; }
        & > #findings-mend { height: 4; background: $surface; }
    }
    """

    class Wanted(Message):
        """The rows of a finding shall be listed."""

        def __init__(self, code: str, *, listed: bool) -> None:
            super().__init__()
            self.code = code
            self.listed = listed
            """Whether it names rows."""

    def __init__(self) -> None:
        super().__init__(id="data-findings")
        self.report: Report | None = None
        self._working = False

    @property
    def is_working(self) -> bool:
        """Whether a check is at work."""
        return self._working

    def compose(self) -> ComposeResult:
        """The findings, and the mend of the chosen one."""
        yield FindingList()
        yield Mend()

    @property
    def needs_check(self) -> bool:
        """Whether there is neither a report nor a check at work."""
        return self.report is None and not self._working

    @property
    def has_focus_within(self) -> bool:
        """Whether keys go to it."""
        return self._list.has_focus

    def toggle(self) -> bool:
        """Show it and give it the focus, or hide it; whether it is shown now."""
        shown = not self.has_class("-shown")
        self.set_class(shown, "-shown")
        if shown:
            self._list.focus()
        return shown

    def show_progress(self, words: str) -> None:
        """Say how far the check is."""
        self._working = True
        self._list.show((), [[(f"  checking every row: {words}", "dim")]])
        self.query_one(Mend).say("", "")

    def show_problem(self, problem: str) -> None:
        """Say why there are no findings."""
        self.report, self._working = None, False
        self.query_one(Mend).say("", "")
        self._list.show((), [[(f"  ! not checked: {visible(problem)}", "warn")]])

    def show_report(self, report: "Report | None") -> None:
        """Show what was found; None where nobody has looked."""
        self.report, self._working = report, False
        if report is None:
            self.query_one(Mend).say("", "")
            self._list.show((), [[("  not checked yet: ", "dim"), ("c", "key"), (" twice checks every row", "dim")]])
            return
        empty: list[Line] = [[("  ✓", "good"), (f" nothing found in {plural(report.rows, 'row')}", "")]]
        self._list.show([Row(found.code, _line_of(found)) for found in report.findings], empty)
        self._say_mend()

    def note(self, number: int) -> str:
        """What was found on a row, in a line; "" where nothing was."""
        if self.report is None:
            return ""
        found = [finding for finding in self.report.findings if _holds(self.report, finding.code, number)]
        return "  ".join(f"{_SIGNS[it.severity][0]} {it.code.replace('_', ' ')}" for it in found[:_NOTED_CODES])

    @on(LineList.Opened)
    def _opened(self, message: LineList.Opened) -> None:
        message.stop()
        finding = self.report.finding(message.key) if self.report is not None else None
        if finding is not None and self.report is not None:
            self.post_message(self.Wanted(finding.code, listed=len(self.report.rows_of(finding.code)) > 0))

    @property
    def _list(self) -> "FindingList":
        return self.query_one(FindingList)

    def on_finding_list_moved(self, message: "FindingList.Moved") -> None:
        """Another finding is chosen."""
        message.stop()
        self._say_mend()

    def _say_mend(self) -> None:
        chosen = self._list.chosen
        finding = self.report.finding(chosen) if self.report is not None and chosen else None
        self.query_one(Mend).say(*((finding.text, finding.mend) if finding is not None else ("", "")))


class FindingList(LineList):
    """The findings; says when another is chosen."""

    class Moved(Message):
        """Another one is chosen."""

    def __init__(self) -> None:
        super().__init__("Findings", [[("  not checked yet", "dim")]], id="findings-list")

    def action_move(self, by: int) -> None:
        """Choose another one."""
        super().action_move(by)
        self.post_message(self.Moved())


class Mend(Painted):
    """The chosen finding in full, and what to do about it."""

    def __init__(self) -> None:
        super().__init__(id="findings-mend")
        self._text = self._mend = ""

    def say(self, text: str, mend: str) -> None:
        """Show another one."""
        self._text, self._mend = text, mend
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As many lines as fit; the mend has half of them."""
        room = max(1, width - 2)
        said, mend = _wrapped(self._text, "", room), _wrapped(self._mend, "accent", room)
        return [[(" ", ""), *line] for line in [*said[: max(1, height - len(mend))], *mend][:height]]


def _wrapped(text: str, ink: Ink, width: int) -> list[Line]:
    words = visible(text)
    return wrap(words, [ink] * len(words), width) if words else []  # type: ignore[return-value]


def _line_of(finding: "Finding"):  # type: ignore[no-untyped-def]
    sign, ink = _SIGNS[finding.severity]

    def line(width: int) -> Line:
        return [
            (f"{sign} ", ink),
            (fit(visible(finding.text), max(1, width - 4)), "" if finding.severity != "note" else "dim"),
        ]

    return line


def _holds(report: "Report", code: str, number: int) -> bool:
    """Whether a row is one of a finding's; its rows rise."""
    rows = report.rows_of(code)
    if not len(rows):
        return False
    import numpy as np

    place = int(np.searchsorted(rows, number))
    return place < len(rows) and int(rows[place]) == number
