"""An imported source: every row on disk, memory-mapped. Opening costs a small file; a row, the pages it lies on."""

import contextlib
import mmap
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from engine.data.records import BadRow, Row
from engine.errors import DataError
from engine.files import make_folder

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.data.importing.kept import Manifest
    from engine.data.importing.part import Part

_OPEN_BATCHES = 16
"""Batches whose rows are kept as Python objects, so that the list and its neighbours are made once."""
_SLICE_ROWS = 64
"""Rows made at once when one is asked for: a screenful."""


class RowStore:
    """The rows of a source, by number from 0, in the order of its files. It is a `Records`.

    Threads may read from one store at the same time. Its files are open from the beginning: a newer import that takes
    their place does not change what is read.
    """

    def __init__(self, folder: Path, manifest: "Manifest") -> None:
        self.folder = folder
        self.manifest = manifest
        self.path = Path(manifest.source)
        """The source."""
        self._first = list(accumulate((part.rows for part in manifest.parts), initial=0))
        self._batches = [list(accumulate(part.batches, initial=0)) for part in manifest.parts]
        self._maps = [_map(folder / part.file) for part in manifest.parts]
        self._reader = lru_cache(None)(self._open_part)
        self._slice = lru_cache(_OPEN_BATCHES)(self._read_slice)

    @property
    def count(self) -> int:
        """Rows there are."""
        return self._first[-1]

    @property
    def digest(self) -> str:
        """Names the source's content: sources with the same bytes have the same."""
        return self.manifest.digest

    @cached_property
    def bad(self) -> list[BadRow]:
        """The lines of the source that are no row."""
        from engine.data.importing.kept import BAD

        return msgspec.json.decode((self.folder / BAD).read_bytes(), type=list[BadRow])

    @cached_property
    def splits(self) -> dict[str, list[range]]:
        """Rows of each named split of the source, by name; {} where its files name none."""
        found: dict[str, list[range]] = {}
        for part, first in zip(self.manifest.parts, self._first, strict=False):
            if part.split and part.rows:
                found.setdefault(part.split, []).append(range(first, first + part.rows))
        return found

    @cached_property
    def fields(self) -> dict[str, str]:
        """The kind of each top-level field, in the order in which they were met."""
        from engine.data.importing.shape import merged

        return dict(merged(part.shape for part in self.manifest.parts))

    def row(self, number: int) -> Row:
        """One row."""
        if not 0 <= number < self.count:
            raise IndexError(number)
        part, batch, place = self._find(number)
        return self._slice(part, batch, place // _SLICE_ROWS)[place % _SLICE_ROWS]

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows in order, a batch at a time in memory."""
        from engine.data.importing.columns import rebuild

        stop = self.count if stop is None else min(stop, self.count)
        for first, batch, part in self.batches(start, stop):
            low, high = max(start - first, 0), min(stop - first, batch.num_rows)
            yield from rebuild(part.shape, batch.slice(low, high - low))

    def batches(self, start: int = 0, stop: int | None = None) -> "Iterator[tuple[int, pa.RecordBatch, Part]]":
        """(number of its first row, record batch, its part) of each batch that has rows from `start` up to `stop`.

        The pages of a part that was gone through are given back: they count as this process's memory while they are
        mapped, and come again, from the system's cache, when they are read again.
        """
        stop = self.count if stop is None else stop
        for place, part in enumerate(self.manifest.parts):
            first = self._first[place]
            if first >= stop:
                return
            for batch, offset in enumerate(self._batches[place][:-1]):
                begins, ends = first + offset, first + self._batches[place][batch + 1]
                if ends > start and begins < stop:
                    yield begins, self._reader(place).get_batch(batch), part
            self._maps[place].madvise(mmap.MADV_DONTNEED)

    def line(self, number: int) -> tuple[str, int]:
        """(file, line) of a row in its source; the file is "" where the source is one. Of an array: the item."""
        part, batch, place = self._find(number)
        found = self.manifest.parts[part]
        return found.source, found.before + int(self._reader(part).get_batch(batch).column(0)[place].as_py())

    def _find(self, number: int) -> tuple[int, int, int]:
        """(part, batch, place in the batch) of a row."""
        from bisect import bisect_right

        part = bisect_right(self._first, number) - 1
        inside = number - self._first[part]
        batch = bisect_right(self._batches[part], inside) - 1
        return part, batch, inside - self._batches[part][batch]

    def _open_part(self, part: int) -> "pa.ipc.RecordBatchFileReader":
        import pyarrow as pa

        try:
            return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(self._maps[part])))
        except pa.ArrowException as error:
            path = self.folder / self.manifest.parts[part].file
            raise DataError(f"{path}: an imported file is broken: delete its folder to import again") from error

    def _read_slice(self, part: int, batch: int, number: int) -> list[Row]:
        from engine.data.importing.columns import rebuild

        found = self._reader(part).get_batch(batch).slice(number * _SLICE_ROWS, _SLICE_ROWS)
        return rebuild(self.manifest.parts[part].shape, found)


def _map(path: Path) -> mmap.mmap:
    """A file's bytes, which come into memory where they are read. An own map, whose pages can be given back."""
    try:
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: an imported file is gone or broken: delete its folder to import again") from error


def open_store(
    path: Path,
    folder: Path,
    *,
    key: str = "data.source",
    tell: Callable[[int, int], object] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RowStore:
    """The rows of a source, imported below `folder` first where that is not done or the source has changed.

    `key`: the recipe's key that names the source, for the mend. `tell(bytes done, bytes there are)`. Raises DataError
    when there is none or it holds no rows, Cancelled when `cancelled` says so.
    """
    from engine.data.importing.kept import find_manifest, place_of
    from engine.data.importing.run import import_source

    manifest = find_manifest(path, folder, key) or import_source(path, folder, key=key, tell=tell, cancelled=cancelled)
    return RowStore(place_of(path, folder), manifest)


def find_store(path: Path, folder: Path, key: str = "data.source") -> RowStore | None:
    """The rows of a source that is imported already and has not changed since. Raises DataError without a source."""
    from engine.data.importing.kept import find_manifest, place_of

    manifest = find_manifest(path, folder, key)
    return None if manifest is None else RowStore(place_of(path, folder), manifest)


def source_bytes(path: Path, key: str = "data.source") -> int:
    """Bytes of a source's files: what an import has to read. Raises DataError without a source."""
    from engine.data.importing.source import source_files

    return sum(file.path.stat().st_size for file in source_files(path, key))


def move_import(path: Path, folder: Path, to: Path) -> None:
    """Move the import of a source from one folder to another, if there is one; where it cannot be, it stays."""
    from engine.data.importing.kept import place_of

    place = place_of(path, folder)
    if place.is_dir():
        make_folder(to)
        with contextlib.suppress(OSError):
            place.rename(place_of(path, to))
