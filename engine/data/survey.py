"""What one pass over all rows tells: how they are laid out, which can be used, and the side of the split of each.

A survey is kept on disk under a key that names all it depends on, so that it is made once.
"""

import hashlib
import json
import os
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.data.conversations import Layout, Unfit, recognise
from engine.data.examples import Examples
from engine.data.field import field_value
from engine.data.places import Places, Rest
from engine.data.records import BadRow, Records
from engine.data.split import SplitRows, prompt_of, split_keys
from engine.errors import Cancelled
from engine.files import make_folder, private, write_atomic
from engine.recipe import Data, Split
from engine.recipe import Mapping as RecipeMapping

VERSION = 4
"""Of a survey's files and of what makes them; another one is made anew."""
_TOLD_ROWS = 4096

Tell = Callable[[int, int], object]
"""Takes (rows done, rows there are)."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What is known of rows."""

    layout: Layout
    usable: Sequence[int]
    """Numbers of the rows that are examples, rising: a range where all are."""
    split: SplitRows
    """Places among the usable rows."""
    unfit_rows: Any
    """int64: numbers of the rows that are no examples, rising."""
    unfit_reasons: Any
    """uint16 of each of them: place in `reasons`."""
    reasons: tuple[str, ...]

    @cached_property
    def unfit(self) -> list[BadRow]:
        """Rows that are no examples; `line` is the row's number, from 1."""
        pairs = zip(self.unfit_rows.tolist(), self.unfit_reasons.tolist(), strict=True)
        return [BadRow(number + 1, 0, self.reasons[reason]) for number, reason in pairs]


