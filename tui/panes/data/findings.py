"""What the check found, below the list: worst first; enter lists the rows of a finding, v shows all of its words."""

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from tui.figures import plural
from tui.panes.data.finding_text import SIGNS, Mend, WholeFinding
from tui.visible import visible
from tui.widgets.line_list import LineList, Row
from tui.widgets.painted import Line, fit

if TYPE_CHECKING:
    from engine.data.check.report import Finding, Report

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
        & > #findings-whole { display: none; height: 1fr; }
        &.-whole > LineList, &.-whole > #findings-mend { display: none; }
        &.-whole > #findings-whole { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "whole", "all of it", tooltip="the whole finding, with its examples"),
        Binding("enter", "open", "its rows"),
        Binding("escape,v", "leave_whole", "back to the findings"),
    ]

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
        """The findings, the mend of the chosen one, and all of it in their place."""
        yield FindingList()
        yield Mend()
        yield WholeFinding()

    @property
    def needs_check(self) -> bool:
        """Whether there is neither a report nor a check at work."""
        return self.report is None and not self._working

    @property
    def has_focus_within(self) -> bool:
        """Whether keys go to it."""
        return self._list.has_focus or self._whole.has_focus

    def toggle(self) -> bool:
        """Show it and give it the focus, or hide it; whether it is shown now."""
        shown = not self.has_class("-shown")
        self.set_class(shown, "-shown")
        self.remove_class("-whole")
        if shown:
            self._list.focus()
        return shown

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a finding can be read, and only what is open be left."""
        if action == "whole":
            return self._chosen is not None and not self.has_class("-whole")
        if action in ("open", "leave_whole"):
            return self.has_class("-whole")
        return super().check_action(action, parameters)

    def action_whole(self) -> None:
        """Show all of the chosen finding in the place of the list."""
        if self._chosen is not None:
            self.add_class("-whole")
            self._whole.say(self._chosen)
            self._whole.focus()

    def action_leave_whole(self) -> None:
        """Show the list again."""
        self.remove_class("-whole")
        self._list.focus()

    def action_open(self) -> None:
        """List the rows of the finding that is read."""
        self.action_leave_whole()
        self._list.action_open()

    def show_progress(self, words: str) -> None:
        """Say how far the check is."""
        self._working = True
        self._show_none([(f"  checking every row: {words}", "dim")])

    def show_problem(self, problem: str) -> None:
        """Say why there are no findings."""
        self.report, self._working = None, False
        self._show_none([(f"  ! not checked: {visible(problem)}", "warn")])

    def show_report(self, report: "Report | None") -> None:
        """Show what was found; None where nobody has looked."""
        self.report, self._working = report, False
        if report is None:
            self._show_none([("  not checked yet: ", "dim"), ("c", "key"), (" twice checks every row", "dim")])
            return
        empty: list[Line] = [[("  ✓", "good"), (f" nothing found in {plural(report.rows, 'row')}", "")]]
        self._list.show([Row(found.code, _line_of(found)) for found in report.findings], empty)
        self._say_mend()

    def note(self, number: int) -> str:
        """What was found on a row, in a line; "" where nothing was."""
        if self.report is None:
            return ""
        found = [finding for finding in self.report.findings if _holds(self.report, finding.code, number)]
        return "  ".join(f"{SIGNS[it.severity][0]} {it.code.replace('_', ' ')}" for it in found[:_NOTED_CODES])

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

    @property
    def _whole(self) -> WholeFinding:
        return self.query_one(WholeFinding)

    @property
    def _chosen(self) -> "Finding | None":
        """The finding that is chosen."""
        chosen = self._list.chosen
        return self.report.finding(chosen) if self.report is not None and chosen else None

    def _say_mend(self) -> None:
        chosen = self._chosen
        self.query_one(Mend).say(chosen)
        if self.has_class("-whole"):
            if chosen is None:
                self.action_leave_whole()
            else:
                self._whole.say(chosen)

    def _show_none(self, words: Line) -> None:
        """There is no finding, and why."""
        self._list.show((), [words])
        self._say_mend()


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

    def on_click(self, event: events.Click) -> None:
        """One may have been chosen by hand."""
        self.post_message(self.Moved())


def _line_of(finding: "Finding"):  # type: ignore[no-untyped-def]
    sign, ink = SIGNS[finding.severity]

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
