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

    def show(self, now: Foreseen | None, was: "Forecast | None", problem: str) -> None:
        """Show another forecast; `problem`: why there is none."""
        self._now, self._was, self._problem = now, was, problem
        self.say()

    def lines(self, width: int) -> list[Line]:
        """The lines for a width."""
        if self._now is None:
            return [[(" Forecast", "bold")], [(f" {self._problem or _WAITING}", "dim")]]
        return forecast_lines(self._now, self._was, width)


class Gist(Painted):
    """The forecast on one line, where the panel is folded away."""

    DEFAULT_CSS = "Gist { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-gist")
        self._parts: list[Line] = []

    def show(self, now: Foreseen | None, was: "Forecast | None", problem: str) -> None:
        """Show another forecast; `problem`: why there is none."""
        self._parts = gist(now, was) if now is not None else [[(problem or _WAITING, "dim")]]
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As many parts as fit."""
        return [[(" ", ""), *fitting(self._parts, width - 2)]]
