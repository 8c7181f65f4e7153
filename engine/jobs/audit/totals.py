"""What an audit counts while rows pass: sums, and the lengths that padding and packing are told from."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data.audit import trains
from engine.data.audit_flags import Flag, code_of
from engine.data.audit_table import TABLE
from engine.jobs.audit.padding import packed_bins, padded_tokens
from engine.jobs.masking import TokenisedBatch
from engine.jobs.train.collator import PAD_MULTIPLE
from engine.protocol import AuditDone
from engine.recipe import Recipe
from engine.steps.plan import piece_lengths

_PERCENTILES = (50, 90, 95, 99, 100)


@dataclass
class Totals:
    """Counts batches; 4 bytes a row are kept."""

    bos: str
    """The text that the tokenizer begins with by itself, "" where it does not."""
    rows: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    rejected_tokens: int = 0
    own_bos_rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    _lengths: list[npt.NDArray[np.int32]] = field(default_factory=list)

    def add(self, batch: TokenisedBatch) -> None:
        """Count a batch."""
        tokens, trained = batch.tokens, batch.trained_tokens
        self.rows += len(batch)
        self.tokens += int(tokens.sum())
        self.trained_tokens += int(trained.sum())
        self.rejected_tokens += int(np.maximum(batch.rejected, 0).sum())
        self.kinds.update(batch.kinds)
        for flag in Flag:
            found = int(((batch.flags & np.uint16(flag)) > 0).sum())
            if found:
                self.findings[code_of(flag)] += found
        if self.bos:
            self.own_bos_rows += sum(text.startswith(self.bos) for text in batch.texts)
        self._lengths.append(np.where(trained > 0, tokens, 0).astype(np.int32))

    def event(self, recipe: Recipe, seconds: float) -> AuditDone:
        """What front ends are told. Padding and packing are of the rows that train something, or of their pieces."""
        lengths = np.concatenate(self._lengths) if self._lengths else np.empty(0, dtype=np.int32)
        lengths = lengths[lengths > 0]
        return AuditDone(
            path=TABLE,
            rows=self.rows,
            tokens=self.tokens,
            trained_tokens=self.trained_tokens,
            masked_rows=self.findings[code_of(Flag.MASKED)],
            cut_rows=self.findings[code_of(Flag.CUT)],
            failed_rows=self.findings[code_of(Flag.FAILED)],
            kinds=dict(self.kinds),
            findings=dict(self.findings),
            own_bos_rows=self.own_bos_rows,
            rejected_tokens=self.rejected_tokens,
            seconds=seconds,
            **_costs(lengths, recipe),
        )


def _costs(lengths: npt.NDArray[np.int32], recipe: Recipe) -> dict[str, Any]:
    """Percentiles, shares of padding and what packing gains; nothing without rows."""
    if not len(lengths):
        return {}
    training, total = recipe.training, int(lengths.sum())
    marks = np.percentile(lengths, _PERCENTILES, method="inverted_cdf")
    if trains(recipe) == "pieces":
        lengths = piece_lengths(lengths, training.max_length)[0].astype(np.int32)
    random, grouped = (
        padded_tokens(lengths, training.micro_batch, grouped=by_length, multiple=PAD_MULTIPLE, seed=training.seed)
        for by_length in (False, True)
    )
    bins = packed_bins(lengths, training.max_length)
    return {
        "lengths": {str(at): int(mark) for at, mark in zip(_PERCENTILES, marks, strict=True)},
        "padding_random": 1 - total / random,
        "padding_grouped": 1 - total / grouped,
        "packed_rows": bins,
        "packing_gain": (grouped if training.order == "by_length" else random) / (bins * training.max_length),
    }
