"""What rules look at: a recipe, what is known outside it, and the figures that several rules need."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from engine.advice.curating import added, with_step
from engine.advice.lengths import Lengths, measure, measure_rest, measure_wider
from engine.base_models import known
from engine.data.example import Kind
from engine.data.formats.known import KNOWN
from engine.data.formats.mapped import kind_of
from engine.forecast.shape import ModelShape, read_shape
from engine.forecast.types import Forecast
from engine.recipe import PREFERENCE, Recipe
from engine.situation import DataFacts, GpuFacts, Situation
from engine.steps import planned_steps, steps_per_epoch

DEFAULT_BATCH = 16
"""Rows of an optimiser step that the guide's rates are for (guide §3)."""
TINY_PARAMETERS = 100_000_000
"""Below this the rates and sizes of the guide do not hold: they are for models of billions."""
SMALL_ROWS = 500
"""Rows below which 1-2 epochs are enough (guide §3)."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


@dataclass(frozen=True)
class Case:
    """One recipe in one situation."""

    recipe: Recipe
    situation: Situation
    forecast: Forecast | None = None

    @property
    def data(self) -> DataFacts:
        """What is known of the rows."""
        return self.situation.data

    @property
    def method(self) -> str:
        """What the training optimises."""
        return self.recipe.method.kind

    @property
    def imitates(self) -> bool:
        """Whether texts are imitated (sft, cpt), not weighed or sampled."""
        return self.method in ("sft", "cpt")

    @property
    def prefers(self) -> bool:
        """Whether answers are weighed against each other."""
        return self.method in PREFERENCE

    @property
    def full(self) -> bool:
        """Whether every weight is trained."""
        return self.recipe.adapter.kind == "full"

    @cached_property
    def rows(self) -> int | None:
        """Training rows; None where that is not known."""
        return self.data.train if self.data.train and not self.data.problem else None

    @property
    def examples(self) -> int | None:
        """Training rows that are examples to learn from one by one, without copies; None for cpt, whose texts are told
        by tokens."""
        return None if self.rows is None or self.method == "cpt" else self.rows - self.data.copies

    @property
    def all_rows(self) -> int:
        """Usable rows of the source, on every side and without copies: what shares of the split are of."""
        held_out = 0 if self.recipe.data.held_out else self.data.held_out
        return self.data.train - self.data.copies + self.data.validation + held_out

    @property
    def classes(self) -> tuple[tuple[str, int], ...]:
        """The classes of the rows with their sizes, the largest first; () where there are none. Good and bad answers
        are no classes: weights make up for their numbers."""
        labels = self.data.labels
        return () if self.kind == "unpaired" or len(labels) < 2 else labels

    @property
    def classes_once(self) -> tuple[tuple[str, int], ...]:
        """The same without copies."""
        return self.classes and (self.data.labels_once or self.classes)

    @property
    def split_as_counted(self) -> bool:
        """Whether the sides were counted with the recipe's own split, as far as that is known."""
        return self.data.of is not None and self.recipe.data.split == self.data.of.split

    @property
    def task(self) -> str:
        """What the model shall do, "" where nobody has said it."""
        task = self.recipe.readiness.task
        return "" if task == "unsaid" else task

    @cached_property
    def kind(self) -> Kind | None:
        """What the rows teach; None where that is not known."""
        layout = self.data.format or self.recipe.data.format
        if layout == "mapping" or (layout == "auto" and self.recipe.data.mapping.given):
            return kind_of(self.recipe.data.mapping) if self.recipe.data.mapping.given else None
        return KNOWN[layout].kind if layout in KNOWN else None

    @cached_property
    def batch(self) -> int:
        """Rows of one optimiser step."""
        training = self.recipe.training
        return training.micro_batch * training.accumulation * self.recipe.hardware.gpus

    @cached_property
    def steps(self) -> int | None:
        """Optimiser steps of the run: the forecast's, else of what is given out, about; None where rows are unknown."""
        if self.forecast is not None and self.forecast.steps is not None:
            return self.forecast.steps
        training = self.recipe.training
        if training.max_steps is not None:
            return training.max_steps
        return None if self.given_out is None else planned_steps(self.given_out, training)

    @property
    def exact_steps(self) -> int | None:
        """The same as the trainer will count them; None where rows, their pieces or packing are only estimated."""
        rows = self.forecast.rows if self.forecast else None
        return rows.steps if rows is not None and rows.exact else self.recipe.training.max_steps

    @cached_property
    def given_out(self) -> int | None:
        """What an epoch goes through: rows, of cpt the pieces that texts are cut into, of grpo the answers that are
        sampled, and where rows are packed what holds them; None where that is not known."""
        if self.forecast is not None and self.forecast.rows is not None:
            return self.forecast.rows.rows
        if self.rows is None or self.method == "grpo":
            return self.rows and self.rows * self.recipe.method.grpo.generations
        if self.recipe.training.packing:
            return ceil(self.packed_rows) or None
        return self._pieces if self.method == "cpt" else self.rows

    @property
    def _pieces(self) -> int | None:
        """Pieces of max_length that texts are cut into; None where their lengths are not known."""
        if self.lengths is None:
            return None
        return int((-(-self.lengths.sorted // self.recipe.training.max_length)).clip(min=1).sum())

    @cached_property
    def passes(self) -> float:
        """How often each row is seen: the epochs, or what max_steps leaves of them."""
        training = self.recipe.training
        if training.max_steps is None or self.given_out is None:
            return training.epochs
        return training.max_steps / steps_per_epoch(self.given_out, training)

    @property
    def packed_away(self) -> bool:
        """Whether packing makes less than half of the steps that there would be without it."""
        training, lengths = self.recipe.training, self.lengths
        if not training.packing or not self.imitates or lengths is None or training.max_steps is not None:
            return False
        return lengths.rows > 2 * self.packed_rows

    @property
    def packed_rows(self) -> float:
        """Rows of max_length that all rows fill, about; 0 where their lengths are not known."""
        limit = self.recipe.training.max_length
        if self.lengths is None:
            return 0.0
        return (self.lengths.total if self.method == "cpt" else self.lengths.total_within(limit)) / limit

    @property
    def epochs(self) -> str:
        """The same as epochs, such as `3.8 epochs`."""
        return f"{_rounded(self.passes)} {'epoch' if self.passes == 1 else 'epochs'}"

    @property
    def times(self) -> str:
        """How often each row is seen, such as `3.8 times`."""
        return f"{_rounded(self.passes)} times"

    def fewer_passes(self, epochs: int) -> dict[str, Any]:
        """Settings that make every row be seen this often."""
        settings: dict[str, Any] = {"training.epochs": epochs}
        if self.recipe.training.max_steps is not None:
            settings["training.max_steps"] = None
        return settings

    @cached_property
    def lengths(self) -> Lengths | None:
        """Tokens of training rows; None where nobody has counted them."""
        return measure(self.data.lengths)

    @cached_property
    def trained(self) -> Lengths | None:
        """Tokens that carry loss of each training row; None where no audit has counted them."""
        return measure(self.data.trained)

    @property
    def weighs(self) -> bool:
        """Whether each row's worse answer is learned from as well."""
        return self.prefers and self.data.rejected is not None

    @cached_property
    def widest(self) -> Lengths | None:
        """Tokens of what has to fit: training rows, with the longer of two answers where both are learned from; of grpo
        the prompts. None where nobody has counted them."""
        if self.method == "grpo" and self.kind != "question":
            return self.untrained
        return measure_wider(self.data.lengths, self.data.rejected) if self.weighs else self.lengths

    @cached_property
    def untrained(self) -> Lengths | None:
        """Tokens of each row that carry no loss: its prompt, at least; None where no audit has counted them."""
        return measure_rest(self.data.lengths, self.data.trained)

    @property
    def room(self) -> int:
        """Tokens that a row may have: max_length, of grpo what is left of it beside the answer that is sampled."""
        sampled = self.recipe.method.grpo.max_new_tokens if self.method == "grpo" else 0
        return self.recipe.training.max_length - sampled

    @property
    def longest(self) -> int | None:
        """Tokens of the longest training row, with the longer of two answers; None where that is not known exactly."""
        lengths, counted_at = self.widest, self.data.counted_at
        if lengths is None or not self.data.exact or (counted_at is not None and lengths.longest >= counted_at):
            return None
        return lengths.longest

    @property
    def about(self) -> str:
        """Said before figures of lengths that are estimated."""
        return "" if self.data.exact else "about "

    @cached_property
    def shape(self) -> ModelShape | None:
        """The base model's sizes; None where its config is not known."""
        config = self.situation.model.config
        if config is None:
            return None
        try:
            return read_shape(config, self.situation.model.weight_bytes)
        except (ValueError, TypeError):
            return None

    @cached_property
    def tiny(self) -> bool:
        """Whether the base is far smaller than what the guide's figures are for."""
        return self.shape is not None and self.shape.parameters < TINY_PARAMETERS

    @property
    def native(self) -> int | None:
        """Tokens that the base model was made for."""
        return self.shape.native_length if self.shape is not None and self.shape.native_length > 0 else None

    @property
    def gpu(self) -> GpuFacts | None:
        """The GPU that it runs on, or that the forecast is for; None on a CPU."""
        here, foreseen = self.situation.gpus, self.forecast
        if foreseen is None or not foreseen.gpu:
            return here[0] if here else None
        named = next((gpu for gpu in here if gpu.name == foreseen.gpu), None)
        return named or GpuFacts(foreseen.gpu, foreseen.gpu_total_bytes or 0, here=False)

    @property
    def by_unsloth(self) -> bool:
        """Whether Unsloth would run it."""
        if self.forecast is not None:
            return self.forecast.backend == "unsloth"
        return self.recipe.hardware.backend != "hf" and self.situation.unsloth and self.gpu is not None

    @property
    def on_hub(self) -> bool:
        """Whether the base is a Hub id, as far as its name and the facts tell."""
        base = self.recipe.model.base
        here = self.situation.model.weight_bytes is not None  # a folder of that name, or fetched from the Hub
        return bool(_HUB_ID.fullmatch(base)) and (not here or known(base) is not None)

    def curated(self, step: str) -> bool:
        """Whether the recipe has such a step of curation."""
        return any(found.step == step for found in self.recipe.data.curate)

    def with_step(self, **step: Any) -> dict[str, Any]:
        """Settings that have a step of curation, in its place among the others, or instead of the one of its name."""
        return {"data.curate": with_step(self.recipe.data.curate, step)}

    def mended(self, step: str) -> bool:
        """Whether the recipe has such a step that the rows had not gone through when they were checked."""
        return added(self.recipe.data.curate, step, self.data.checked_after)

    def found(self, codes: Iterable[str]) -> dict[str, int]:
        """Rows by code of these findings of checks and audits, those that there are."""
        return {code: self.data.findings[code] for code in codes if code in self.data.findings}


def _rounded(number: float) -> str:
    """Two digits, and whole numbers whole: 3.8, 96, 120, 0.25."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
