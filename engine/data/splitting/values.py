"""What the recipe's way of splitting looks at besides prompts, gathered row by row without keeping texts."""

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.splitting.keys import order_times, text_key, value_text
from engine.errors import DataError
from engine.recipe import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

_NOTHING = text_key("")
_OWN = np.uint64(0x5851F42D4C957F2D)
"""Parts the keys of rows that stand alone from the hashes of values."""


class Values:
    """One value a row: hashes for stratified and group, the values themselves for time."""

    def __init__(self, split: Split) -> None:
        if split.by in ("group", "time") and not split.field:
            raise DataError(f'data.split.field: is empty: by = "{split.by}" needs the field that it looks at')
        self.split = split
        self._keys = array("Q")
        self._times: list[Any] = []

    def add(self, value: Any) -> None:
        """The next row's."""
        if self.split.by == "time":
            self._times.append(value)
        elif self.split.by != "random":
            self._keys.append(text_key(value_text(value)))

    def arrays(self, prompts: "Keys") -> tuple[dict[str, Any], list[str]]:
        """What `deal` takes, and what there is to say. Raises DataError when no row has the field."""
        if self.split.by == "random" or not len(prompts):
            return {}, []
        if self.split.by == "time":
            times, note = order_times(self._times)
            self._refuse_none(bool(np.isnan(times).all()))
            return {"times": times}, [note] if note else []
        keys = np.frombuffer(self._keys, dtype=np.uint64)
        unknown = keys == np.uint64(_NOTHING)
        self._refuse_none(bool(unknown.all()))
        if self.split.by == "stratified":
            return {"strata": keys}, [f"{len(np.unique(keys)):,} strata by {self.split.field or 'the answer'}"]
        note = f"{int(unknown.sum()):,} rows without {self.split.field} stand alone" if unknown.any() else ""
        return {"together": np.where(unknown, prompts ^ _OWN, keys)}, [note] if note else []

    def _refuse_none(self, none: bool) -> None:
        if none:
            raise DataError(
                f"data.split.field: no row has a value in {self.split.field or 'its answer'}: name a field that rows "
                'have, or set data.split.by to "random"'
            )
