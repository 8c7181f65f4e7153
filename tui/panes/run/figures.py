"""The line of figures above the charts; made for the width there is, whenever that is known or changes."""

from engine.run_state import RunState
from tui.panes.run.answer import figures
from tui.widgets.painted import Line, Painted


class Figures(Painted):
    """Losses, and when it ends."""

    def __init__(self) -> None:
        super().__init__(id="figures")
        self._state: RunState | None = None
        self._smoothed: float | None = None

    def show(self, state: RunState | None, smoothed: float | None) -> None:
        """Show the figures of a run; None for none."""
        self._state, self._smoothed = state, smoothed
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """One line."""
        return [figures(self._state, width, self._smoothed)] if self._state is not None else []
