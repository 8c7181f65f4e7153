"""What the recipe will cost before anything is spent, beside the form."""

from typing import TYPE_CHECKING

from tui.panes.recipe.forecast_lines import Foreseen, forecast_lines, gist
from tui.widgets.painted import Line, Painted, fitting
from tui.widgets.said import Said

if TYPE_CHECKING:
    from engine.forecast import Forecast

_WAITING = "reading model, data and machine …"


class ForecastPanel(Said):
    """All of the forecast."""

    DEFAULT_CSS = "ForecastPanel { height: auto; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-forecast")
        self._now: Foreseen | None = None
        self._was: Forecast | None = None
        self._problem = ""
        self._old = False
        self._most = (0, 0)
        """The width, and the most lines that were needed in it."""

    def show(self, now: Foreseen | None, was: "Forecast | None", problem: str, *, old: bool = False) -> None:
        """Show another forecast; `problem`: why there is none; `old`: the recipe has problems since."""
        if now is not self._now or (was, problem, old) != (self._was, self._problem, self._old):
            self._now, self._was, self._problem, self._old = now, was, problem, old
            self.say()

    def say(self) -> None:
        """Paint it; the panel grows where it must and never shrinks, so that nothing below it jumps about."""
        self.repaint()
        if self.size.width and self.get_content_height(None, None, self.size.width) > self.size.height:
            self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as were needed in this width so far."""
        before = self._most[1] if self._most[0] == width else 0
        self._most = (width, max(before, len(self.lines(width))))
        return self._most[1]

    def lines(self, width: int) -> list[Line]:
        """The lines for a width."""
        if self._now is None:
            return [[(" Forecast", "bold")], [(f" {self._problem or _WAITING}", "dim")]]
        return forecast_lines(self._now, self._was, width, old=self._old)


class Gist(Painted):
    """The forecast on one line, where the panel is folded away."""

    DEFAULT_CSS = "Gist { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-gist")
        self._parts: list[Line] = []

    def show(self, now: Foreseen | None, was: "Forecast | None", problem: str, *, old: bool = False) -> None:
        """Show another forecast; `problem`: why there is none; `old`: the recipe has problems since."""
        self._parts = gist(now, was, old=old) if now is not None else [[(problem or _WAITING, "dim")]]
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As many parts as fit."""
        return [[(" ", ""), *fitting(self._parts, width - 2)]]
