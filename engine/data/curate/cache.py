"""Curated versions on disk: the numbers of their rows, read by memory map. A folder with a manifest is complete."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.curate.changes import Redaction
from engine.data.curate.curated import Curated, StepLog
from engine.data.records import Records
from engine.files import folder_bytes, make_folder, private

if TYPE_CHECKING:
    from engine.data.curate.changes import Marks

_MANIFEST, _ORIGINS, _SOURCES, _MARKS = "manifest.json", "origins.npy", "sources.npy", "marked-"
_MOST_BYTES = 1 << 30
"""Versions are kept, the last used ones, until they take this much; each takes 9 to 10 bytes a row."""
_ALWAYS = 2
"""However large they are, the last used ones are kept."""


def find_cached(folder: Path, key: str, source: Records) -> Curated | None:
    """The rows of a version, without its changes and other sources; None where it is not kept whole."""
    place = folder / key
    try:
        manifest = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
        log = tuple(StepLog(**step) for step in manifest["log"])
        origins = np.load(place / _ORIGINS, mmap_mode="r")
        sources = np.load(place / _SOURCES, mmap_mode="r")
    except (OSError, ValueError, KeyError, TypeError, EOFError):  # not there, or damaged: it is made again
        return None
    if len(origins) != manifest.get("rows") or len(sources) != len(origins):
        return None
    os.utime(place)
    return Curated((source,), origins, sources, log=log, key=key)


def find_marks(folder: Path, key: str, counts: Sequence[int]) -> "Marks | None":
    """The rows that the redacting step which made a version has found; None where that is not kept whole.

    `counts`: rows of each source that there was.
    """
    try:
        marks = tuple(np.load(folder / key / f"{_MARKS}{number}.npy", mmap_mode="r") for number in range(len(counts)))
        os.utime(folder / key)
    except (OSError, ValueError, EOFError):
        return None
    return marks if [len(marked) for marked in marks] == list(counts) else None


def keep_cached(folder: Path, state: Curated) -> None:
    """Keep the rows of a version: written beside, the manifest last, then renamed. On a full disk nothing is kept."""
    if not state.key:
        return
    try:
        make_folder(folder)
        beside = Path(tempfile.mkdtemp(dir=folder, prefix=f".{state.key}."))
        try:
            _write(beside, state)
            shutil.rmtree(folder / state.key, ignore_errors=True)  # where it was damaged
            beside.rename(folder / state.key)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        _forget_old(folder)
    except OSError:
        return


def _write(place: Path, state: Curated) -> None:
    arrays: dict[str, Any] = {_ORIGINS: state.origins, _SOURCES: state.sources}
    last = state.changes[-1] if state.changes else None
    if isinstance(last, Redaction) and state.log[-1].step == "personal_data":
        arrays |= {f"{_MARKS}{number}.npy": marked for number, marked in enumerate(last.marked)}
    for name, array in arrays.items():
        with open(place / name, "wb", opener=private) as file:
            np.save(file, array)
            file.flush()
            os.fsync(file.fileno())
    manifest = {"rows": state.count, "log": [asdict(step) for step in state.log]}
    with open(place / _MANIFEST, "w", encoding="utf-8", opener=private) as file:
        json.dump(manifest, file)
        file.flush()
        os.fsync(file.fileno())


def _forget_old(folder: Path) -> None:
    versions = [place for place in folder.iterdir() if not place.name.startswith(".")]
    versions.sort(key=lambda place: place.stat().st_mtime_ns, reverse=True)
    taken = 0
    for number, place in enumerate(versions):
        taken += folder_bytes(place)
        if number >= _ALWAYS and taken > _MOST_BYTES:
            shutil.rmtree(place, ignore_errors=True)
