"""Training and validation rows as tokens, and the batches made of them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.data.dataset import Dataset
from engine.data.example import Conversation
from engine.errors import DataError
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedRow, tokenise
from engine.protocol import DataReady
from engine.recipe import Recipe

PAD_MULTIPLE = 8
"""Lengths are padded to this, which tensor cores like."""


@dataclass(frozen=True, slots=True)
class TokenisedData:
    """What is trained and what is measured; rows that would train nothing are left out."""

    train: list[TokenisedRow]
    validation: list[TokenisedRow]


def tokenise_dataset(context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: Any) -> TokenisedData:
    """Tokenise both sides, say what came of it. Raises DataError when nothing is left to train on."""
    total = len(dataset.split.train) + len(dataset.split.validation)
    done = 0

    def side(places: Sequence[int]) -> list[TokenisedRow]:
        nonlocal done
        rows = []
        conversations: list[Conversation] = [dataset.conversations[place] for place in places]
        for row in tokenise(
            tokenizer, conversations, answers_only=recipe.method.answers_only, max_length=recipe.training.max_length
        ):
            rows.append(row)
            done += 1
            if done % 500 == 0 or done == total:
                context.check_stop()
                context.progress(done, total, "rows")
        return rows

    train, validation = side(dataset.split.train), side(dataset.split.validation)
    data = TokenisedData(*([row for row in rows if any(row.trained)] for rows in (train, validation)))
    _report(context, train + validation, data)
    if not data.train:
        why = next((row.problem for row in train if row.problem), "every answer is cut off: raise training.max_length")
        raise DataError(f"{dataset.source.path}: no row has a token to train on: {why}")
    return data


def _report(context: JobContext, rows: list[TokenisedRow], data: TokenisedData) -> None:
    dropped = len(rows) - len(data.train) - len(data.validation)
    cut = sum(row.cut for row in rows)
    context.emit(
        DataReady(
            train_rows=len(data.train),
            validation_rows=len(data.validation),
            tokens=sum(len(row.ids) for row in data.train),
            trained_tokens=sum(sum(row.trained) for row in data.train),
            longest=max((len(row.ids) for row in data.train), default=0),
            cut_rows=cut,
            dropped_rows=dropped,
        )
    )
    if dropped:
        problem = next((row.problem for row in rows if row.problem), "their answers are cut off")
        context.notice(f"{dropped} rows are left out: no token of theirs would be trained ({problem})", "warn")
    if cut:
        context.notice(f"{cut} rows are longer than training.max_length and lose their end", "warn")


@dataclass(frozen=True, slots=True)
class BatchCount:
    """What one micro-batch held."""

    rows: list[int]
    """Places among the training rows."""
    tokens: int
    trained_tokens: int


@dataclass
class Collator:
    """Pads rows to a batch. Counts what the training batches hold, in the order in which they are trained."""

    pad_id: int
    counts: deque[BatchCount] = field(default_factory=deque)
    """One entry a training micro-batch; whoever trains it takes it from the left."""

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Tensors of shape (batch, seq): input_ids, attention_mask, labels; padding carries label -100."""
        import torch

        longest = max(len(row["input_ids"]) for row in rows)
        width = -(-longest // PAD_MULTIPLE) * PAD_MULTIPLE
        ids = torch.full((len(rows), width), self.pad_id, dtype=torch.long)
        labels = torch.full((len(rows), width), -100, dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for place, row in enumerate(rows):
            length = len(row["input_ids"])
            ids[place, :length] = torch.tensor(row["input_ids"])
            labels[place, :length] = torch.tensor(row["labels"])
            mask[place, :length] = 1
        if rows[0]["row"] >= 0:
            self.counts.append(BatchCount([row["row"] for row in rows], int(mask.sum()), int((labels != -100).sum())))
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def as_dataset(rows: Sequence[TokenisedRow], *, training: bool) -> Any:
    """A `datasets.Dataset` of tokens; `row` is the place among training rows, -1 for validation."""
    from datasets import Dataset as HfDataset

    return HfDataset.from_dict(
        {
            "input_ids": [row.ids for row in rows],
            "labels": [row.labels for row in rows],
            "length": [len(row.ids) for row in rows],
            "row": [place if training else -1 for place in range(len(rows))],
        }
    )
