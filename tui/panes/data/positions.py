"""Where rows stand in the list: the next of some, and the one that a person names."""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.panes.data.shown import ShownRows
    from tui.panes.data.sources import RowsSource


class Positions:
    """Positions of sets of rows, each worked out once for what is listed."""

    def __init__(self) -> None:
        self._source: RowsSource | None = None
        self._kept: dict[str, list[int]] = {}

    def show(self, source: "RowsSource") -> None:
        """Other rows are listed."""
        self._source = source
        self._kept.clear()

    def forget(self, name: str) -> None:
        """A set has other rows."""
        self._kept.pop(name, None)

    def of(self, name: str, numbers: Any) -> list[int]:
        """Rising positions of the rows of a set that are listed. `numbers`: int64 of the set's rows, None for none."""
        if numbers is None or self._source is None:
            return []
        if name not in self._kept:
            self._kept[name] = self._source.positions(numbers).tolist()
        return self._kept[name]


def next_position(positions: list[int], cursor: int, *, back: bool = False, here: bool = False) -> int | None:
    """The position after `cursor` (before it with `back`; `here`: or `cursor` itself), around the end; None of none."""
    if not positions:
        return None
    if back:
        return positions[bisect_left(positions, cursor) - 1]
    place = bisect_left(positions, cursor) if here else bisect_right(positions, cursor)
    return positions[place % len(positions)]


def position_of_name(rows: "ShownRows", source: "RowsSource", text: str) -> tuple[int | None, str]:
    """(position, why it is not the one asked for) of the row with a number in the source, as a person types it.

    A number behind the last row's leads to the end; None where the cursor shall stay.
    """
    digits = text.replace(",", "")
    if not digits:
        return None, ""
    if not digits.isdecimal():
        return None, f"{text}: not a row's number"
    number = rows.named(int(digits))
    position = source.position(number) if number is not None else None
    if position is not None:
        return position, ""
    last = rows.store.count
    if int(digits) > last:
        return source.count - 1, f"row {digits} is not among the rows: the last is {last:,}"
    return None, f"row {digits} is not among the rows: it is not listed"
