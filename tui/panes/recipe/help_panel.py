"""What the chosen setting is, why, and what it may be: always in sight beside the form, or below it."""

from engine.recipe_form import FieldSpec, entry
from tui.panes.recipe.draft import FieldState
from tui.visible import visible
from tui.widgets.inked import wrap
from tui.widgets.painted import Line, Painted


class HelpPanel(Painted):
    """Help of one setting."""

    DEFAULT_CSS = "HelpPanel { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-help")
        self._spec: FieldSpec | None = None
        self._state: FieldState | None = None
        self._problem = ""
        self._warning = ""

    def show(self, spec: FieldSpec, state: FieldState, problem: str, warning: str) -> None:
        """Show a setting's help."""
        self._spec, self._state, self._problem, self._warning = spec, state, problem, warning
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As much as fits: the key, what is wrong, the help, the ranges."""
        if self._spec is None or self._state is None:
            return []
        room = width - 3
        blank: list[Line] = [[]] if height > 10 else []
        lines: list[Line] = [[(self._spec.key, "bold")]]
        lines += self._alerts(room) + blank + _wrapped(self._spec.help, room) + blank + self._facts(room)
        return [[(" ", ""), *line] for line in lines]

    def _alerts(self, room: int) -> list[Line]:
        assert self._state is not None
        if self._problem:
            kept = " Not written until it is mended." if self._state.waiting else ""
            return _wrapped(f"✗ {self._problem}.{kept}", room, "error")
        if self._warning:
            return _wrapped(f"! {self._warning}", room, "warn")
        return _wrapped("waits until the problems are mended", room, "warn") if self._state.waiting else []

    def _facts(self, room: int) -> list[Line]:
        spec = self._spec
        assert spec is not None
        facts = [
            ("default", "" if spec.required else entry(spec, spec.default) or "empty"),
            ("choices", ", ".join(spec.choices)),
            ("allowed", spec.bounds.words),
            ("advised", spec.advice),
            ("unit", spec.unit),
            (
                "typed as",
                {"list": "items with | between" if spec.separator == "|" else "items, with, commas"}.get(spec.kind, ""),
            ),
        ]
        lines: list[Line] = []
        for name, words in facts:
            for place, line in enumerate(_wrapped(words, room - 10) if words else []):
                lines.append([((name if not place else "").ljust(10), "dim"), *line])
        return lines


def _wrapped(text: str, width: int, ink: str = "") -> list[Line]:
    shown = visible(text)
    return wrap(shown, [ink] * len(shown), width)  # type: ignore[return-value]
