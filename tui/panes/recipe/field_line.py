"""One setting on one line: its marks, its name, its value, and what there is to say about it."""

from dataclasses import dataclass

from rich.cells import cell_len

from engine.recipe_form import FieldSpec, entry
from tui.panes.recipe.draft import FieldState
from tui.visible import one_line, visible
from tui.widgets.painted import Ink, Line, cells, fit

LABEL_CELLS = 23
VALUE_CELLS = 18
NUMBER_CELLS = 14
VALUE_AT = 5 + LABEL_CELLS
"""The column in which values begin."""
_LEAST_NOTE = 5
_GAP = 2
"""Between a value and what there is to say about it."""
_LEAST_VALUE = 6
"""Where something is wrong, what is wrong takes the room."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What advice there is about a setting."""

    severity: str
    """blocks, warns or notes."""
    words: str


@dataclass(frozen=True, slots=True)
class LineState:
    """What a line shows."""

    field: FieldState
    remark: Remark | None = None
    chosen: bool = False
    active: bool = False
    """Whether the form has the focus."""
    effect: bool = True
    """Whether the setting does anything with the others as they are."""
    typed: str | None = None
    """What is wrong with what is typed right now; None while nothing is typed."""
    offers: str = ""
    """What the word being typed may become."""
    advised: str = ""
    """What is advised with the other settings as they are."""


def field_line(spec: FieldSpec, state: LineState, width: int) -> Line:
    """The line in a width."""
    line: Line = [("▸ " if state.chosen else "  ", "key" if state.active else "dim"), *_marks(state), (" ", "")]
    name: Ink = "bold" if state.chosen else "" if state.effect else "dim"
    line.append((fit(spec.label, LABEL_CELLS), name))
    note = _note(spec, state)
    if state.typed is not None:
        line.append((" " * (NUMBER_CELLS + 1), ""))
    else:
        value = _value(spec, state)
        room = _value_room(cell_len(value), note, width - cells(line) - _GAP)
        line.append((fit(value or "—", room) + " " * _GAP, _value_ink(state, bool(value))))
    room = width - cells(line)
    if note and room >= _LEAST_NOTE:
        line.append((one_line(note[0], room).replace("……", "…"), note[1]))
    return line


def _value_room(value: int, note: tuple[str, Ink] | None, room: int) -> int:
    """Cells for a value of a width: a column, or as few as it needs where the note is too long to stand beside one."""
    if note is None:
        return max(1, room)
    least = _LEAST_VALUE if note[1] == "error" else VALUE_CELLS
    column = min(room, max(least, min(value, room - VALUE_CELLS)))
    if cell_len(note[0]) > room - column:
        column = min(column, max(value, _LEAST_VALUE))
    return max(1, column)


def _value(spec: FieldSpec, state: LineState) -> str:
    value = visible(entry(spec, state.field.value))
    return f"‹ {value} ›" if state.chosen and spec.kind in ("choice", "switch") else value


def _note(spec: FieldSpec, state: LineState) -> tuple[str, Ink] | None:
    """The most pressing thing to say."""
    field = state.field
    problem = field.problem if state.typed is None else state.typed
    if problem:
        return f"✗ {problem}", "error"
    if state.typed is not None:
        words = state.offers or spec.bounds.words
        return (words, "dim") if words else None
    if state.remark is not None and state.remark.severity != "notes":
        glyph, ink = _SEVERITIES[state.remark.severity]
        return f"{glyph} {state.remark.words}", ink
    if not state.effect:
        return "no effect here", "dim"
    return _quiet_note(spec, state)


def _quiet_note(spec: FieldSpec, state: LineState) -> tuple[str, Ink] | None:
    field = state.field
    if state.remark is not None:
        return f"· {state.remark.words}", "dim"
    if field.as_template is False and spec.kind not in ("text", "table"):
        return f"template {entry(spec, field.template) or 'empty'}", "dim"
    if not field.default and spec.kind not in ("text", "table", "list"):
        return f"default {entry(spec, spec.default) or 'empty'}", "dim"
    advised = f"advised {state.advised}" if state.advised else ""
    words = " · ".join(part for part in (spec.unit, advised) if part)
    return (words, "dim") if words else None


_SEVERITIES: dict[str, tuple[str, Ink]] = {"blocks": ("✗", "error"), "warns": ("!", "warn"), "notes": ("·", "dim")}
"""Mark and ink of each severity of advice."""


def severity_mark(severity: str) -> tuple[str, Ink]:
    """How a severity is marked, everywhere the same."""
    return _SEVERITIES.get(severity, _SEVERITIES["notes"])


def _marks(state: LineState) -> Line:
    """✗ wrong or in the way, ! a warning, · a note; then ● changed, ○ as the template but not the default."""
    field = state.field
    first: Line = [(" ", "")]
    if field.problem:
        first = [("✗", "error")]
    elif state.remark is not None:
        first = [severity_mark(state.remark.severity)]
    if field.changed:
        return [*first, ("●", "accent")]
    return [*first, (" " if field.default else "○", "dim")]


def _value_ink(state: LineState, given: bool) -> Ink:
    if state.field.problem:
        return "error"
    if not given or not state.effect:
        return "dim"
    return "bold" if state.field.changed else ""
