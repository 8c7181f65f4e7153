"""A line between two parts of a screen. Painted widgets have no borders of their own."""

from tui.widgets.painted import Line, Painted


class Divider(Painted):
    """One line across."""

    DEFAULT_CSS = "Divider { height: 1; }"

    def paint(self, width: int, height: int) -> list[Line]:
        """The line."""
        return [[("─" * width, "dim")]]
