"""Render and tokenise every usable row as the trainer will, and keep the table for front ends to read."""

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from engine.data.audit import BATCH_ROWS, TABLE, is_complete
from engine.data.dataset import open_source
from engine.errors import JobError
from engine.job import JobFolder
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedRow, tokenise
from engine.jobs.tokenizer import base_path, load_tokenizer
from engine.project import Project
from engine.protocol import AuditDone

KEPT_AUDITS = 3
_YOUNG_S = 60.0
"""A job folder younger than this may not have its engine yet."""


def run(context: JobContext) -> None:
    """The whole audit."""
    recipe = context.recipe()
    context.phase("loading", "the rows")
    source = open_source(recipe, context.project_path)
    context.phase("loading", "the tokenizer")
    tokenizer = _load_tokenizer(base_path(recipe, context.project_path))
    for notice in tokenizer.notices:
        context.notice(notice)
    context.phase("tokenising", "every row through the chat template")
    rows = tokenise(
        tokenizer.tokenizer,
        source.conversations,
        answers_only=recipe.method.answers_only,
        max_length=recipe.training.max_length,
    )
    totals = Totals()
    _write_table(context, totals.counting(rows), len(source.conversations))
    context.emit(totals.event(), sync=True)
    _remove_old(Project(context.project_path), keep=context.folder)


def _load_tokenizer(path: str) -> Any:
    """The tokenizer, with torch hidden from transformers: importing it takes 10 s of the 12 that this would take."""
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    return load_tokenizer(path)


@dataclass
class Totals:
    """Counts rows as they pass."""

    rows: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    masked_rows: int = 0
    cut_rows: int = 0
    failed_rows: int = 0

    def counting(self, rows: Iterable[TokenisedRow]) -> Iterator[TokenisedRow]:
        """The same rows, counted."""
        for row in rows:
            trained = sum(row.trained)
            self.rows += 1
            self.tokens += len(row.ids)
            self.trained_tokens += trained
            self.masked_rows += not trained and not row.problem
            self.cut_rows += row.cut
            self.failed_rows += bool(row.problem)
            yield row

    def event(self) -> AuditDone:
        """What front ends are told."""
        return AuditDone(path=TABLE, **vars(self))


def _write_table(context: JobContext, rows: Iterator[TokenisedRow], total: int) -> None:
    """Write the table beside its place and rename it: where it is, it is whole."""
    import pyarrow as pa

    schema = pa.schema(
        [
            ("row", pa.int32()), ("text", pa.string()), ("ids", pa.list_(pa.int32())),
            ("starts", pa.list_(pa.int32())), ("trained", pa.list_(pa.bool_())), ("cut", pa.bool_()),
            ("end", pa.int32()), ("problem", pa.string()), ("tokens", pa.int32()), ("trained_tokens", pa.int32()),
        ]
    )  # fmt: skip
    table = context.folder.path / TABLE
    beside = table.with_name(f".{TABLE}")
    try:
        with open(beside, "wb") as file:
            with pa.ipc.new_file(file, schema) as writer:
                done = 0
                while batch := list(islice(rows, BATCH_ROWS)):
                    writer.write_batch(pa.RecordBatch.from_pydict(_columns(batch, done), schema))
                    done += len(batch)
                    context.check_stop()
                    context.progress(done, total, "rows")
            context.phase("saving", "the table")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(table)
    finally:
        beside.unlink(missing_ok=True)


def _columns(batch: list[TokenisedRow], first: int) -> dict[str, list[Any]]:
    return {
        "row": list(range(first, first + len(batch))),
        "text": [row.text for row in batch],
        "ids": [row.ids for row in batch],
        "starts": [row.starts for row in batch],
        "trained": [row.trained for row in batch],
        "cut": [row.cut for row in batch],
        "end": [row.end for row in batch],
        "problem": [row.problem for row in batch],
        "tokens": [len(row.ids) for row in batch],
        "trained_tokens": [sum(row.trained) for row in batch],
    }


def _remove_old(project: Project, keep: JobFolder) -> None:
    """Keep the newest complete audits of the project, this one among them."""
    complete = [folder for folder in project.jobs("audit") if is_complete(folder)]
    kept = {keep.path, *(folder.path for folder in complete[:KEPT_AUDITS])}
    for folder in project.jobs("audit"):
        if folder.path not in kept and not folder.is_alive() and _age_s(folder) > _YOUNG_S:
            shutil.rmtree(folder.path, ignore_errors=True)


def _age_s(folder: JobFolder) -> float:
    try:
        return time.time() - folder.spec.created
    except JobError:  # no job.toml yet, or no longer
        return 0.0
