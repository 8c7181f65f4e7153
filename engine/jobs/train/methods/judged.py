"""Rows that judge answers (dpo, kto, orpo) as tokens: prompts are not trained, answers to their end are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.data.audit_flags import Flag
from engine.data.dataset import Dataset
from engine.data.example import Conversation, Example, Kind
from engine.errors import DataError
from engine.jobs.context import JobContext
from engine.jobs.masking import TokenisedBatch
from engine.jobs.masking.encode import Encoder
from engine.jobs.masking.prepare import Preparer, judged_from, shared_turns, train_judged
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.objective import LOST_SHARE
from engine.jobs.train.tokens import TokenisedData
from engine.protocol import DataReady
from engine.recipe import Recipe

AT_ONCE = 512
"""Rows that are tokenised together."""

Bools = npt.NDArray[np.bool_]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Answer:
    """A conversation that ends with an answer, or with several and what came between them."""

    turns: Conversation
    prompt: int
    """How many of the turns were there before what is judged."""


def answers_of(example: Example) -> list[Answer]:
    """The chosen and the rejected answer of a preference, or the one that is judged."""
    if example.kind != "preference":
        return [Answer(example.conversation, judged_from(example))]
    shared = shared_turns(example)
    rejected = (*example.conversation[:shared], *example.rejected)
    return [Answer(example.conversation, shared), Answer(rejected, shared)]


class AnswerEncoder:
    """Renders and encodes as masking does; of the answers in a conversation only the judged ones are trained."""

    def __init__(self, tokenizer: LoadedTokenizer, max_length: int) -> None:
        self._preparer = Preparer(tokenizer.tokenizer, answers_only=True)
        self._encoder = Encoder(tokenizer.tokenizer, max_length=max_length, end_ids=tokenizer.end_ids)

    def encode(self, answers: Sequence[Answer]) -> TokenisedBatch:
        """The answers with their prompts, cut to the limit; one that cannot be rendered has a problem and no tokens."""
        rows = self._preparer.prepare([Example("conversation", answer.turns) for answer in answers])
        for row, answer in zip(rows, answers, strict=True):
            train_judged(row, answer.turns, answer.prompt)
        return self._encoder.encode(rows)


@dataclass
class Counts:
    """What came of the rows of one side."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    cut: int = 0
    failed: int = 0
    lost: int = 0
    """Rows of which a whole answer is cut off."""
    same: int = 0
    """Pairs whose answers are the same tokens, perhaps after the cut."""
    problem: str = ""
    """What the chat template said of the first row that it refused."""

    def add(self, batches: Sequence[TokenisedBatch]) -> Bools:
        """Count rows that have one answer in each batch; which of them have something to train in all."""
        flags = np.bitwise_or.reduce([batch.flags for batch in batches])
        trains = np.logical_and.reduce([batch.trained_tokens > 0 for batch in batches])
        failed = (flags & np.uint16(Flag.FAILED)) > 0
        self.cut += int(((flags & np.uint16(Flag.CUT)) > 0).sum())
        self.failed += int(failed.sum())
        self.lost += int((~trains & ~failed).sum())
        self.problem = self.problem or next((it for batch in batches for it in batch.problems if it), "")
        kept: Bools = trains & ~failed
        return kept


@dataclass
class Reading:
    """Goes through the rows of both sides, tells how far it is, and says at the end what came of them."""

    context: JobContext
    recipe: Recipe
    dataset: Dataset
    wanted: tuple[Kind, ...]
    """Kinds of rows that the method learns from."""
    asked: str
    """What such a row is, for a person: `pairs of answers: rows with prompt, chosen and rejected`."""
    counts: dict[str, Counts] = field(default_factory=dict)
    _done: int = 0

    def batches(self, side: str) -> Iterator[list[Example]]:
        """The side's rows that the method learns from, some hundred at a time."""
        split = self.dataset.split
        counts = self.counts[side] = Counts()
        total = len(split.train) + len(split.validation)
        for batch in batched(self.dataset.examples.at(split.train if side == "train" else split.validation)):
            counts.kinds.update(example.kind for example in batch)
            yield [example for example in batch if example.kind in self.wanted]
            self._done += len(batch)
            self.context.check_stop()
            self.context.progress(self._done, total, "rows")

    def check(self, kept: int) -> None:
        """Raise DataError when nothing can be learned from the training rows, or too much of them is lost."""
        counts, method = self.counts["train"], self.recipe.method.kind
        source, rows = self.dataset.source.path, counts.kinds.total()
        usable = sum(counts.kinds[kind] for kind in self.wanted)
        if not usable:
            there = ", ".join(f"{count:,} {kind}" for kind, count in counts.kinds.most_common())
            raise DataError(f"{source}: {method} learns from {self.asked}, and none of {rows:,} rows is one ({there})")
        if not kept:
            why = counts.problem or "every answer is cut off: raise training.max_length"
            raise DataError(f"{source}: no row has an answer to learn from: {why}")
        if counts.lost >= LOST_SHARE * usable and "answers_lost" not in self.recipe.method.allow:
            raise DataError(
                f"{source}: {counts.lost:,} of {usable:,} rows ({counts.lost / usable:.0%}) lose a whole answer at "
                f"training.max_length = {self.recipe.training.max_length}: raise it, or allow it with "
                'method.allow = ["answers_lost"]'
            )

    def report(self, data: TokenisedData) -> None:
        """What is trained and measured, and what a person should know about it."""
        sides = list(self.counts.values())
        others = sum(side.kinds.total() - sum(side.kinds[kind] for kind in self.wanted) for side in sides)
        cut, failed, lost, same = (sum(getattr(it, name) for it in sides) for name in ("cut", "failed", "lost", "same"))
        self.context.emit(
            DataReady(
                train_rows=len(data.train), validation_rows=len(data.validation), tokens=data.train.tokens,
                trained_tokens=data.train.trained_tokens, longest=data.train.longest, cut_rows=cut,
                dropped_rows=others + failed + lost + same, sequences=len(data.train),
            )
        )  # fmt: skip
        problem = next((it.problem for it in sides if it.problem), "")
        for count, words in (
            (others, f"are left out: {self.recipe.method.kind} learns from {self.asked}"),
            (failed, f"are left out: {problem}"),
            (lost, "are left out: a whole answer of theirs is cut off at training.max_length"),
            (same, "are left out: their two answers are the same, so there is nothing to choose"),
            (cut - lost, "are longer than training.max_length and lose their end"),
        ):
            if count > 0:
                self.context.notice(f"{count} rows {words}", "warn")


def batched(items: "Sequence[_Item]") -> Iterator[list[_Item]]:
    """The items, AT_ONCE of them at a time."""
    rest = iter(items)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch
