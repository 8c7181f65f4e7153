"""A step's figures in a quarter of a dictionary's memory: what a run of 100,000 steps is kept in."""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from struct import Struct, error

_NAME_SETS = 256
"""Sets of names that are shared; a run has few: some of kto's batches hold no good answer, some no bad one."""


class PackedFigures(Mapping[str, float | None]):
    """An immutable mapping like the one it was made of. Values lie as doubles side by side, NaN for None; the names
    are shared with all steps that have the same."""

    __slots__ = ("_cells", "_names")

    def __init__(self, figures: Mapping[str, float | None]) -> None:
        self._names, layout = _shared(tuple(figures))
        try:
            self._cells = layout.pack(*figures.values())
        except error:  # some were not finite
            self._cells = layout.pack(*(math.nan if value is None else value for value in figures.values()))

    def __getitem__(self, name: str) -> float | None:
        try:
            place = self._names.index(name)
        except ValueError:
            raise KeyError(name) from None
        value: float = _ONE.unpack_from(self._cells, _ONE.size * place)[0]
        return None if math.isnan(value) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


def packed(figures: Mapping[str, float | None]) -> PackedFigures:
    """The same figures, packed; steps without any share one object."""
    return PackedFigures(figures) if figures else _NONE


@lru_cache(maxsize=_NAME_SETS)
def _shared(names: tuple[str, ...]) -> tuple[tuple[str, ...], Struct]:
    return names, Struct(f"={len(names)}d")


_ONE = Struct("=d")
_NONE = PackedFigures({})
