"""An append-only sequence whose old versions stay valid: what lets a pure fold keep a long series cheaply."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

Item = TypeVar("Item")


class Log(Sequence[Item], Generic[Item]):
    """An immutable sequence; `extended` shares storage with it, so adding k items costs O(k), not O(n).

    Versions share one list and each knows its own length. Extending the newest version appends to that list;
    extending an older one copies. Not safe to extend from two threads at once.
    """

    __slots__ = ("_items", "_length")

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items: list[Item] = list(items)
        self._length = len(self._items)

    def extended(self, items: Iterable[Item]) -> "Log[Item]":
        """A log of these items and then `items`."""
        new: Log[Item] = Log.__new__(Log)
        shared = self._items if len(self._items) == self._length else self._items[: self._length]
        shared.extend(items)
        new._items, new._length = shared, len(shared)
        return new

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self._items[place] for place in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._items[index if index >= 0 else self._length + index]

    def __iter__(self) -> Iterator[Item]:
        return (self._items[place] for place in range(self._length))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Log) and list(self) == list(other)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Log({list(self)!r})"
