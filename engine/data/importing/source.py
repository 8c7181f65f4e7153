"""What a path holds: its data files, each with its form, compression and split."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from engine.data.importing.faults import FULL, errno_of
from engine.errors import DataError

Form = Literal["jsonl", "json", "csv", "tsv", "table", "text"]
Compression = Literal["", "gz", "zst"]

FORMS: dict[str, Form] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv",
    ".parquet": "table", ".arrow": "table", ".feather": "table", ".ipc": "table",
    ".txt": "text", ".md": "text",
}  # fmt: skip
_COMPRESSIONS: dict[str, Compression] = {".gz": "gz", ".zst": "zst", ".zstd": "zst"}
_SPLITS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "eval": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""Words in file and folder names, and the split they mean."""
GIVE = "give a .jsonl, .json, .csv, .tsv, .parquet, .arrow or .txt file, one as .gz or .zst, or a folder of them"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One data file."""

    path: Path
    form: Form
    compression: Compression
    name: str = ""
    """Relative to the source's folder; "" where the source is this one file."""
    split: str = ""
    """Which split its name speaks of; "" when of none."""


def source_files(path: Path, key: str = "data.source") -> list[SourceFile]:
    """The data files of a source, in the order of their names. Raises DataError when there are none.

    `key`: the recipe's key that names the source, for the mend.
    """
    try:
        if not path.is_dir():
            path.stat()
            return [_file(path, "")]
        if (path / "dataset_dict.json").is_file() or (path / "state.json").is_file():
            return _saved_dataset(path)
        found = [
            _file(file, file.relative_to(path).as_posix()) for file in sorted(path.rglob("*")) if _is_data(file, path)
        ]
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file: set {key} to one that exists") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}: make it readable") from error
    if not found:
        raise DataError(f"{path}: a folder without data files: {GIVE}")
    # Beside files of rows a text is a note about them.
    return [file for file in found if file.form != "text"] or found


def _file(path: Path, name: str) -> SourceFile:
    suffix = path.suffix.lower()
    compression = _COMPRESSIONS.get(suffix, "")
    if compression:
        suffix = path.with_suffix("").suffix.lower()
    form = FORMS.get(suffix)
    if form is None:
        raise DataError(f"{path}: unknown kind of file: {GIVE}")
    return SourceFile(path, form, compression, name, split_of(name) if name else "")


def _is_data(path: Path, folder: Path) -> bool:
    """Whether a file of a folder is read: hidden ones and those of other kinds are not."""
    suffix = path.suffix.lower()
    if suffix in _COMPRESSIONS:
        suffix = path.with_suffix("").suffix.lower()
    return (
        suffix in FORMS and not any(part.startswith(".") for part in path.relative_to(folder).parts) and path.is_file()
    )


def split_of(name: str) -> str:
    """The split that a file's relative name speaks of, the nearest part first; "" when of none."""
    for part in reversed(name.lower().split("/")):
        stem = part.split(".")[0]
        for word in (stem, *stem.replace("_", "-").split("-")):
            if word in _SPLITS:
                return _SPLITS[word]
    return ""


def _saved_dataset(path: Path) -> list[SourceFile]:
    """The Arrow files of a folder that `datasets`' save_to_disk wrote, in their order."""
    listing = _json(path / "dataset_dict.json")
    if listing is not None:
        return [
            SourceFile(file.path, file.form, "", f"{split}/{file.name}", str(split))
            for split in listing.get("splits", [])
            for file in _saved_dataset(path / str(split))
        ]
    state = _json(path / "state.json")
    if state is None:
        raise DataError(f"{path}: state.json is missing: save the dataset again")
    if state.get("_indices_files"):
        raise DataError(f"{path}: its rows are picked by an index: call flatten_indices() and save the dataset again")
    names = [str(entry["filename"]) for entry in state.get("_data_files", []) if "filename" in entry]
    return [SourceFile(path / name, "table", "", name) for name in names]


def _json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}: save the dataset again") from error
    return content if isinstance(content, dict) else None


@contextmanager
def reading(file: SourceFile) -> Iterator[None]:
    """What goes wrong while a file is read, as a DataError that names it; a full disk stays an OSError."""
    try:
        yield
    except EOFError as error:
        raise DataError(f"{file.path}: ends in the middle: copy it again") from error
    except OSError as error:
        if errno_of(error) in FULL:
            raise
        reason = error.strerror or (str(error).splitlines() or ["unreadable"])[0]
        raise DataError(f"{file.path}: cannot be read: {reason}: make it a whole, readable file") from error


def refuse_utf_16(file: SourceFile, head: bytes) -> None:
    """Raise DataError for a file whose first bytes say that it is UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{file.path}: is UTF-16: save it as UTF-8")


def open_bytes(file: SourceFile) -> IO[bytes]:
    """The file's bytes, decompressed. Reading raises EOFError or OSError where a compressed file is cut off."""
    if file.compression == "gz":
        return cast("IO[bytes]", gzip.open(file.path, "rb"))
    if file.compression == "zst":
        import io

        import pyarrow as pa

        stream = pa.CompressedInputStream(pa.OSFile(str(file.path)), "zstd")
        return io.BufferedReader(stream, 1 << 20)
    return open(file.path, "rb")
