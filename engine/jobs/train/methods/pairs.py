"""Pairs of answers (dpo, orpo) as tokens on disk, and the batches made of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.dataset import Dataset
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedBatch
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.collator import padded_batch
from engine.jobs.train.data import FOLDER
from engine.jobs.train.methods.judged import AnswerEncoder, Bools, Reading, answers_of
from engine.jobs.train.methods.table import TableWriter, token_lists
from engine.jobs.train.tally import BatchCount, Tally
from engine.jobs.train.tokens import TokenisedData, TokenisedRows
from engine.method_limits import check_method
from engine.recipe import Recipe

_ASKED = "pairs of answers (rows with prompt, chosen and rejected)"


def prepare_pairs(context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> TokenisedData:
    """Both sides as tokens. Raises RecipeError for settings that cannot be kept to, DataError without pairs."""
    check_method(recipe)
    reading = Reading(context, recipe, dataset, ("preference",), _ASKED)
    encoder = AnswerEncoder(tokenizer, recipe.training.max_length)
    folder = context.folder.path / FOLDER
    train = _write(reading, encoder, "train", folder / "train.arrow")
    reading.check(len(train))
    data = TokenisedData(train, _write(reading, encoder, "validation", folder / "validation.arrow"))
    reading.report(data)
    return data


def _write(reading: Reading, encoder: AnswerEncoder, side: str, path: Path) -> TokenisedRows:
    tokens = trained = 0
    lengths = [np.empty(0, np.int32)]
    with TableWriter(path) as writer:
        for examples in reading.batches(side):
            if not examples:
                continue
            chosen, rejected = (encoder.encode(answers) for answers in zip(*map(answers_of, examples), strict=True))
            counts = reading.counts[side]
            kept = counts.add((chosen, rejected))
            differ = _differ(chosen, rejected)
            counts.same += int((kept & ~differ).sum())
            kept &= differ
            first = sum(map(len, lengths)) if side == "train" else None
            writer.add(_columns(chosen, rejected, kept, first))
            lengths.append(np.maximum(chosen.tokens, rejected.tokens)[kept])
            tokens += int((chosen.tokens + rejected.tokens)[kept].sum())
            trained += int((chosen.trained_tokens + rejected.trained_tokens)[kept].sum())
    every = np.concatenate(lengths)
    return TokenisedRows(path, len(every), tokens, trained, every)


def _differ(chosen: TokenisedBatch, rejected: TokenisedBatch) -> Bools:
    """Which rows' answers are not the same tokens."""

    def tokens(batch: TokenisedBatch, row: int) -> Any:
        return batch.ids[batch.bounds[row] : batch.bounds[row + 1]]

    return np.array(
        [not np.array_equal(tokens(chosen, row), tokens(rejected, row)) for row in range(len(chosen))], dtype=np.bool_
    )


def _columns(chosen: TokenisedBatch, rejected: TokenisedBatch, kept: Bools, first: int | None) -> dict[str, Any]:
    """`first`: how many training pairs came before these; None for validation, whose place is -1."""
    rows = int(kept.sum())
    return {
        "chosen_ids": token_lists(chosen, chosen.ids, kept),
        "chosen_labels": token_lists(chosen, chosen.labels, kept),
        "rejected_ids": token_lists(rejected, rejected.ids, kept),
        "rejected_labels": token_lists(rejected, rejected.labels, kept),
        "row": np.full(rows, -1, np.int32) if first is None else np.arange(first, first + rows, dtype=np.int32),
    }


@dataclass
class PairCollator:
    """Pads pairs to a batch as trl has it: all chosen answers, then all rejected ones; counts the training batches."""

    pad_id: int
    tally: Tally
    first: dict[str, Any] | None = None
    """The first training batch, until somebody has compared it with what reached the model."""
    _began: bool = False

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Tensors of shape (2 x batch, seq): input_ids, attention_mask, and completion_mask, 1 where trained."""
        sides = [
            {"input_ids": row[f"{side}_ids"], "labels": row[f"{side}_labels"]}
            for side in ("chosen", "rejected")
            for row in rows
        ]
        batch = padded_batch(sides, self.pad_id)
        labels = batch.pop("labels")
        batch["completion_mask"] = (labels != -100).long()
        if rows[0]["row"] >= 0:
            counted = BatchCount(
                [row["row"] for row in rows], int(batch["attention_mask"].sum()), int(batch["completion_mask"].sum())
            )
            self.tally.add(counted)
            if not self._began:
                self._began, self.first = True, {"input_ids": batch["input_ids"].clone(), "labels": labels}
        return batch
