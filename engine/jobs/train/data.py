"""Training and validation rows as tokens."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.data.audit_flags import Flag
from engine.data.dataset import Dataset
from engine.data.example import Example
from engine.errors import DataError
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedBatch, tokenise_batches
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.objective import Objective, check_objective
from engine.jobs.train.packed import pack_rows
from engine.jobs.train.tokens import RowWriter, TokenisedData, TokenisedRows
from engine.protocol import DataReady
from engine.recipe import Recipe

FOLDER = "tokens"
"""Where a job's tokens lie while it trains."""


def tokenise_dataset(
    context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer
) -> TokenisedData:
    """Tokenise both sides, pack the training side where the recipe asks for it, and say what came of it.

    cpt trains every token, and cuts long rows into pieces; otherwise they lose their end. Raises DataError when nothing
    is left to train on, or when what would be trained is not what the recipe asks for.
    """
    sides = _Sides(context, recipe, dataset, tokenizer)
    train = sides.write("train", dataset.split.train)
    source = str(dataset.source.path)
    if not train:
        raise DataError(f"{source}: no row has a token to train on: {sides.objectives['train'].why_nothing}")
    check_objective(sides.objectives["train"], sides.recipe, source)
    validation = sides.write("validation", dataset.split.validation)
    packed = pack_rows(train, recipe.training.max_length) if recipe.training.packing else train
    data = TokenisedData(packed, validation)
    sides.report(train, data)
    return data


class _Sides:
    """Tokenises the sides of a split one after the other."""

    def __init__(self, context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> None:
        self._context = context
        self._whole = recipe.method.kind == "cpt"
        method = recipe.method.model_copy(update={"answers_only": recipe.method.answers_only and not self._whole})
        self.recipe = recipe.model_copy(update={"method": method})
        self._dataset = dataset
        self._tokenizer = tokenizer
        self._total = len(dataset.split.train) + len(dataset.split.validation)
        self._done = self._cut = 0
        self.objectives: dict[str, Objective] = {}

    def write(self, side: str, places: Any) -> TokenisedRows:
        """Write a side's rows to disk."""
        objective = self.objectives[side] = Objective()
        path = self._context.folder.path / FOLDER / f"{side}.arrow"
        piece = self.recipe.training.max_length if self._whole else None
        with RowWriter(Path(path), training=side == "train", piece=piece) as writer:
            for batch in self._batches(objective.good(self._dataset.examples.at(places))):
                objective.add(batch)
                writer.add(batch, batch.trained_tokens > 0)
                self._count(batch)
        return writer.written

    def _batches(self, examples: Iterable[Example]) -> Iterator[TokenisedBatch]:
        return tokenise_batches(
            self._tokenizer.tokenizer,
            examples,
            answers_only=self.recipe.method.answers_only,
            max_length=sys.maxsize if self._whole else self.recipe.training.max_length,
            end_ids=self._tokenizer.end_ids,
        )

    def _count(self, batch: TokenisedBatch) -> None:
        self._done += len(batch)
        self._cut += int(((batch.flags & int(Flag.CUT)) > 0).sum())
        self._context.check_stop()
        self._context.progress(self._done, self._total, "rows")

    def report(self, rows: TokenisedRows, data: TokenisedData) -> None:
        """What is trained and measured, and what a person should know about it. `rows`: before they were packed."""
        dropped = self._total - data.train.rows - data.validation.rows
        self._context.emit(
            DataReady(
                train_rows=data.train.rows,
                validation_rows=data.validation.rows,
                tokens=data.train.tokens,
                trained_tokens=data.train.trained_tokens,
                longest=rows.longest,
                cut_rows=self._cut,
                dropped_rows=dropped,
                sequences=data.train_rows,
            )
        )
        for text, level in self._notices(rows, data, dropped):
            self._context.notice(text, level)

    def _notices(self, rows: TokenisedRows, data: TokenisedData, dropped: int) -> Iterator[tuple[str, str]]:
        longest = self.recipe.training.max_length
        if dropped:
            problem = next((it.problem for it in self.objectives.values() if it.problem), "their answers are cut off")
            yield f"{dropped} rows are left out: no token of theirs would be trained ({problem})", "warn"
        if self._cut:
            yield f"{self._cut} rows are longer than training.max_length and lose their end", "warn"
        if len(rows) > rows.rows:
            yield f"{rows.rows} texts are cut into {len(rows)} pieces of up to {longest} tokens", "info"
        if len(data.train) < len(rows):
            used = data.train.tokens / (len(data.train) * longest)
            yield (
                f"{len(rows)} rows are packed into {len(data.train)} sequences of up to {longest} tokens, "
                f"{used:.0%} full", "info",
            )  # fmt: skip
        objective = self.objectives["train"]
        if objective.open_rows * 2 > data.train.rows:
            yield (
                f"{objective.open_rows} of {data.train.rows} training rows do not end with a token that ends an "
                "answer: the model will not learn where to stop", "warn",
            )  # fmt: skip
