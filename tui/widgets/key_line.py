"""The footer: the keys of the context, as many as fit, the ones nearest to the focus first."""

from textual import events
from textual.screen import Screen

from tui.widgets.painted import Line, Painted, cells

ALWAYS = ("question_mark", "ctrl+p")
"""Keys that stay at the right however narrow it is: from them every other can be found."""

TERSE = 60
"""Below this many columns those keys stand without their words."""


class KeyLine(Painted):
    """One line of keys and what they do. A click presses the key."""

    DEFAULT_CSS = """
    KeyLine { height: 1; dock: bottom; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed_bindings)

    def _changed_bindings(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.call_later(self.repaint)

    def paint(self, width: int, height: int) -> list[Line]:
        """Keys from the left, help and palette at the right."""
        keys = self._keys()
        right = [entry if width >= TERSE else (entry[0], entry[1], "") for entry in keys if entry[0] in ALWAYS]
        room = width - cells(_joined(right)) - 1
        left: list[tuple[str, str, str]] = []
        for entry in keys:
            if entry[0] not in ALWAYS and cells(_joined([*left, entry])) <= room:
                left.append(entry)
        line = _joined(left)
        gap: Line = [(" " * max(0, room + 1 - cells(line)), "")]
        self._places = _spots(left, 0) + _spots(right, cells(line) + cells(gap))
        return [[*line, *gap, *_joined(right)]]

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        for start, end, key in self._places:
            if start <= event.x < end:
                self.app.simulate_key(key)

    def _keys(self) -> list[tuple[str, str, str]]:
        """(key, how it is written, what it does) of bindings that work now, each action once."""
        focused = self.screen.focused
        found: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            typed = binding.key if len(binding.key) == 1 else {"question_mark": "?"}.get(binding.key)
            swallowed = focused is not None and focused.check_consume_key(binding.key, typed)
            if not binding.show or not active.enabled or (swallowed and not binding.priority):
                continue
            found.setdefault(binding.action, (binding.key, self.app.get_key_display(binding), binding.description))
        return list(found.values())


def _joined(entries: list[tuple[str, str, str]]) -> Line:
    line: Line = []
    for _, key, label in entries:
        line += [(f" {key}", "key"), (f" {label} " if label else " ", "dim")]
    return line


def _spots(entries: list[tuple[str, str, str]], start: int) -> list[tuple[int, int, str]]:
    """Where each key stands: (first cell, cell after the last, key)."""
    spots = []
    for entry in entries:
        end = start + cells(_joined([entry]))
        spots.append((start, end, entry[0]))
        start = end
    return spots
