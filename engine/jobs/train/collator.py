"""Rows of tokens -> the batches that a model is trained with."""

from dataclasses import dataclass
from typing import Any

from engine.jobs.train.packed import positions
from engine.jobs.train.tally import BatchCount, Tally

Row = dict[str, Any]
Batch = dict[str, Any]

PAD_MULTIPLE = 8
"""Lengths are padded to this, which tensor cores like."""


def padded(length: int) -> int:
    """Tokens in a row of a batch whose longest row has `length`."""
    return -(-length // PAD_MULTIPLE) * PAD_MULTIPLE


@dataclass
class Collator:
    """Pads rows to a batch. Counts what the training batches hold, in the order in which they are trained."""

    pad_id: int
    tally: Tally
    in_one_line: bool = False
    """Whether packed sequences are laid one after the other in one line, with the lengths of their rows."""
    first: Batch | None = None
    """The first training batch, until somebody has compared it with what reached the model."""
    _began: bool = False

    def __call__(self, rows: list[Row]) -> Batch:
        """Tensors of shape (batch, seq): input_ids and labels, -100 on padding, and what keeps rows and padding apart.

        That is attention_mask, or position_ids where rows are packed, with packed_seq_lengths (rows,) in one line.
        """
        packed = "row_lengths" in rows[0]
        batch = padded_batch(rows, self.pad_id) if not packed else packed_batch(rows, self.pad_id, self.in_one_line)
        if rows[0]["row"] >= 0:
            self.tally.add(_count(rows))
            if not self._began:
                self._began = True
                self.first = {name: batch[name].clone() for name in ("input_ids", "labels")}
        return batch

    def packed(self, rows: list[list[int]]) -> Batch:
        """Rows of tokens, all trained, as one packed sequence; it is counted nowhere."""
        ids = [token for row in rows for token in row]
        sequence = {"input_ids": ids, "labels": ids, "row_lengths": [len(row) for row in rows], "row": -1}
        return packed_batch([sequence], self.pad_id, self.in_one_line)


def padded_batch(rows: list[Row], pad_id: int) -> Batch:
    """Each row by itself."""
    import torch

    width = padded(max(len(row["input_ids"]) for row in rows))
    ids, labels = _empty(len(rows), width, pad_id)
    mask = torch.zeros_like(ids)
    for place, row in enumerate(rows):
        length = len(row["input_ids"])
        ids[place, :length] = torch.tensor(row["input_ids"])
        labels[place, :length] = torch.tensor(row["labels"])
        mask[place, :length] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def packed_batch(sequences: list[Row], pad_id: int, in_one_line: bool) -> Batch:
    """Several rows in each sequence. Padding is a row of its own, so that nothing has to mask it.

    A row's first token is not predicted: what comes before it is another row.
    """
    import torch

    if in_one_line:
        sequences = [_joined(sequences)]
    width = padded(max(len(row["input_ids"]) for row in sequences))
    ids, labels = _empty(len(sequences), width, pad_id)
    places = torch.zeros_like(ids)
    lengths: list[int] = []
    for at, row in enumerate(sequences):
        length = len(row["input_ids"])
        own = [*row["row_lengths"], *([width - length] if width > length else [])]
        ids[at, :length] = torch.tensor(row["input_ids"])
        labels[at, :length] = torch.tensor(row["labels"])
        places[at] = torch.tensor(positions(own))
        lengths += own
    labels[places == 0] = -100
    batch = {"input_ids": ids, "position_ids": places, "labels": labels}
    if in_one_line:
        batch["packed_seq_lengths"] = torch.tensor(lengths, dtype=torch.int32)
    return batch


def _joined(sequences: list[Row]) -> Row:
    return {name: [item for row in sequences for item in row[name]] for name in ("input_ids", "labels", "row_lengths")}


def _empty(rows: int, width: int, pad_id: int) -> tuple[Any, Any]:
    import torch

    return torch.full((rows, width), pad_id), torch.full((rows, width), -100)


def _count(rows: list[Row]) -> BatchCount:
    """What a training batch holds; a row's labels are counted as they are shown, its first one too."""
    numbers = [number for row in rows for number in row.get("rows", [row["row"]])]
    tokens = sum(len(row["input_ids"]) for row in rows)
    return BatchCount(numbers, tokens, tokens - sum(row["labels"].count(-100) for row in rows))
