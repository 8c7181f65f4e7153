"""Places of rows in ascending order: a numpy array that behaves as a sequence of whole numbers."""

from collections.abc import Iterable, Iterator, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Places(Sequence[int]):
    """Rows of one side, 8 bytes each; 80 MB hold ten million. Empty is false, as of any sequence."""

    __slots__ = ("array",)

    def __init__(self, places: "Iterable[int] | NDArray[np.int64]" = ()) -> None:
        import numpy as np

        held = places if isinstance(places, np.ndarray) else np.fromiter(places, dtype=np.int64)
        self.array: NDArray[np.int64] = held.astype(np.int64, copy=False)

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[int]:
        for start in range(0, len(self.array), 4096):
            yield from self.array[start : start + 4096].tolist()

    @overload
    def __getitem__(self, place: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> "Places": ...
    def __getitem__(self, place: Any) -> "int | Places":
        return Places(self.array[place]) if isinstance(place, slice) else int(self.array[place])

    def __contains__(self, place: object) -> bool:
        try:
            number = index(place)  # type: ignore[arg-type]
        except TypeError:
            return False
        found = int(self.array.searchsorted(number))
        return found < len(self.array) and int(self.array[found]) == number

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Places):
            return bool(self.array.shape == other.array.shape and (self.array == other.array).all())
        return isinstance(other, Sequence) and self.array.tolist() == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> "NDArray[np.int64]":
        array = self.array if dtype is None else self.array.astype(dtype, copy=False)
        return array.copy() if copy else array

    def __repr__(self) -> str:
        return f"Places({len(self.array)} rows)"

    def tolist(self) -> list[int]:
        """As a list."""
        return self.array.tolist()  # type: ignore[no-any-return]


class Rest(Places):
    """The places up to a count that are on none of some other sides; the array is made when it is asked for."""

    __slots__ = ("_count", "_made", "_taken")

    def __init__(self, count: int, *taken: Places) -> None:
        """`taken`: the other sides; no place is on two of them."""
        self._count = count
        self._taken = taken
        self._made: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return self._count - sum(map(len, self._taken))

    @property
    def array(self) -> "NDArray[np.int64]":  # type: ignore[override]  # a slot there, made late here
        """The places, rising."""
        import numpy as np

        if self._made is None:
            free = np.ones(self._count, dtype=np.bool_)
            for side in self._taken:
                free[side.array] = False
            self._made = np.flatnonzero(free)
        return self._made
