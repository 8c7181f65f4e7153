"""Training and validation rows as tokens, and the batches made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from engine.jobs.train.tally import BatchCount, Tally
from engine.jobs.train.tokens import RowWriter, TokenisedRows
from engine.protocol import DataReady
from engine.recipe import Recipe

PAD_MULTIPLE = 8
"""Lengths are padded to this, which tensor cores like."""


def padded(length: int) -> int:
    """Tokens in a row of a batch whose longest row has `length`."""
    return -(-length // PAD_MULTIPLE) * PAD_MULTIPLE


FOLDER = "tokens"
"""Where a job's tokens lie while it trains."""


@dataclass(frozen=True, slots=True)
class TokenisedData:
    """What is trained and what is measured; rows that would train nothing are left out."""

    train: TokenisedRows
    validation: TokenisedRows

    @property
    def train_rows(self) -> int:
        """Rows that the trainer's loader gives out in an epoch."""
        return len(self.train)

    @property
    def validation_rows(self) -> int:
        """Rows of an evaluation."""
        return len(self.validation)


def tokenise_dataset(
    context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer
) -> TokenisedData:
    """Tokenise both sides, say what came of it.

    Raises DataError when nothing is left to train on, or when what would be trained is not what the recipe asks for.
    """
    sides = _Sides(context, recipe, dataset, tokenizer)
    train = sides.write("train", dataset.split.train)
    source = str(dataset.source.path)
    if not train:
        raise DataError(f"{source}: no row has a token to train on: {sides.objectives['train'].why_nothing}")
    check_objective(sides.objectives["train"], recipe, source)
    data = TokenisedData(train, sides.write("validation", dataset.split.validation))
    sides.report(data)
    return data


class _Sides:
    """Tokenises the sides of a split one after the other."""

    def __init__(self, context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> None:
        self._context = context
        self._recipe = recipe
        self._dataset = dataset
        self._tokenizer = tokenizer
        self._total = len(dataset.split.train) + len(dataset.split.validation)
        self._done = self._cut = 0
        self.objectives: dict[str, Objective] = {}

    def write(self, side: str, places: Any) -> TokenisedRows:
        """Write a side's rows to disk."""
        objective = self.objectives[side] = Objective()
        path = self._context.folder.path / FOLDER / f"{side}.arrow"
        with RowWriter(Path(path), training=side == "train") as writer:
            for batch in self._batches(objective.good(self._dataset.examples.at(places))):
                objective.add(batch)
                writer.add(batch, batch.trained_tokens > 0)
                self._count(batch)
        return writer.rows

    def _batches(self, examples: Iterable[Example]) -> Iterator[TokenisedBatch]:
        return tokenise_batches(
            self._tokenizer.tokenizer,
            examples,
            answers_only=self._recipe.method.answers_only,
            max_length=self._recipe.training.max_length,
            end_ids=self._tokenizer.end_ids,
        )

    def _count(self, batch: TokenisedBatch) -> None:
        self._done += len(batch)
        self._cut += int(((batch.flags & int(Flag.CUT)) > 0).sum())
        self._context.check_stop()
        self._context.progress(self._done, self._total, "rows")

    def report(self, data: TokenisedData) -> None:
        """What is trained and measured, and what a person should know about it."""
        dropped = self._total - len(data.train) - len(data.validation)
        self._context.emit(
            DataReady(
                train_rows=len(data.train),
                validation_rows=len(data.validation),
                tokens=data.train.tokens,
                trained_tokens=data.train.trained_tokens,
                longest=data.train.longest,
                cut_rows=self._cut,
                dropped_rows=dropped,
            )
        )
        if dropped:
            problem = next((it.problem for it in self.objectives.values() if it.problem), "their answers are cut off")
            self._context.notice(
                f"{dropped} rows are left out: no token of theirs would be trained ({problem})", "warn"
            )
        if self._cut:
            self._context.notice(f"{self._cut} rows are longer than training.max_length and lose their end", "warn")
        objective = self.objectives["train"]
        if objective.open_rows * 2 > len(data.train):
            self._context.notice(
                f"{objective.open_rows} of {len(data.train)} training rows do not end with a token that ends an "
                "answer: the model will not learn where to stop", "warn",
            )  # fmt: skip


@dataclass
class Collator:
    """Pads rows to a batch. Counts what the training batches hold, in the order in which they are trained."""

    pad_id: int
    tally: Tally
    first: dict[str, Any] | None = None
    """The first training batch, until somebody has compared it with what reached the model."""
    _began: bool = False

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Tensors of shape (batch, seq): input_ids, attention_mask, labels; padding carries label -100."""
        import torch

        longest = max(len(row["input_ids"]) for row in rows)
        width = padded(longest)
        ids = torch.full((len(rows), width), self.pad_id, dtype=torch.long)
        labels = torch.full((len(rows), width), -100, dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for place, row in enumerate(rows):
            length = len(row["input_ids"])
            ids[place, :length] = torch.tensor(row["input_ids"])
            labels[place, :length] = torch.tensor(row["labels"])
            mask[place, :length] = 1
        if rows[0]["row"] >= 0:
            self.tally.add(BatchCount([row["row"] for row in rows], int(mask.sum()), int((labels != -100).sum())))
            if not self._began:
                self._began, self.first = True, {"input_ids": ids.clone(), "labels": labels.clone()}
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}
