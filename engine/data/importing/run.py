"""The whole import of a source."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import msgspec

from engine.data.importing import jsonl
from engine.data.importing.arrow_file import import_table
from engine.data.importing.delimited import import_delimited
from engine.data.importing.faults import FULL, errno_of
from engine.data.importing.json_file import import_document
from engine.data.importing.kept import (
    BAD,
    HASH_BYTES,
    MANIFEST,
    VERSION,
    Hashing,
    Manifest,
    place_of,
    put_in_place,
    stamps_of,
)  # fmt: skip
from engine.data.importing.part import Part, PartWriter
from engine.data.importing.shape import Shape
from engine.data.importing.source import SourceFile, open_bytes, reading, refuse_utf_16, source_files
from engine.data.importing.texts import import_texts
from engine.data.records import BadRow
from engine.errors import Cancelled, DataError
from engine.files import make_folder, private, write_atomic

PARALLEL_BYTES = 64 << 20
"""From this size on, JSON lines are read by several processes: starting one takes 0.3 s."""
RANGE_BYTES = 32 << 20
MOST_RANGES = 64
"""Each is a file of its own, which a reader opens."""

Tell = Callable[[int, int], object]
"""Takes (bytes done, bytes there are)."""


def import_source(
    path: Path,
    folder: Path,
    *,
    key: str = "data.source",
    tell: Tell = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Read a whole source once and leave its rows as Arrow files below `folder`.

    Raises DataError when it cannot be read or holds no rows, Cancelled when `cancelled` says so.
    """
    import time

    began = time.monotonic()
    files = source_files(path, key)
    stamps = stamps_of(files, path)
    place = place_of(path, folder)
    beside = place.with_name(f".{place.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        make_folder(beside)
        total = sum(size for _, size, _ in stamps)
        if not total:
            raise DataError(f"{path}: is empty: give a file with rows in it")
        work = _Import(beside, path, total, tell, cancelled)
        hashing = Hashing(files)
        parts, bad = work.run(files)
        if not any(part.rows for part in parts):
            first = f" (line {bad[0].line}: {bad[0].reason})" if bad else ""
            raise DataError(f"{path}: no usable rows{first}: nothing to train on")
        if stamps_of(source_files(path, key), path) != stamps:
            raise DataError(f"{path}: changed while it was read: read it again when it is complete")
        manifest = Manifest(
            version=VERSION, source=str(path.absolute()), stamps=stamps, digest=hashing.result(), bytes=total,
            parts=parts, bad_rows=len(bad), seconds=time.monotonic() - began,
        )  # fmt: skip
        write_atomic(beside / BAD, msgspec.json.encode(bad).decode())
        write_atomic(beside / MANIFEST, msgspec.json.encode(manifest).decode())
        put_in_place(beside, place)
    except OSError as error:
        number = errno_of(error)
        mend = "free some space" if number in FULL else "make it writable"
        why = f"{os.strerror(number) if number else error}: {mend}"
        raise DataError(f"{folder}: the rows of {path} cannot be kept: {why}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


@dataclass
class _Import:
    """One import at work."""

    place: Path
    source: Path
    total: int
    tell: Tell
    cancelled: Callable[[], bool]
    done: int = 0
    """Bytes of the files that are read whole."""
    made: int = 0
    """Parts begun."""

    def run(self, files: list[SourceFile]) -> tuple[list[Part], list[BadRow]]:
        """All files, one after the other."""
        parts: list[Part] = []
        bad: list[BadRow] = []
        for texts, group in groupby(files, key=lambda file: file.split if file.form == "text" else None):
            if texts is not None:
                part, faults = self._texts(list(group), texts)
                parts.append(part)
                bad += faults
                continue
            for file in group:
                for part, faults in self._file(file):
                    parts.append(msgspec.structs.replace(part, source=file.name, split=part.split or file.split))
                    bad += [replace(fault, file=file.name) for fault in faults]
                self.done += file.path.stat().st_size
                self.told(0)
        return parts, bad

    def _texts(self, files: list[SourceFile], split: str) -> tuple[Part, list[BadRow]]:
        """Text files of one split."""
        part, faults = import_texts(files, self.writer, self.told)
        self.done += sum(file.path.stat().st_size for file in files)
        return msgspec.structs.replace(part, split=split), faults

    def told(self, bytes_done: int) -> None:
        """Say how far the file is, and give up when asked to."""
        if self.cancelled():
            raise Cancelled
        self.tell(min(self.total, self.done + bytes_done), self.total)

    def writer(self, shape: Shape) -> PartWriter:
        """The next part."""
        self.made += 1
        return PartWriter(self.next_path(), shape)

    def next_path(self) -> Path:
        """Where the next part is written."""
        return self.place / f"part-{self.made:05}.arrow"

    def _file(self, file: SourceFile) -> Iterator[tuple[Part, list[BadRow]]]:
        with reading(file):
            size = file.path.stat().st_size
            if not size:
                if not file.name:
                    raise DataError(f"{file.path}: is empty: give a file with rows in it")
                return
            if file.form == "table":
                yield self._table(file), []
                return
            with open_bytes(file) as stream:
                head = stream.peek(4096)[:4096]  # type: ignore[attr-defined]
                if len(head) < 4096 and not head.removeprefix(jsonl.BOM).strip() and not file.name:
                    raise DataError(f"{file.path}: is empty: give a file with rows in it")
                refuse_utf_16(file, head)
                yield from self._text(file, size, head, stream)

    def _text(self, file: SourceFile, size: int, head: bytes, stream: object) -> Iterator[tuple[Part, list[BadRow]]]:
        name = str(file.path)

        def far(offset: int) -> None:  # of a compressed file more bytes are read than it has
            self.told(min(size, offset))

        if file.form in ("csv", "tsv"):
            yield import_delimited(stream, name, "," if file.form == "csv" else "\t", self.writer, far)  # type: ignore[arg-type]
        elif _is_document(file, head):
            yield from import_document(stream.read(), name, self.writer, "", lambda done: self.told(0))  # type: ignore[attr-defined]
        elif file.compression or size < PARALLEL_BYTES:
            yield jsonl.import_stream(stream, self.writer, far)  # type: ignore[arg-type]
        else:
            yield from self._ranges(file, size)

    def _table(self, file: SourceFile) -> Part:
        path = file.path
        if file.compression:
            path = self.place / f"plain{path.with_suffix('').suffix}"
            with open_bytes(file) as packed, open(path, "wb", opener=private) as plain:
                shutil.copyfileobj(packed, plain, HASH_BYTES)
        done = 0

        def tell(more: int) -> None:
            nonlocal done
            done += more
            self.told(min(done, file.path.stat().st_size))

        try:
            return import_table(path, str(file.path), self.writer, tell)
        finally:
            if file.compression:
                path.unlink(missing_ok=True)

    def _ranges(self, file: SourceFile, size: int) -> Iterator[tuple[Part, list[BadRow]]]:
        """JSON lines by several processes. A range's lines are counted from its own first, so they are moved here."""
        shape = jsonl.shape_of_file(file.path, size)
        ranges = jsonl.ranges(file.path, size, max(RANGE_BYTES, size // MOST_RANGES))
        workers = min(os.cpu_count() or 1, 8, len(ranges))
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = []
            for start, end in ranges:
                self.made += 1
                futures.append(pool.submit(jsonl.import_range, file.path, start, end, self.next_path(), shape))
            try:
                self._watch(futures, size)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        before = 0
        for future in futures:
            part, bad = future.result()
            bad = [replace(fault, line=fault.line + before) for fault in bad]
            yield msgspec.structs.replace(part, before=before), bad
            before += part.lines

    def _watch(self, futures: "list[Future[tuple[Part, list[BadRow]]]]", size: int) -> None:
        left = set(futures)
        while left:
            finished, left = wait(left, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            self.told(size * (len(futures) - len(left)) // len(futures))


def _is_document(file: SourceFile, head: bytes) -> bool:
    """Whether the file is one JSON document; JSON lines are often called .json, and arrays .jsonl."""
    text = head.removeprefix(jsonl.BOM).lstrip()
    if text.startswith(b"["):
        return file.form == "json" or _ends_with_bracket(file)
    first = text.partition(b"\n")
    try:
        msgspec.json.decode(first[0], type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return file.form == "json"
    return file.form == "json" and not first[2].strip()


def _ends_with_bracket(file: SourceFile) -> bool:
    """Whether an uncompressed file is all one array: it ends with `]`, and its first line is not one of many arrays."""
    if file.compression:
        return False
    with open(file.path, "rb") as source:
        first = source.readline(jsonl.BLOCK_BYTES)
        only = not source.read(64).strip()
        source.seek(max(0, file.path.stat().st_size - 64))
        last = source.read().rstrip()
    return last.endswith(b"]") and (only or not first.rstrip().endswith(b"]"))
