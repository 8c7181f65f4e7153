"""Render and tokenise every usable row as the trainer will, and keep the table for front ends to read."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from engine.data.audit import is_complete, trains
from engine.data.audit_table import BATCH_ROWS, COUNT_COLUMNS, TABLE, counts_path
from engine.data.example import Example
from engine.files import private
from engine.jobs.audit.totals import Totals
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedBatch, tokenise_batches
from engine.jobs.masking.prepare import own_bos
from engine.jobs.opening import open_data
from engine.jobs.tidying import keep_newest
from engine.jobs.tokenizer import LoadedTokenizer, base_path, load_tokenizer
from engine.jobs.train.methods.questions import asked
from engine.project import Project
from engine.recipe import Recipe

KEPT_AUDITS = 3


def run(context: JobContext) -> None:
    """The whole audit."""
    recipe = context.recipe()
    context.phase("loading", "the rows")
    examples = open_data(context, recipe).examples
    context.phase("loading", "the tokenizer")
    loaded = _load_tokenizer(base_path(recipe, context.project_path))
    for notice in loaded.notices:
        context.notice(notice)
    context.phase("tokenising", "every row through the chat template")
    began = time.monotonic()
    totals = Totals(own_bos(loaded.tokenizer))
    _write_table(context, _batches(recipe, loaded, examples), totals, len(examples))
    context.emit(totals.event(recipe, time.monotonic() - began), sync=True)
    keep_newest(Project(context.project_path), "audit", KEPT_AUDITS, context.folder, is_complete)


def _batches(recipe: Recipe, loaded: LoadedTokenizer, examples: Iterable[Example]) -> Iterator[TokenisedBatch]:
    """The rows as the recipe's method takes them."""
    trained = trains(recipe)
    if trained == "nothing":
        examples = (asked(it) if it.kind == "conversation" else it for it in examples)
    return tokenise_batches(
        loaded.tokenizer,
        examples,
        answers_only=trained not in ("everything", "pieces"),
        judged_only=trained == "judged",
        max_length=sys.maxsize if trained == "pieces" else recipe.training.max_length,
        end_ids=loaded.end_ids,
        batch_rows=BATCH_ROWS,
    )


def _load_tokenizer(path: str) -> Any:
    """The tokenizer, with torch hidden from transformers: importing it takes 10 s of the 12 that this would take."""
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    return load_tokenizer(path)


def _write_table(context: JobContext, batches: Iterator[TokenisedBatch], totals: Totals, rows: int) -> None:
    """Write rows and counts beside their places and rename them, the rows last: where they are, all is whole."""
    import pyarrow as pa

    table = context.folder.path / TABLE
    places = [counts_path(table), table]
    beside = [place.with_name(f".{place.name}") for place in places]
    try:
        with open(beside[0], "wb", opener=private) as counts, open(beside[1], "wb", opener=private) as file:
            with pa.ipc.new_file(file, _schema()) as writer:
                for batch in batches:
                    totals.add(batch)
                    writer.write_batch(_record(batch))
                    counts.write(_counts(batch))
                    context.check_stop()
                    context.progress(totals.rows, rows, "rows")
            context.phase("saving", "the table")
            for written in (counts, file):
                written.flush()
                os.fsync(written.fileno())
        for made, place in zip(beside, places, strict=True):
            made.replace(place)
    finally:
        for made in beside:
            made.unlink(missing_ok=True)


def _counts(batch: TokenisedBatch) -> bytes:
    import numpy as np

    counts = np.empty(len(batch), dtype=COUNT_COLUMNS)
    counts["tokens"], counts["trained"] = batch.tokens, batch.trained_tokens
    counts["rejected"], counts["flags"] = batch.rejected, batch.flags
    return counts.tobytes()


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            ("end", pa.int32()), ("problem", pa.string()), ("text", pa.large_string()),
            ("ids", pa.list_(pa.int32())), ("starts", pa.list_(pa.int32())), ("trained", pa.list_(pa.bool_())),
        ]
    )  # fmt: skip


def _record(batch: TokenisedBatch) -> Any:
    import pyarrow as pa

    bounds = pa.array(batch.bounds.astype("int32"))
    columns = [
        pa.array(batch.ends),
        pa.array(batch.problems, pa.string()),
        pa.array(batch.texts, pa.large_string()),
        *(pa.ListArray.from_arrays(bounds, pa.array(it)) for it in (batch.ids, batch.starts, batch.trained)),
    ]
    return pa.record_batch(columns, schema=_schema())
