"""Both values of a setting in full, one under the other: in a list they are cut off."""

from dataclasses import dataclass

from tui.panes.recipe.help_panel import wrapped
from tui.visible import one_line, visible
from tui.widgets.painted import Line, Painted

_NAMES = 15


@dataclass(frozen=True, slots=True)
class Both:
    """A setting's two values, as they are typed."""

    key: str
    whose: str
    """What the recipe is compared with."""
    theirs: str
    mine: str
    help: str


class BothValues(Painted):
    """Key, both values, and the help as far as there is room."""

    DEFAULT_CSS = "BothValues { height: 1fr; }"

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._both: Both | None = None

    def show(self, both: Both | None) -> None:
        """Show another setting; None: nothing."""
        if both != self._both:
            self._both = both
            self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The values come first."""
        both, room = self._both, max(1, width - 2)
        if both is None:
            return []
        lines: list[Line] = [[(visible(both.key), "bold")]]
        lines += _named(one_line(both.whose, _NAMES - 1), both.theirs, room)
        lines += _named("this recipe", both.mine, room)
        lines += wrapped(both.help, room)
        return [[(" ", ""), *line] for line in lines[:height]]


def _named(name: str, value: str, room: int) -> list[Line]:
    lines = wrapped(value or "—", room - _NAMES)
    return [[((name if not place else "").ljust(_NAMES), "dim"), *line] for place, line in enumerate(lines)]
