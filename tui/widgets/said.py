"""A widget as high as what it says: lines made for its width, laid out anew only when their number changes."""

from tui.widgets.painted import Line, Painted

_LEAST_WIDTH = 20
"""Before the first layout a widget has no width yet."""


class Said(Painted):
    """As many lines as there is to say."""

    _said = 0
    """Lines when it was last said."""

    def lines(self, width: int) -> list[Line]:
        """What there is to say now, for a width."""
        raise NotImplementedError

    def say(self) -> None:
        """What there is to say may have changed: paint it, and lay out anew where it takes more or fewer lines."""
        before, self._said = self._said, len(self.lines(max(_LEAST_WIDTH, self.content_size.width)))
        self.repaint()
        if self._said != before:
            self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as are painted."""
        return len(self.lines(width))

    def paint(self, width: int, height: int) -> list[Line]:
        """All of them."""
        return self.lines(width)
