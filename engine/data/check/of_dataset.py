"""The check of a recipe's data: what to check of an opened dataset, and where its report is kept."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.check.progress import IsCancelled, never
from engine.data.check.report import FORMAT, Checked, Finding, Report, cached
from engine.errors import DataError
from engine.files import make_folder
from engine.recipe import Balance, Data, Recipe

if TYPE_CHECKING:
    from engine.data.check.benchmarks import Benchmarks
    from engine.data.dataset import Dataset, Folders

KEPT_REPORTS = 8
"""Reports kept of a project's or of all files' data, the newest."""


def check_dataset(
    dataset: "Dataset",
    recipe: Recipe,
    *,
    split: bool = True,
    benchmarks: Sequence[Path] = (),
    processes: int | None = None,
    found: Callable[[Finding], None] = lambda finding: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancelled: IsCancelled = never,
) -> Report:
    """Check the rows that the recipe would train on and measure. Raises Cancelled; DataError for a bad benchmark file.

    `split`: whether the sides of the split are held against each other; not for a file that nobody has split yet.
    `benchmarks`: files of questions that no row should hold, beside those that are known.
    """
    import numpy as np

    from engine.data.check.findings.leaks import Sides
    from engine.data.check.run import Settings, check

    usable = np.asarray(dataset.usable, np.int64)
    sides = dataset.split

    def places(side: Sequence[int]) -> Any:
        """Numbers in the records."""
        return usable[np.asarray(side, np.int64)]

    held_out = dataset.held_out_source
    settings = Settings(
        max_length=recipe.training.max_length,
        label_field=label_field(recipe.data),
        benchmarks=_benchmarks(benchmarks),
        processes=processes,
    )
    report = check(
        dataset.records,
        dataset.layout,
        sides=Sides(places(sides.train), places(sides.validation), places(sides.held_out), sides.notes)
        if split
        else None,
        held_out=(held_out, dataset.held_out_survey.layout) if held_out and dataset.held_out_survey else None,
        bad=dataset.source.bad,
        settings=settings,
        found=found,
        progress=progress,
        cancelled=cancelled,
    )
    key = check_key(dataset, recipe, split=split, benchmarks=benchmarks)
    return replace(report, key=key, checked=checked(dataset, recipe.data) if split else None)


def check_key(dataset: "Dataset", recipe: Recipe, *, split: bool = True, benchmarks: Sequence[Path] = ()) -> str:
    """Names all that a report depends on: the rows, how they are read, curated and split, what is looked for."""
    held_out = dataset.held_out_source
    parts = [
        FORMAT,
        dataset.source.digest,
        getattr(dataset.records, "key", ""),
        held_out.digest if held_out else "",
        recipe.data.model_dump(mode="json", exclude={"source", "held_out"}),
        recipe.training.max_length,
        split,
        [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in benchmarks if path.is_file()],
    ]
    return _hashed(parts)


def checked(dataset: "Dataset", data: Data) -> Checked:
    """What a check of this dataset says something of. The length of training is no part: rules of length go by the
    rows' own lengths."""
    held_out = dataset.held_out_source
    layout = data.model_dump(mode="json", include={"format", "mapping"})
    return Checked(
        rows=_hashed([FORMAT, dataset.source.digest, layout]),
        sides=_hashed([held_out.digest if held_out else "", data.split.model_dump(mode="json")]),
        curate=tuple(step.model_dump(mode="json") for step in data.curate),
    )


def find_report(folders: "Folders", key: str) -> Report | None:
    """The kept report of this key."""
    return cached(_folder(folders) / key, key)


def keep_report(folders: "Folders", report: Report) -> Path:
    """Keep a report where `find_report` finds it; the folder it is in. The oldest make room."""
    folder = make_folder(_folder(folders) / report.key)
    report.save(folder)
    for old in kept_reports(folders)[KEPT_REPORTS:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def source_rows(dataset: "Dataset", rows: Iterable[int]) -> list[int | None]:
    """Numbers in the source of rows of a curated version; None for rows that a step mixed in from another source."""
    origins = getattr(dataset.records, "origins", None)
    if origins is None:
        return [int(row) for row in rows]
    sources = dataset.records.sources  # type: ignore[attr-defined]
    return [None if sources[row] else int(origins[row]) for row in rows]


def label_field(data: Data) -> str:
    """The field that names a row's class: that of a stratified split, or of a step that balances; "" for none."""
    if data.split.by == "stratified" and data.split.field:
        return data.split.field
    return next((step.field for step in data.curate if isinstance(step, Balance)), "")


def kept_reports(folders: "Folders") -> list[Path]:
    """The folders of all kept reports, the newest first."""
    try:
        return sorted(_folder(folders).iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:  # there are none, or one is being removed right now
        return []


def _folder(folders: "Folders") -> Path:
    return folders.path / "checks"


def _hashed(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _benchmarks(files: Sequence[Path]) -> "Benchmarks":
    """The known ones and those of files. Raises DataError for a file that holds none."""
    from engine.data.check.benchmarks import MOST, known_benchmarks, with_texts

    known = known_benchmarks()
    if len(known.names) + len(files) > MOST:
        raise DataError(f"{files[-1]}: at most {MOST - len(known.names)} files of benchmarks can be named: join some")
    return with_texts(known, [(path.name, _questions(path)) for path in files])


def _questions(path: Path) -> Iterator[str]:
    """Every text in a file of rows."""
    import tempfile

    from engine.data.store import open_store

    with tempfile.TemporaryDirectory(prefix="ttune-benchmark-") as folder:
        for row in open_store(path, Path(folder), key="--benchmark").rows():
            yield from _texts(row)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
