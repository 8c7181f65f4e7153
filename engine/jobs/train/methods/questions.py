"""Rows that ask something (grpo): prompts as text, and what a reward needs to know of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from engine.data.dataset import Dataset
from engine.data.example import Example
from engine.errors import DataError
from engine.jobs.context import JobContext
from engine.jobs.masking.encode import Encoder
from engine.jobs.masking.prepare import Preparer
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.data import FOLDER
from engine.jobs.train.methods.judged import batched
from engine.jobs.train.methods.table import TableWriter
from engine.jobs.train.rewards import Answered, solution_problem
from engine.jobs.train.tokens import TokenisedRows
from engine.method_limits import rows_of_step, sampled_rows
from engine.protocol import DataReady
from engine.recipe import Recipe
from engine.rewards import compares

_KINDS = ("question", "conversation")
_ENDLESS = 1 << 30


@dataclass(frozen=True, slots=True)
class QuestionData:
    """Prompts of both sides. Of the training ones only as many are asked in an epoch as whole steps hold."""

    context: JobContext
    dataset: Dataset
    train: TokenisedRows
    validation: TokenisedRows
    train_rows: int
    """Answers that are sampled in an epoch."""
    validation_rows: int
    """Answers that are sampled in an evaluation, one to a prompt."""


@dataclass
class _Side:
    places: list[int] = field(default_factory=list)
    lengths: list[np.ndarray] = field(default_factory=list)
    others: int = 0
    failed: int = 0
    long: int = 0
    problem: str = ""


def prepare_questions(
    context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer
) -> QuestionData:
    """Prompts on disk. Raises DataError where there are none, too few for a step, or a reward cannot be given."""
    check_solutions(recipe, dataset)
    writing = _Writing(context, recipe, dataset, tokenizer)
    train = writing.side("train", dataset.split.train)
    source = dataset.source.path
    if not len(train):
        raise DataError(f"{source}: {writing.why_nothing}")
    prompts = rows_of_step(recipe) // recipe.method.grpo.generations
    if len(train) < prompts:
        raise DataError(
            f"{source}: {len(train)} prompts are fewer than the {prompts} of one step: lower training.micro_batch or "
            "training.accumulation"
        )
    validation = writing.side("validation", dataset.split.validation)
    writing.report(train, validation)
    return QuestionData(
        context, dataset, train, validation, sampled_rows(recipe, len(train)), validation_rows=len(validation)
    )


def check_solutions(recipe: Recipe, dataset: Dataset) -> None:
    """Raise DataError where a reward compares with solutions and a training row has none that it can use."""
    for reward in filter(compares, recipe.rewards):
        wrong = 0
        first = ""
        for place, example in zip(dataset.split.train, dataset.examples.at(dataset.split.train), strict=True):
            if example.kind in _KINDS and (problem := solution_problem(reward, example.answer)):
                wrong += 1
                first = first or f"row {int(dataset.usable[place]) + 1} {problem}"
        if wrong:
            others = f" (and {wrong - 1:,} more)" if wrong > 1 else ""
            raise DataError(
                f"{dataset.source.path}: {first}{others}: the {reward.kind} reward compares with it: mend the rows, or "
                "drop them with data.curate"
            )


def asked(example: Example) -> Example:
    """The question in an example: all but the answer of a conversation, whose answer is the solution."""
    if example.kind == "question":
        return example
    return Example("question", example.conversation[:-1], solution=example.answer)


class Lookup:
    """What was asked in a row, by its place among the examples: groups ask for the same one several times."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._found = lru_cache(maxsize=256)(self._find)

    def __call__(self, place: int, answer: str) -> Answered:
        """One answer to the row's prompt."""
        question = self._found(place)
        return Answered(question.prompt, answer, question.solution, question.row, question.number)

    def _find(self, place: int) -> Answered:
        example, number = asked(self._dataset.examples[place]), int(self._dataset.usable[place])
        return Answered(example.prompt, "", example.solution, self._dataset.records.row(number), number + 1)


class _Writing:
    """Renders and measures the prompts of both sides."""

    def __init__(self, context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> None:
        self._context = context
        self._recipe = recipe
        self._dataset = dataset
        self._preparer = Preparer(tokenizer.tokenizer, answers_only=True)
        self._encoder = Encoder(tokenizer.tokenizer, max_length=_ENDLESS, end_ids=tokenizer.end_ids)
        self._room = recipe.training.max_length - recipe.method.grpo.max_new_tokens
        self._total = len(dataset.split.train) + len(dataset.split.validation)
        self._done = 0
        self._sides: list[_Side] = []

    def side(self, name: str, places: Sequence[int]) -> TokenisedRows:
        """Write the prompts of a side."""
        found = _Side()
        self._sides.append(found)
        path = self._context.folder.path / FOLDER / f"{name}.arrow"
        with TableWriter(Path(path)) as writer:
            for examples in self._read(places, found):
                self._write(examples, found, writer)
        lengths = np.concatenate(found.lengths) if found.lengths else np.empty(0, np.int32)
        return TokenisedRows(path, len(lengths), int(lengths.sum()), 0, lengths)

    def _read(self, places: Sequence[int], found: _Side) -> Iterator[list[Example]]:
        at = iter(places)
        for batch in batched(self._dataset.examples.at(places)):
            placed = zip(islice(at, len(batch)), batch, strict=True)
            found.places = [int(place) for place, it in placed if it.kind in _KINDS]
            found.others += sum(it.kind not in _KINDS for it in batch)
            yield [asked(it) for it in batch if it.kind in _KINDS]
            self._done += len(batch)
            self._context.check_stop()
            self._context.progress(self._done, self._total, "rows")

    def _write(self, examples: list[Example], found: _Side, writer: TableWriter) -> None:
        batch = self._encoder.encode(self._preparer.prepare(examples))
        failed = np.array([bool(problem) for problem in batch.problems], dtype=np.bool_)
        long = ~failed & (batch.tokens > self._room)
        found.failed += int(failed.sum())
        found.long += int(long.sum())
        found.problem = found.problem or next((problem for problem in batch.problems if problem), "")
        kept = np.flatnonzero(~failed & ~long).tolist()
        writer.add({"prompt": [batch.texts[row] for row in kept], "place": [found.places[row] for row in kept]})
        found.lengths.append(batch.tokens[kept])

    @property
    def why_nothing(self) -> str:
        """Why no prompt is left to train on, with the mend."""
        side = self._sides[0]
        if side.long:
            return f"every prompt is longer than {self._limit}: raise training.max_length"
        return side.problem or "grpo learns from prompts (rows with prompt and solution), and none of the rows has one"

    @property
    def _limit(self) -> str:
        return f"the {self._room} tokens that training.max_length leaves beside method.grpo.max_new_tokens"

    def report(self, train: TokenisedRows, validation: TokenisedRows) -> None:
        """What is asked, and what a person should know about it."""
        others, failed, long = (sum(getattr(it, name) for it in self._sides) for name in ("others", "failed", "long"))
        self._context.emit(
            DataReady(
                train_rows=len(train), validation_rows=len(validation), tokens=train.tokens, trained_tokens=0,
                longest=train.longest, dropped_rows=others + failed + long, sequences=len(train),
            )
        )  # fmt: skip
        problem = next((it.problem for it in self._sides if it.problem), "")
        for count, why in (
            (others, "grpo learns from prompts (rows with prompt and solution)"),
            (failed, problem),
            (long, f"their prompt is longer than {self._limit}"),
        ):
            if count:
                self._context.notice(f"{count} rows are left out: {why}", "warn")
