"""Four small charts in a row: the figures that explain a loss curve."""

from engine.run_state import RunState
from tui.panes.run.plots import SMALL, small_curve, small_title
from tui.panes.run.series import Series
from tui.widgets.chart import sparkline
from tui.widgets.painted import Line, Painted, cells, fit

GAP = 2
BRIEF = {"learning rate": "rate", "grad norm": "grad"}


class SmallCharts(Painted):
    """Learning rate, gradient norm, tokens per second, memory: each with its newest value."""

    DEFAULT_CSS = """
    SmallCharts { height: 4; }
    """

    def __init__(self) -> None:
        super().__init__(id="small")
        self._series = Series()
        self._state: RunState | None = None

    def show(self, series: Series, state: RunState | None) -> None:
        """Show a run."""
        self._series, self._state = series, state
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The charts side by side; as many as have room."""
        if self._state is None or not self._series.steps.rows:
            return []
        many = max(1, min(len(SMALL), (width - 1) // 18))
        room = (width - 1) // many - GAP
        blocks = [self._block(name, room, height) for name in SMALL[:many]]
        return [[(" ", ""), *_beside(row, room)] for row in zip(*blocks, strict=True)]

    def _block(self, name: str, width: int, height: int) -> list[Line]:
        assert self._state is not None
        title, value = small_title(name, self._series)
        room = max(0, width - len(value) - 1)
        label = fit(title if len(title) <= room else BRIEF.get(title, title), room)
        curve, low, high = small_curve(name, self._series, self._state)
        return [[(f"{label} ", "dim"), (value, "")], *sparkline(curve, width, height - 1, low, high)]


def _beside(lines: tuple[Line, ...], width: int) -> Line:
    """Lines of neighbouring blocks as one line."""
    joined: Line = []
    for line in lines:
        joined += [*line, (" " * (width + GAP - cells(line)), "")]
    return joined