def survey_key(digest: str, section: Data, *, keep_held_out: bool) -> str:
    """Names what a survey depends on: the rows, how they are read, and how they are split."""
    settings = section.model_dump(mode="json", exclude={"source", "held_out", "curate"})
    parts = [VERSION, digest, settings, keep_held_out]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def make_survey(
    records: Records,
    section: Data,
    *,
    name: str,
    keep_held_out: bool = True,
    named: Mapping[str, Sequence[range]] = MappingProxyType({}),
    tell: Tell = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Survey:
    """Go through all rows: once to recognise them, once to read them, and once more where a field divides them.

    `named`: rows of the splits that the source itself names; a random split keeps to them.
    Raises DataError when none can be used, Cancelled when `cancelled` says so.
    """
    from engine.data.splitting.keys import prompt_keys

    total = 2 * records.count

    def recognising(done: int, _: int) -> None:
        tell(done, total)

    layout = recognise(records, section.format, section.mapping, name, progress=recognising, cancelled=cancelled)
    reading = _Reading(records, layout, lambda done: tell(records.count + done, total), cancelled)
    keys = prompt_keys(reading.prompts())
    usable: Sequence[int] = Places(reading.usable) if reading.unfit else range(records.count)
    split = _split(records, layout, usable, keys, section, keep_held_out=keep_held_out)
    if section.split.by == "random" and set(named) & {"validation", "test"}:
        split = as_named(named, usable, keys, section.split, keep_held_out=keep_held_out)
    return Survey(layout, usable, split, *reading.faults())


def _split(
    records: Records, layout: Layout, usable: Sequence[int], keys: Any, section: Data, *, keep_held_out: bool
) -> SplitRows:
    """The sides, dealt out as if no row were repeated: copies train with their row, and are measured nowhere.

    So a step that balances changes nothing in what is measured on.
    """
    import numpy as np

    values = _values(records, layout, usable, section)
    copied = getattr(records, "copied", None)
    if copied is None or not copied.any():
        return split_keys(keys, section.split, keep_held_out=keep_held_out, values=values)
    copied = copied[np.asarray(usable, dtype=np.int64)]  # a row and its copies fit the layout alike
    firsts = np.flatnonzero(~copied)
    dealt = split_keys(
        keys[firsts], section.split, keep_held_out=keep_held_out, values=compress(values, (~copied).tolist())
    )
    trains = np.zeros(len(firsts), dtype=np.bool_)
    trains[dealt.train.array] = True
    train = np.flatnonzero(trains[np.cumsum(~copied) - 1])
    validation, held_out = (Places(firsts[side.array]) for side in (dealt.validation, dealt.held_out))
    return SplitRows(Places(train), validation, held_out, dealt.notes)


class _Reading:
    """One pass that makes examples of rows, and remembers those of which it cannot."""

    def __init__(
        self, records: Records, layout: Layout, tell: Callable[[int], object], cancelled: Callable[[], bool]
    ) -> None:
        self._records = records
        self._layout = layout
        self._tell = tell
        self._cancelled = cancelled
        self.usable = array("q")
        self.unfit = array("q")
        self._reason_of = array("H")
        self._reasons: dict[str, int] = {}

    def prompts(self) -> Iterator[str]:
        """The prompt of each row that is an example."""
        example, usable = self._layout.example, self.usable
        for number, row in enumerate(self._records.rows()):
            if number % _TOLD_ROWS == 0:
                if self._cancelled():
                    raise Cancelled
                self._tell(number)
            try:
                found = example(row)
            except Unfit as error:
                self.unfit.append(number)
                self._reason_of.append(self._reason(str(error)))
                continue
            usable.append(number)
            yield prompt_of(found)

    def faults(self) -> tuple[Any, Any, tuple[str, ...]]:
        """Numbers, places of reasons, reasons."""
        import numpy as np

        return np.array(self.unfit, np.int64), np.array(self._reason_of, np.uint16), tuple(self._reasons)

    def _reason(self, words: str) -> int:
        """A reason's place; past what 16 bits can name, all others share the last."""
        return self._reasons.setdefault(words, len(self._reasons)) if len(self._reasons) < 2**16 - 1 else 2**16 - 2


def as_named(
    named: Mapping[str, Sequence[range]], usable: Sequence[int], keys: Any, split: Split, *, keep_held_out: bool
) -> SplitRows:
    """The source's own validation and test rows on their sides; what it does not name is taken from its other rows."""
    import numpy as np

    code = np.zeros(max(ranges[-1].stop for ranges in named.values()), np.uint8)
    for side, number in (("validation", 1), ("test", 2)):
        for rows in named.get(side, ()):
            code[rows.start : rows.stop] = number
    code = np.concatenate([code, np.zeros(max(0, int(max(usable, default=-1)) + 1 - len(code)), np.uint8)])
    side_of = code[np.asarray(usable, dtype=np.int64)]
    rest = np.flatnonzero(side_of == 0)
    shares = {} if "validation" not in named else {"validation": 0.0}
    others = split_keys(
        keys[rest], split.model_copy(update=shares), keep_held_out=keep_held_out and "test" not in named
    )
    validation = np.flatnonzero(side_of == 1) if "validation" in named else rest[others.validation.array]
    held_out = np.flatnonzero(side_of == 2) if keep_held_out and "test" in named else rest[others.held_out.array]
    own = " and ".join(side for side in ("validation", "test") if side in named)
    notes = (f"{own} rows are the source's own",)
    return SplitRows(Places(rest[others.train.array]), Places(validation), Places(held_out), notes)


def _values(records: Records, layout: Layout, usable: Sequence[int], section: Data) -> Iterator[Any]:
    """What the rows are divided by, where that is not their prompts."""
    if not section.split.field:
        return (example.answer for example in Examples(records, layout, usable))
    chosen = set(usable) if len(usable) < records.count else None
    return (
        field_value(row, section.split.field)
        for number, row in enumerate(records.rows())
        if chosen is None or number in chosen
    )


def keep(survey: Survey, folder: Path, key: str) -> None:
    """Write a survey below `folder`: arrays first, the page that names them last."""
    import numpy as np

    make_folder(folder)
    arrays: dict[str, Any] = {
        "validation": survey.split.validation.array,
        "held_out": survey.split.held_out.array, "unfit_rows": survey.unfit_rows,
        "unfit_reasons": survey.unfit_reasons,
    }  # fmt: skip
    split = survey.split
    if len(split.train) + len(split.validation) + len(split.held_out) < len(survey.usable):
        arrays["train"] = split.train.array  # else it is the rest, which takes no room
    if isinstance(survey.usable, Places):
        arrays["usable"] = survey.usable.array
    beside = folder / f".{key}-{os.getpid()}-{threading.get_ident()}.npz"  # two panes may read the same rows at once
    with open(beside, "wb", opener=private) as file:
        np.savez(file, **arrays)
    beside.replace(folder / f"{key}.npz")
    layout = survey.layout
    page = {
        "format": layout.format, "mapping": layout.mapping.model_dump(), "fits": layout.fits, "rows": layout.rows,
        "guessed": layout.guessed, "shares": dict(layout.shares), "parts": list(layout.parts),
        "notes": list(survey.split.notes), "reasons": list(survey.reasons),
    }  # fmt: skip
    write_atomic(folder / f"{key}.json", json.dumps(page))


def find(folder: Path, key: str) -> Survey | None:
    """A survey that was kept under the key; None when there is none that can be read."""
    import numpy as np

    try:
        page = json.loads((folder / f"{key}.json").read_bytes())
        with np.load(folder / f"{key}.npz") as found:
            arrays = dict(found)
    except (OSError, ValueError, KeyError, EOFError):
        return None
    layout = Layout(
        format=page["format"], mapping=RecipeMapping(**page["mapping"]), fits=page["fits"], rows=page["rows"],
        guessed=page["guessed"], shares=page["shares"], parts=tuple((name, count) for name, count in page["parts"]),
    )  # fmt: skip
    usable: Sequence[int] = Places(arrays["usable"]) if "usable" in arrays else range(layout.rows)
    validation, held_out = Places(arrays["validation"]), Places(arrays["held_out"])
    train = Places(arrays["train"]) if "train" in arrays else Rest(len(usable), validation, held_out)
    split = SplitRows(train, validation, held_out, tuple(page["notes"]))
    faults = arrays["unfit_rows"], arrays["unfit_reasons"], tuple(page["reasons"])
    return Survey(layout, usable, split, *faults)
