"""Batches of judged answers (kto)."""

from dataclasses import dataclass
from typing import Any

from engine.jobs.train.collator import padded_batch
from engine.jobs.train.tally import BatchCount, Tally

Row = dict[str, Any]


@dataclass
class JudgedCollator:
    """Pads judged answers to a batch as trl has it, and pairs each prompt with its neighbour's answer.

    Those mismatched pairs measure how far the model has moved in general (the KL term). trl pairs rows beforehand, in
    one fixed order; here it is done in each batch, so that rows may come in any order.
    """

    pad_id: int
    tally: Tally
    max_length: int
    """A mismatched pair loses its end here."""
    first: Row | None = None
    """What the model is first called with in training, the mismatched pairs, until somebody has compared it."""
    _began: bool = False

    def __call__(self, rows: list[Row]) -> Row:
        """Tensors (batch, seq): input_ids, attention_mask, completion_mask, each also as KL_...; and label (batch,)."""
        import torch

        own = padded_batch([{"input_ids": row["ids"], "labels": row["labels"]} for row in rows], self.pad_id)
        pairs = [_mismatched(row, rows[place - 1], self.max_length) for place, row in enumerate(rows)]
        other = padded_batch(pairs, self.pad_id)
        batch = {**_masked(own), **{f"KL_{name}": tensor for name, tensor in _masked(other).items()}}
        batch["label"] = torch.tensor([row["good"] for row in rows])
        if rows[0]["row"] >= 0:
            counted = BatchCount(
                [row["row"] for row in rows], int(batch["attention_mask"].sum()), int(batch["completion_mask"].sum())
            )
            self.tally.add(counted)
            if not self._began:
                self._began = True
                self.first = {"input_ids": other["input_ids"].clone(), "labels": other["labels"]}
        return batch


def _mismatched(row: Row, neighbour: Row, room: int) -> Row:
    """A row's prompt with another row's answer, which is scored as it is there. It may be longer than either."""
    prompt, answer = _answer_begins(row), _answer_begins(neighbour)
    ids = [*row["ids"][:prompt], *neighbour["ids"][answer:]]
    labels = [-100] * prompt + neighbour["labels"][answer:]
    return {"input_ids": ids[:room], "labels": labels[:room]}


def _answer_begins(row: Row) -> int:
    return next(place for place, label in enumerate(row["labels"]) if label != -100)


def _masked(batch: Row) -> Row:
    return {
        "input_ids": batch["input_ids"],
        "attention_mask": batch["attention_mask"],
        "completion_mask": (batch["labels"] != -100).long(),
    }
