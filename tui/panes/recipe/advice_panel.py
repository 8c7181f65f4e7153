"""All advice in one list, the gravest first: enter goes to the setting that it is about."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.figures import plural
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.field_line import Remark, severity_mark
from tui.visible import one_line, visible
from tui.widgets.line_list import Row
from tui.widgets.painted import Line

if TYPE_CHECKING:
    from engine.advice import Advice

_NOTHING: Sequence[Line] = ([("✓", "good"), (" nothing to say against this recipe", "dim")],)
_NOT_YET: Sequence[Line] = ([("looking at model, data and machine …", "dim")],)
_HINDERED: Sequence[Line] = ([("none until the problems are mended", "dim")],)


class AdvicePanel(ChoosingList):
    """The list of advice."""

    DEFAULT_CSS = "AdvicePanel { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__("Advice", _NOT_YET, id="recipe-advice")
        self._advice: tuple[Advice, ...] | None = None
        self._hindered = False

    @property
    def advice(self) -> "Advice | None":
        """The chosen one."""
        found = [each for each in self._advice or () if name_of(each) == self.chosen]
        return found[0] if found else None

    def show_advice(self, advice: "tuple[Advice, ...] | None", *, hindered: bool = False) -> None:
        """Show other advice; None while there is none yet. `hindered`: nor will be while the recipe has problems."""
        if (advice, hindered) == (self._advice, self._hindered):
            return
        self._advice, self._hindered = advice, hindered
        self._title = f"Advice  {counts(advice)}" if advice else "Advice"
        waiting = _HINDERED if hindered else _NOT_YET
        self.show([_row(each) for each in advice or ()], waiting if advice is None else _NOTHING)

    def _lines_wanted(self) -> int:
        """The same for any number of rows: a layout for each change would be felt while one types."""
        return 1


def name_of(advice: "Advice") -> str:
    """What tells one piece of advice from the others."""
    return f"{advice.code} {advice.key}"


def counts(advice: "Sequence[Advice]", *, terse: bool = False) -> str:
    """How much there is of each severity, in words or (`terse`) as marks and numbers; accepted ones apart."""
    open_ones = Counter(each.severity for each in advice if not each.accepted)
    if terse:
        found = [(name, open_ones[name]) for name in ("blocks", "warns", "notes") if open_ones[name]]
        return "  ".join(f"{severity_mark(name)[0]} {count}" for name, count in found)
    accepted = sum(bool(each.accepted) for each in advice)
    parts = [f"✗ {open_ones['blocks']} in the way" if open_ones["blocks"] else ""]
    parts.append(f"! {plural(open_ones['warns'], 'warning')}" if open_ones["warns"] else "")
    parts.append(f"· {plural(open_ones['notes'], 'note')}" if open_ones["notes"] else "")
    parts.append(f"{accepted} accepted" if accepted else "")
    return "  ".join(part for part in parts if part)


def remarks(advice: "Sequence[Advice]") -> dict[str, Remark]:
    """The gravest open advice about each setting, by its key; an accepted one is a note."""
    found: dict[str, Remark] = {}
    for each in sorted(advice, key=lambda each: bool(each.accepted)):
        severity = "notes" if each.accepted else each.severity
        found.setdefault(each.key, Remark(severity, f"accepted: {each.accepted}" if each.accepted else each.message))
    return found


def _row(advice: "Advice") -> Row:
    def line(width: int) -> Line:
        if advice.accepted:
            return [("✓ ", "dim"), (one_line(f"{advice.message} — accepted: {advice.accepted}", width - 2), "dim")]
        glyph, ink = severity_mark(advice.severity)
        key = "f " if advice.fix else ""
        room = width - 3 - len(key)
        return [(f"{glyph} ", ink), (one_line(visible(advice.message), room).ljust(room + 1), ""), (key, "key")]

    return Row(name_of(advice), line)
