"""Which panel is shown where there is no room for all of them."""

from typing import Literal

from tui.widgets.painted import Line, Painted, cells

PanelName = Literal["help", "forecast", "advice"]
PANELS: tuple[PanelName, ...] = ("help", "forecast", "advice")


class PanelTabs(Painted):
    """One line: the panels, the one that is shown in front."""

    DEFAULT_CSS = "PanelTabs { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-panels")
        self._panel: PanelName = "help"
        self._counts = ""

    def show(self, panel: PanelName, counts: str) -> None:
        """`counts`: how much advice there is, in words."""
        if (panel, counts) != (self._panel, self._counts):
            self._panel, self._counts = panel, counts
            self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """Names, and the key that turns them."""
        line: Line = [(" o ", "key")]
        for name in PANELS:
            line += [(f" {name} ", "front" if name == self._panel else "dim")]
        if self._counts and cells(line) + len(self._counts) + 3 <= width:
            line.append((f"  {self._counts}", "warn" if "✗" in self._counts or "!" in self._counts else "dim"))
        return [line]
