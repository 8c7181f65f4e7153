"""Fetch a dataset of the Hub into the project, through `datasets`: one Parquet file a split."""

import os
import shutil
from pathlib import Path
from typing import Any

from engine.data.dataset import folders_of
from engine.data.hub import hub_folder, hub_name
from engine.errors import DataError
from engine.files import make_folder
from engine.jobs.context import JobContext

BATCH_ROWS = 10_000


def fetch(context: JobContext, source: str) -> Path:
    """The folder with the source's rows, fetched first where it is not there. Raises DataError when it cannot be."""
    place = hub_folder(source, folders_of(context.project_path).hub)
    if place.is_dir():
        return place
    context.phase("loading", f"{hub_name(source)} from the Hub")
    splits = _load(source)
    beside = place.with_name(f".{place.name}-{os.getpid()}")
    make_folder(beside)
    try:
        total = sum(len(rows) for rows in splits.values())
        done = 0
        for split, rows in splits.items():
            done = _write(context, rows, beside / f"{split}.parquet", done, total)
        beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def _load(source: str) -> dict[str, Any]:
    """The splits of a dataset."""
    from datasets import load_dataset

    name, _, revision = hub_name(source).partition("@")
    name, _, config = name.partition(":")
    try:
        found = load_dataset(name, config or None, revision=revision or None)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise DataError(f"{source}: {_reason(error)}") from error
    return dict(found.items())


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    first = (str(error).strip().splitlines() or [kind])[0][:200].rstrip(".")
    if isinstance(error, ConnectionError) or "Offline" in kind or "reach" in first or "connect" in first.lower():
        return "the Hub cannot be reached from here: give a file or folder, or fetch it where there is a network"
    if kind in ("GatedRepoError", "DatasetNotFoundError", "RepositoryNotFoundError") or "doesn't exist" in first:
        return f"not on the Hub, or not for you ({first}): check the name; for a gated one set HF_TOKEN"
    if "config" in first.lower():
        return f"{first}: name one as hub:owner/name:config"
    return f"cannot be loaded: {first}"


def _write(context: JobContext, rows: Any, path: Path, done: int, total: int) -> int:
    """One split as Parquet; rows done after it."""
    import pyarrow.parquet as pq

    writer: Any = None
    try:
        for start in range(0, len(rows), BATCH_ROWS):
            context.check_stop()
            table = rows.with_format("arrow")[start : start + BATCH_ROWS]
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
            done += table.num_rows
            context.progress(done, total, "rows")
    finally:
        if writer is not None:
            writer.close()
    return done
