"""The `kto` method: learn from answers judged good or bad, with trl's KTOTrainer on rows that are tokenised already."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.data.dataset import Dataset
from engine.data.example import Example
from engine.errors import DataError
from engine.jobs.context import JobContext
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.arguments import common_arguments
from engine.jobs.train.data import FOLDER
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods.judged import Answer, AnswerEncoder, Reading, answers_of
from engine.jobs.train.methods.judged_batches import JudgedCollator
from engine.jobs.train.methods.measured import build_measured
from engine.jobs.train.methods.table import TableWriter, token_lists
from engine.jobs.train.tokens import TokenisedData, TokenisedRows
from engine.method_limits import check_method
from engine.recipe import Recipe

_ASKED = "answers that are judged (rows with prompt, completion and label; of two answers the better one is good)"
_BALANCED = (1.0, 4 / 3)
"""Weight x number of the good answers, by that of the bad ones (Ethayarajh et al. 2024, eq. 8); a tenth off is well."""


def prepare(context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> TokenisedData:
    """Both sides as tokens. Raises RecipeError for settings that cannot be kept to, DataError without good and bad."""
    check_method(recipe)
    reading = Reading(context, recipe, dataset, ("unpaired", "preference"), _ASKED)
    encoder = AnswerEncoder(tokenizer, recipe.training.max_length)
    folder = context.folder.path / FOLDER
    train, good = _write(reading, encoder, "train", folder / "train.arrow")
    reading.check(len(train))
    if good in (0, len(train)):
        judged = "good" if good else "bad"
        raise DataError(f"{dataset.source.path}: every answer is judged {judged}: kto learns from good and bad ones")
    data = TokenisedData(train, _write(reading, encoder, "validation", folder / "validation.arrow")[0])
    reading.report(data)
    if unbalanced := balance(recipe, good, len(train) - good):
        context.notice(unbalanced)
    return data


def balance(recipe: Recipe, good: int, bad: int) -> str:
    """What to say of the weights; "" where they suit the numbers of good and bad answers."""
    preference = recipe.method.preference
    ratio = preference.desirable_weight * good / (preference.undesirable_weight * bad)
    low, high = _BALANCED
    if low * 0.9 <= ratio <= high * 1.1:
        return ""
    weight = preference.desirable_weight * good / (bad * (low if ratio < low else high))
    return (
        f"{good} good and {bad} bad answers: weight x number of the good ones is {ratio:.2f} times that of the bad "
        f"ones, and 1 to 1.33 is advised: set method.preference.undesirable_weight = {weight:.2g}"
    )


def _judged(example: Example) -> list[tuple[Answer, bool]]:
    answers = answers_of(example)
    labels = [True, False] if example.kind == "preference" else [bool(example.label)]
    return list(zip(answers, labels, strict=True))


def _write(reading: Reading, encoder: AnswerEncoder, side: str, path: Path) -> tuple[TokenisedRows, int]:
    """The side's answers, and how many of them are good."""
    tokens = trained = good = 0
    lengths = [np.empty(0, np.int32)]
    with TableWriter(path) as writer:
        for examples in reading.batches(side):
            judged = [one for example in examples for one in _judged(example)]
            if not judged:
                continue
            batch = encoder.encode([answer for answer, _ in judged])
            kept = reading.counts[side].add([batch])
            labels = np.array([label for _, label in judged])[kept]
            first, rows = sum(map(len, lengths)), int(kept.sum())
            places = np.arange(first, first + rows) if side == "train" else np.full(rows, -1)
            writer.add(
                {
                    "ids": token_lists(batch, batch.ids, kept), "labels": token_lists(batch, batch.labels, kept),
                    "good": labels, "row": places.astype(np.int32),
                }
            )  # fmt: skip
            lengths.append(batch.tokens[kept])
            tokens += int(batch.tokens[kept].sum())
            trained += int(batch.trained_tokens[kept].sum())
            good += int(labels.sum())
    every = np.concatenate(lengths)
    return TokenisedRows(path, len(every), tokens, trained, every), good


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe."""
    from trl import KTOTrainer

    collator = JudgedCollator(setup.tokenizer.tokenizer.pad_token_id, setup.tally, setup.recipe.training.max_length)
    return build_measured(setup, KTOTrainer, _arguments(setup), collator)


def _arguments(setup: Setup) -> Any:
    from trl import KTOConfig

    data: TokenisedData = setup.data
    preference = setup.recipe.method.preference
    return KTOConfig(
        **common_arguments(setup.recipe, data.train_rows, setup.output, measured=data.validation_rows > 0),
        beta=preference.beta,
        desirable_weight=preference.desirable_weight,
        undesirable_weight=preference.undesirable_weight,
        max_length=None,
        disable_dropout=not setup.recipe.adapter.dropout,
    )
