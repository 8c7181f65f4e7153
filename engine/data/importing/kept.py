"""What an import leaves, and when one that was made before can be used again."""

import contextlib
import shutil
import threading
from pathlib import Path

import msgspec
import xxhash

from engine.data.importing.part import Part
from engine.data.importing.source import SourceFile, source_files
from engine.errors import DataError
from engine.files import write_atomic

VERSION = 1
"""Of what an import leaves; another one is made anew."""
MANIFEST, BAD = "manifest.json", "bad.json"
HASH_BYTES = 8 << 20
"""Read at once."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an import remembers. Written last: where it is, the import is whole."""

    version: int
    source: str
    stamps: list[tuple[str, int, int]]
    """Each file's name, size and time of change when it was read."""
    digest: str
    """xxh3_128 of the source's bytes and of its files' names."""
    bytes: int
    parts: list[Part]
    bad_rows: int
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)


def place_of(path: Path, folder: Path) -> Path:
    """Where the import of a source lies below `folder`."""
    whole = str(path.absolute())
    return folder / f"{path.name[:40]}-{xxhash.xxh3_64_hexdigest(whole.encode('utf-8', 'surrogateescape'))[:12]}"


def find_manifest(path: Path, folder: Path, key: str = "data.source") -> Manifest | None:
    """What is remembered of a source's import, if the source has not changed since. Raises DataError without a source.

    A file with another time of change is hashed: the same content is the same import.
    """
    files = source_files(path, key)
    place = place_of(path, folder)
    manifest = read_manifest(place)
    if manifest is None:
        return None
    stamps = stamps_of(files, path)
    if manifest.stamps == stamps:
        return manifest
    if [entry[:2] for entry in manifest.stamps] != [entry[:2] for entry in stamps]:
        return None
    if digest_of(files) != manifest.digest:
        return None
    manifest = msgspec.structs.replace(manifest, stamps=stamps)
    write_atomic(place / MANIFEST, msgspec.json.encode(manifest).decode())
    return manifest


def read_manifest(place: Path) -> Manifest | None:
    """What the import in a folder remembers; None where there is none that is whole and of this version."""
    try:
        manifest = msgspec.json.decode((place / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None
    return manifest if manifest.version == VERSION else None


def stamps_of(files: list[SourceFile], path: Path) -> list[tuple[str, int, int]]:
    """Each file's name, size in bytes and time of change in ns. Raises DataError where one cannot be read."""
    try:
        return [(file.name, (status := file.path.stat()).st_size, status.st_mtime_ns) for file in files]
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read: {error.strerror}: make it readable") from error


def put_in_place(made: Path, place: Path) -> None:
    """Rename a complete import to its place. One that is there is moved away; who reads it keeps its open files."""
    old = made.with_name(f"{made.name}-old")
    with contextlib.suppress(FileNotFoundError):
        place.rename(old)
    try:
        made.rename(place)
    except OSError:  # another process was first; its import is of the same source
        if read_manifest(place) is None:
            raise
    shutil.rmtree(old, ignore_errors=True)


def digest_of(files: list[SourceFile]) -> str:
    """xxh3_128 of the files' names and bytes."""
    state = xxhash.xxh3_128()
    for file in files:
        state.update(file.name.encode("utf-8", "surrogateescape") + b"\0")
        with open(file.path, "rb") as source:
            while block := source.read(HASH_BYTES):
                state.update(block)
    return state.hexdigest()


class Hashing:
    """The digest of files, counted in a thread beside the import."""

    def __init__(self, files: list[SourceFile]) -> None:
        self._digest = ""
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, args=(files,), daemon=True)
        self._thread.start()

    def _run(self, files: list[SourceFile]) -> None:
        try:
            self._digest = digest_of(files)
        except OSError as error:
            self._error = error

    def result(self) -> str:
        """The digest; waits for it. Raises OSError when a file could not be read."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._digest
