"""Where rows are written to and in which form: told by the file's name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from engine.errors import DataError

Form = Literal["jsonl", "json", "csv", "tsv", "parquet", "arrow"]

FORMS: tuple[Form, ...] = get_args(Form)
_PACKED = {".gz": "gzip", ".zst": "zstd"}
_TABLES = ("parquet", "arrow")


@dataclass(frozen=True, slots=True)
class Target:
    """A file to write."""

    path: Path
    form: Form
    compression: str | None
    """gzip or zstd; of text forms alone, tables are packed inside."""


def target_of(path: Path) -> Target:
    """What a file's name asks for: `rows.jsonl`, `rows.csv.gz`. Raises DataError, listing what there is."""
    compression = _PACKED.get(path.suffix.lower())
    plain = path.with_suffix("") if compression else path
    name = plain.suffix.lower().removeprefix(".")
    for form in FORMS:
        if form == name:
            if compression and form in _TABLES:
                raise DataError(f"{path}: .{form} is packed inside already: leave {path.suffix} away")
            return Target(path, form, compression)
    raise DataError(f"{path}: unknown kind of file: name it .{', .'.join(FORMS)}, the first four also .gz or .zst")


def check_free(path: Path, sources: tuple[Path, ...], *, force: bool) -> None:
    """Raise DataError where a file must not be written: a source never, an existing file only with `force`."""
    wanted = path.resolve()
    for source in sources:
        there = source.resolve()
        if wanted == there or there in wanted.parents:
            raise DataError(f"{path}: is the source, which is never changed: give another file")
    if path.is_dir():
        raise DataError(f"{path}: is a folder: give a file in it")
    if path.exists() and not force:
        raise DataError(f"{path}: is there already: give another file, or --force to replace it")
