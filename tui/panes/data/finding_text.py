"""One finding in words: what fits under the list of them, and all of it to read."""

from typing import TYPE_CHECKING

from tui.visible import visible
from tui.widgets.inked import InkedLine, Inks, wrap
from tui.widgets.painted import Ink, Line, Painted, cells
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from engine.data.check.report import Finding

SIGNS: dict[str, tuple[str, Ink]] = {"error": ("✗", "error"), "warn": ("!", "warn"), "note": ("·", "dim")}
"""How bad a finding is: what stands before it, and in which ink."""
_MORE: Line = [("… ", "dim"), ("v", "key"), (" all of it", "dim")]


class Mend(Painted):
    """The chosen finding and what to do about it, as far as there is room."""

    def __init__(self) -> None:
        super().__init__(id="findings-mend")
        self._finding: Finding | None = None

    def say(self, finding: "Finding | None") -> None:
        """Show another one; None shows nothing."""
        self._finding = finding
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The mend has at least half of the lines; the key that shows the rest is named where there is more."""
        if self._finding is None:
            return []
        room = max(1, width - 2)
        said, mend = _wrapped(self._finding.text, "", room), _wrapped(self._finding.mend, "accent", room)
        lines = [*said[: max(height - len(mend), height // 2)], *mend][:height]
        if len(said) + len(mend) > height or self._finding.examples:
            lines[-1] = _with_more(lines[-1], room)
        return [[(" ", ""), *line] for line in lines]


class WholeFinding(Reading):
    """All of a finding, to scroll through."""

    def __init__(self) -> None:
        super().__init__(id="findings-whole")
        self._code = ""

    def say(self, finding: "Finding") -> None:
        """Show a finding; one that was shown before stays where it was scrolled to."""
        self.show(lambda width: finding_lines(finding, width), keep_place=finding.code == self._code)
        self._code = finding.code


def finding_lines(finding: "Finding", width: int) -> list[InkedLine]:
    """What was found, the mend, and the examples, in lines of at most `width` cells."""
    sign, ink = SIGNS[finding.severity]
    lines = _hanging(f" {sign} ", ink, finding.text, "bold", width)
    lines += [[], *_hanging(" → ", "accent", finding.mend, "accent", width)]
    if finding.examples:
        lines += [[], [(" for example", "dim")]]
    for example in finding.examples:
        lines += _hanging(" · ", "dim", example, "", width)
    return lines


def _hanging(head: str, head_ink: Inks, text: str, ink: Inks, width: int) -> list[InkedLine]:
    words = visible(text)
    lines = wrap(words, [ink] * len(words), max(1, width - len(head) - 1))
    return [[(head if not place else " " * len(head), head_ink), *line] for place, line in enumerate(lines)]


def _with_more(line: Line, room: int) -> Line:
    """A line whose end says that there is more."""
    kept: Line = []
    left = room - cells(_MORE) - 1
    for text, ink in line:
        shown = text if cells([(text, ink)]) <= left else _cut(text, left)
        kept.append((shown, ink))
        left -= cells([(shown, ink)])
        if shown is not text:
            break
    return [*kept, (" ", ""), *_MORE]


def _cut(text: str, width: int) -> str:
    """The words of a text that fit."""
    while text and cells([(text, "")]) > width:
        text = text[:-1].rstrip() if " " not in text.rstrip() else text.rstrip().rpartition(" ")[0]
    return text


def _wrapped(text: str, ink: Ink, width: int) -> list[Line]:
    words = visible(text)
    return wrap(words, [ink] * len(words), width) if words else []  # type: ignore[return-value]
