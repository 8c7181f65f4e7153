"""Steps, tokens and padding of a whole run, from the rows' lengths: the trainer's own counts (`engine.steps.plan`)."""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from engine.forecast.given import PAIRED, given_out, why_about
from engine.forecast.types import Rows
from engine.method_limits import rows_of_step, sampled_rows
from engine.recipe import PREFERENCE, Recipe, Training
from engine.situation import DataFacts
from engine.steps import planned_steps, steps_per_epoch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

PAD_MULTIPLE = 8
"""Batches are padded to a multiple of this, as the collators do."""


@dataclass(frozen=True, slots=True)
class Widest:
    """The micro-batch that takes the most memory."""

    rows: int
    width: int
    """Tokens in each of its rows, padding included."""
    trained: int
    """Tokens in it that may carry loss, at most."""

    @property
    def tokens(self) -> int:
        """Tokens that go through the model at once."""
        return self.rows * self.width


@dataclass(frozen=True, slots=True)
class Plan:
    """What the trainer goes through, and the widest batches of it."""

    rows: Rows
    training: Widest
    evaluation: Widest | None
    """None without validation rows."""


def padded(length: int) -> int:
    """Tokens in a row of a batch whose longest row has `length`."""
    return -(-length // PAD_MULTIPLE) * PAD_MULTIPLE


def plan_rows(recipe: Recipe, data: DataFacts, *, in_one_line: bool) -> Plan | None:
    """Follow the loader through the run; None where no lengths are known.

    `in_one_line`: packed sequences of a micro-batch lie one after the other, as Unsloth has them.
    """
    if data.lengths is None or not len(data.lengths):
        return None
    if recipe.method.kind == "grpo":
        return _sampled(recipe, data)
    given, counted = given_out(recipe, data)
    training = recipe.training
    steps = planned_steps(len(given), training)
    each = steps_per_epoch(len(given), training)
    whole, rest = divmod(steps, each)
    batches = _Batches(given, counted, recipe, in_one_line)
    first = batches.of(0, each if whole else rest)
    last = batches.of(whole, rest) if whole and rest else None
    tokens = whole * int(counted.sum()) + (last.tokens if last else 0) if whole else first.tokens
    padded_tokens = first.padded_tokens * max(1, whole) + (last.padded_tokens if last else 0)
    widest = max(first.widest, last.widest, key=lambda it: it[0] * it[1]) if last else first.widest
    about = why_about(recipe, data)
    rows = Rows(
        steps=steps, tokens=tokens, padded_tokens=padded_tokens, trained_tokens=_trained(recipe, data, tokens),
        longest=int(given.max()), exact=not about, rows=len(given), about=about,
    )  # fmt: skip
    return Plan(rows, Widest(*widest, trained=_most_trained(recipe, data, widest)), _evaluation(recipe, data))


@dataclass(frozen=True, slots=True)
class _Epoch:
    tokens: int
    padded_tokens: int
    widest: tuple[int, int]
    """Rows and width of the micro-batch with the most tokens."""


@dataclass(frozen=True, slots=True)
class _Batches:
    """An epoch's micro-batches."""

    given: "Ints"
    counted: "Ints"
    recipe: Recipe
    in_one_line: bool

    def of(self, epoch: int, steps: int) -> _Epoch:
        """The first `steps` optimiser steps of an epoch (from 0)."""
        import numpy as np

        training, pair = self.recipe.training, 2 if self.recipe.method.kind in PAIRED else 1
        until = steps * training.micro_batch * training.accumulation
        taken, tokens = self._whole(epoch) if until >= len(self.given) else self._begun(epoch, until)
        rows = np.full(ceil(len(taken) / training.micro_batch), training.micro_batch, dtype=np.int64)
        if short := len(taken) % training.micro_batch:
            rows[-1] = short
        filled = np.zeros(len(rows) * training.micro_batch, dtype=np.int64)
        filled[: len(taken)] = taken
        batches = filled.reshape(-1, training.micro_batch)
        if self.recipe.training.packing and self.in_one_line:
            widths, rows = _up(batches.sum(axis=1)), np.ones_like(rows)
        else:
            widths = _up(batches.max(axis=1))
        most = int(np.argmax(widths * rows))
        widest = self._first() if training.order == "by_length" else (int(rows[most]), int(widths[most]))
        return _Epoch(tokens, pair * int((widths * rows).sum()), widest)

    def _first(self) -> tuple[int, int]:
        """Rows and width of the batch that by_length begins with: the longest, which `_whole` leaves in their place."""
        import numpy as np

        training = self.recipe.training
        rows = min(training.micro_batch, len(self.given))
        longest = np.partition(self.given, len(self.given) - rows)[-rows:]
        if training.packing and self.in_one_line:
            return 1, int(_up(longest.sum()))
        return rows, int(_up(longest.max()))

    def _begun(self, epoch: int, until: int) -> "tuple[Ints, int]":
        """Lengths of the first rows that an epoch takes, in its order, and their tokens."""
        from engine.steps.plan import order

        numbers = order(self.given, self.recipe.training, epoch)[:until]
        return self.given[numbers], int(self.counted[numbers].sum())

    def _whole(self, epoch: int) -> "tuple[Ints, int]":
        """The same of all rows. Which is which does not matter, so lengths are sorted without their numbers.

        `engine.steps.plan.order` takes the longest micro-batch out of its place and puts it first, which moves padding
        by less than that batch.
        """
        import numpy as np

        training, tokens = self.recipe.training, int(self.counted.sum())
        if training.order == "given":
            return self.given, tokens
        taken = np.random.default_rng([training.seed, epoch]).permutation(self.given)
        if training.order == "random":
            return taken, tokens
        longest = int(taken.max())
        keys = np.arange(len(taken)) // _run_rows(len(taken), training) * (longest + 1) + longest - taken
        keys.sort()
        return longest - keys % (longest + 1), tokens


def _run_rows(rows: int, training: Training) -> int:
    """Rows in each run that by_length sorts: 50 steps, or a quarter of all (`engine.steps.plan`)."""
    step = training.micro_batch * training.accumulation
    return max(1, min(rows // (4 * step), 50)) * step


def _up(widths: "Ints") -> "Ints":
    return -(-widths // PAD_MULTIPLE) * PAD_MULTIPLE


def _trained(recipe: Recipe, data: DataFacts, tokens: int) -> int | None:
    """Tokens of the run that carry loss, by their share of all."""
    if data.trained is None or data.lengths is None:
        return None
    share = float(data.trained.sum()) / max(1, int(data.lengths.clip(max=recipe.training.max_length).sum()))
    return round(tokens * min(1.0, share))


def _most_trained(recipe: Recipe, data: DataFacts, widest: tuple[int, int]) -> int:
    """Loss is computed for trained tokens alone; the rows of the widest batch have at most as many each as any row, and
    packed ones those of several rows."""
    rows, width = widest
    if recipe.training.packing or data.trained is None or not len(data.trained):
        return rows * width
    most = int(data.trained.max())
    if recipe.method.kind in PREFERENCE and data.rejected is not None and data.lengths is not None:
        longer = data.rejected - data.lengths  # both have the same prompt, which is not trained
        most = max(most, int((data.trained + longer).max()))
    return rows * min(width, most)


def _evaluation(recipe: Recipe, data: DataFacts) -> Widest | None:
    if not data.validation:
        return None
    length = recipe.training.max_length
    if data.validation_lengths is not None and len(data.validation_lengths):
        length = min(length, int(data.validation_lengths.max()))
    elif data.lengths is not None:
        length = min(length, int(data.lengths.max()))
    rows = min(recipe.training.micro_batch, data.validation)
    return Widest(rows, padded(length), rows * padded(length))


def _sampled(recipe: Recipe, data: DataFacts) -> Plan:
    """GRPO: each prompt with as many answers as asked for, each as long as it may be: an upper bound."""
    assert data.lengths is not None
    training, grpo = recipe.training, recipe.method.grpo
    room = training.max_length - grpo.max_new_tokens
    fitting = data.lengths[(data.lengths > 0) & (data.lengths <= room)]  # longer prompts are left out
    prompts = fitting if len(fitting) else data.lengths.clip(min=1, max=max(1, room))
    answers = _answers_an_epoch(recipe, len(prompts))
    steps = planned_steps(answers, training)
    each = training.micro_batch * training.accumulation
    width = padded(int(prompts.max()) + grpo.max_new_tokens)
    tokens = round(steps * each * (float(prompts.mean()) + grpo.max_new_tokens))
    rows = Rows(
        steps=steps, tokens=tokens, padded_tokens=steps * each * width,
        trained_tokens=steps * each * grpo.max_new_tokens,
        longest=width, exact=False, rows=answers, about=why_about(recipe, data),
    )  # fmt: skip
    return Plan(rows, sampled_widest(recipe, width), None)


def _answers_an_epoch(recipe: Recipe, prompts: int) -> int:
    """As the trainer counts them; all prompts' for a recipe that it would refuse, whose prompts fill no step."""
    generations = recipe.method.grpo.generations
    whole = sampled_rows(recipe, prompts) if rows_of_step(recipe) >= generations else 0
    return whole or prompts * generations


def sampled_widest(recipe: Recipe, width: int) -> Widest:
    """The micro-batch of sampled answers, `width` tokens each with its prompt, of which the answer is trained."""
    rows = recipe.training.micro_batch
    return Widest(rows, width, rows * min(width, recipe.method.grpo.max_new_tokens))
