"""The recipe's file to read, which goes to a line as soon as it has a size."""

from collections.abc import Callable

from tui.widgets.reading import Reading


class FileText(Reading):
    """Lines of a file."""

    _wanted: Callable[[int], int | None] | None = None
    """Where to go, for a width; None once it is there."""

    def go_to(self, place: Callable[[int], int | None]) -> None:
        """Bring a line into view. `place`: which it is when the lines are made for a width; None: stay."""
        self._wanted = place
        self._go()

    def _fit(self) -> None:
        super()._fit()
        self._go()

    def _go(self) -> None:
        width = self.scrollable_content_region.width
        if self._wanted is None or width <= 0:
            return
        place, self._wanted = self._wanted(width), None
        if place is not None:
            top = max(0, place - self.size.height // 2)
            self.call_after_refresh(self.scroll_to, y=top, animate=False, force=True)
