"""The lines of a form: what is shown of the settings, where one is, and moving among them.

All lines are painted by one widget: a widget for each of a hundred settings would take half a second to come up.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from textual.binding import Binding, BindingType
from textual.message import Message

from engine.recipe_form import FieldSpec, advised_words, has_effect, outside_advice
from tui.panes.recipe.arranging import Arranged, arranged, best
from tui.panes.recipe.draft import FieldState, Trial, Values
from tui.panes.recipe.entry import Entry
from tui.panes.recipe.field_line import VALUE_AT, LineState, Remark, field_line
from tui.widgets.painted import Line, Painted, cells

_OFFERED = 6
"""Endings that are shown of what is typed."""
_WHEEL = 3
_AIRY = 16
"""Lines from which groups stand apart."""


class Edited(Protocol):
    """What a form edits: a recipe's draft, or one reward of it."""

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """The settings."""

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back that can be made again."""

    def state(self, spec: FieldSpec) -> FieldState:
        """A setting as a form shows it."""

    def try_out(self, spec: FieldSpec, value: Any) -> Trial:
        """What would come of a value."""

    def set(self, spec: FieldSpec, value: Any) -> bool:
        """Change a setting; whether anything was written."""

    def leave(self, spec: FieldSpec, value: Any) -> None:
        """Keep what was being typed when the studio was left."""

    def undo(self) -> FieldSpec | None:
        """Take the last change back."""

    def redo(self) -> FieldSpec | None:
        """Make it again."""


class FormLines(Painted, can_focus=True):
    """Settings under their groups, one of them chosen."""

    DEFAULT_CSS = "FormLines { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "move(-1000)", "first", show=False),
        Binding("end,G", "move(1000)", "last", show=False),
        Binding("left_curly_bracket", "group(-1)", "group before", show=False),
        Binding(
            "right_curly_bracket", "group(1)", "next group", show=False, tooltip="the next group; { the one before"
        ),
    ]

    class Chosen(Message):
        """Another setting was chosen, or the chosen one's state changed."""

        def __init__(self, form: "FormLines", spec: FieldSpec, trial: Trial | None = None) -> None:
            """`trial`: what would come of what is being typed."""
            super().__init__()
            self.form = form
            self.spec = spec
            self.trial = trial

    def __init__(
        self, edited: Edited, *, id: str = "recipe-form", headings: bool = True, together: bool = False
    ) -> None:
        """`together`: who hears `Chosen` calls `repaint` with all else that it shows.

        One frame is then enough. Textual paints the first at once and a second up to two of its beats, 33 ms, later.
        """
        super().__init__(id=id)
        self._together = together
        self._stale = False
        self.edited = edited
        self.chosen: FieldSpec = edited.specs[0]
        """The chosen setting."""
        self._headings = headings
        self._states: dict[str, FieldState] = {}
        self._values: Values = {}
        self._remarks: Mapping[str, Remark] = {}
        self._tiny: bool | None = None
        self._arranged = Arranged((), 0)
        self._search = ""
        self._everything = False
        self._top = 0
        self._entry: Entry | None = None
        self._trial: Trial | None = None

    def on_mount(self) -> None:
        """Begin at the top."""
        self.show()

    @property
    def editing(self) -> bool:
        """Whether a value is being typed."""
        return self._entry is not None

    @property
    def trial(self) -> Trial | None:
        """What would come of what is being typed; None while nothing is."""
        return self._trial

    @property
    def state(self) -> FieldState:
        """The chosen setting's state."""
        return self._states.get(self.chosen.key) or self.edited.state(self.chosen)

    @property
    def values(self) -> Values:
        """Every setting's value by key, as shown."""
        return self._values

    def show(self, trial: Trial | None = None) -> None:
        """Show what is edited as it is."""
        self._states = self._states_now()
        self._values = {key: state.value for key, state in self._states.items()}
        self._arrange()
        self._announce(trial)

    def _announce(self, trial: Trial | None = None) -> None:
        self._stale = True
        self._scroll(self.content_size.height)
        if not self._together:
            self.repaint()
        self.post_message(self.Chosen(self, self.chosen, trial))

    def repaint(self) -> None:
        """Paint what differs."""
        self._stale = False
        super().repaint()

    def take_up(self) -> None:
        """What is edited may have changed elsewhere: show it if it has."""
        if self._states_now() != self._states:
            self.show()

    def _states_now(self) -> dict[str, FieldState]:
        return {spec.key: self.edited.state(spec) for spec in self.edited.specs}

    def edit_other(self, edited: Edited) -> None:
        """Edit something else from now on."""
        self.edited, self._top = edited, 0
        if self.chosen not in edited.specs:
            self.chosen = edited.specs[0]
        self.show()

    def remark(self, remarks: Mapping[str, Remark], *, tiny: bool | None = None) -> None:
        """Show other advice beside the settings.

        `tiny`: whether the base is smaller than what ranges are advised for; None where that is not known.
        """
        if self._stale or (remarks, tiny) != (self._remarks, self._tiny):
            self._remarks, self._tiny = remarks, tiny
            self.repaint()

    @property
    def tiny(self) -> bool | None:
        """Whether the base is smaller than what ranges are advised for; None where that is not known."""
        return self._tiny

    def choose(self, spec: FieldSpec) -> None:
        """Choose a setting; one that a search has left out ends the search."""
        self.chosen = spec
        if self._search and spec not in self._arranged.specs:
            self._search = ""
        self.show()

    def filter(self, text: str) -> int:
        """Show only settings that a search finds; how many there are."""
        self._search, self._top = text, 0
        self._arrange()
        shown = self._arranged.specs
        found = best(shown, text) if text.strip() else None
        if found is not None:
            self.chosen = found
        self.show()
        return len(shown)

    def _arrange(self) -> None:
        self._arranged = arranged(
            self.edited.specs, self._states, search=self._search, everything=self._everything, keep=self.chosen,
            airy=self.size.height >= _AIRY, headings=self._headings,
        )  # fmt: skip

    def on_resize(self) -> None:
        """There may be room for empty lines now, or no more."""
        self._arrange()
        self.repaint()

    # Painting

    def paint(self, width: int, height: int) -> list[Line]:
        """The lines around the chosen setting, and how far down they are."""
        items = self._arranged.items
        if not items:
            return [[("   nothing has these words: esc shows all", "dim")]]
        self._scroll(height)
        lines: list[Line] = []
        for item in items[self._top : self._top + height]:
            if item.spec is not None:
                lines.append(field_line(item.spec, self._line_state(item.spec), width - 1))
            elif item.words:
                lines.append([(f" {item.words}", "dim" if "without effect" in item.words else "accent")])
            else:
                lines.append([])
        if len(items) > height:
            lines = [_with_bar(line, width, bar) for line, bar in zip(lines, self._bar(height), strict=False)]
        if self._entry is not None:
            self._place_entry()
        return lines

    def _scroll(self, height: int) -> None:
        """Keep the chosen setting in view, with its group's name where it is the first."""
        place = self._arranged.place(self.chosen)
        if place is not None and height and not self._wheeled:
            first = place - 1 if place and self._arranged.items[place - 1].spec is None else place
            last = len(self._arranged.items) - 1 if self.chosen == self._arranged.specs[-1] else place
            self._top = min(max(self._top, last - height + 1), first)
        self._top = max(0, min(self._top, len(self._arranged.items) - height))

    _wheeled = False
    """Whether the wheel has moved the lines since a key did."""

    def _bar(self, height: int) -> list[str]:
        """A scrollbar of characters."""
        count = len(self._arranged.items)
        size = max(1, round(height * height / count))
        start = round(self._top / max(1, count - height) * (height - size))
        return ["▐" if start <= y < start + size else " " for y in range(height)]

    def _line_state(self, spec: FieldSpec) -> LineState:
        active = self.has_focus or self.editing
        chosen = spec == self.chosen and (active or self._headings)  # beside a list there is one cursor, where keys go
        state = self._states[spec.key]
        typed = offered = None
        if chosen and self._entry is not None:
            typed = self._trial.problem if self._trial is not None else state.problem
            offered = "  ".join(self._entry.offers[:_OFFERED])
        return LineState(
            state, self._remark(spec, state), chosen, active, has_effect(spec, self._values),
            typed, offered or "", advised_words(spec, self._values, tiny=self._tiny),
        )  # fmt: skip

    def _remark(self, spec: FieldSpec, state: FieldState) -> Remark | None:
        """Advice about a setting; where there is none, that its value is outside what is advised."""
        if spec.key in self._remarks or state.problem:
            return self._remarks.get(spec.key)
        words = self.outside(spec)
        return Remark("notes", words) if words else None

    def outside(self, spec: FieldSpec) -> str:
        """That a setting's value is outside what is advised; "" where it is not, or the setting has no effect."""
        if not has_effect(spec, self._values):
            return ""
        return outside_advice(spec, self._values.get(spec.key), self._values, tiny=self._tiny)

    def on_focus(self) -> None:
        """The mark of the chosen row becomes bright."""
        self.repaint()

    def on_blur(self) -> None:
        """The mark of the chosen row becomes dim."""
        self.repaint()

    # Moving

    def action_move(self, by: int) -> None:
        """Choose a setting further down or up."""
        specs = self._arranged.specs
        if not specs:
            return
        here = specs.index(self.chosen) if self.chosen in specs else 0
        self._go(specs[min(max(0, here + by), len(specs) - 1)])

    def action_page(self, direction: int) -> None:
        """Choose a setting a page away."""
        self.action_move(direction * max(1, self.content_size.height - 3))

    def action_group(self, by: int) -> None:
        """Choose the first setting of the next group, or of the one before."""
        specs = self._arranged.specs
        firsts = [
            spec for place, spec in enumerate(specs) if not place or specs[place - 1].group != spec.group
        ]  # fmt: skip
        here = next((place for place, spec in enumerate(firsts) if spec.group == self.chosen.group), 0)
        if firsts:
            self._go(firsts[min(max(0, here + by), len(firsts) - 1)])

    def _go(self, spec: FieldSpec) -> None:
        self._wheeled = False
        self.chosen = spec
        self._announce()

    def on_mouse_scroll_down(self) -> None:
        """Move the lines."""
        self._wheel(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Move the lines."""
        self._wheel(-_WHEEL)

    def _wheel(self, by: int) -> None:
        if not self.editing:
            self._wheeled = True
            self._top += by
            self.repaint()

    def _place_entry(self) -> None:
        place = self._arranged.place(self.chosen)
        if self._entry is not None and place is not None:
            self._entry.styles.offset = (VALUE_AT, place - self._top)


def _with_bar(line: Line, width: int, bar: str) -> Line:
    return [*line, (" " * max(0, width - 1 - cells(line)), ""), (bar, "dim")]
