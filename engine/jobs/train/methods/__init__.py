"""The methods: what is learned from rows, each in one module that knows no backend and no other method.

A method module has two functions. It imports torch, transformers and trl inside them, since Unsloth must come first.

    prepare(context, recipe, dataset, tokenizer) -> Data
        Tokenise both sides, say what came of it (`DataReady`, notices); DataError when nothing can be learned.
    build_trainer(setup) -> Any
        The trl trainer, from a `Setup` whose data is what `prepare` gave. Its arguments come from
        `engine.jobs.train.arguments.common_arguments`, which every method shares, and `complete` adds what arguments
        cannot say; `use_order` lets it take rows as training.order says; `setup.reporter` is its callback, and whatever
        makes micro-batches adds them to `setup.tally`.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from engine.data.dataset import Dataset
from engine.jobs.context import JobContext
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.tally import Tally
from engine.recipe import METHODS, Recipe


class Data(Protocol):
    """What a method made of the rows."""

    @property
    def train_rows(self) -> int:
        """Rows that the trainer's loader gives out in an epoch; sequences where several rows are packed into one."""
        ...

    @property
    def validation_rows(self) -> int:
        """The same of an evaluation; 0 where nothing is measured."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What a trainer is built of."""

    recipe: Recipe
    project: Path
    """The project's folder, against which the recipe's paths are read."""
    model: Any
    """Ready to train; a peft model but for adapter.kind = full."""
    tokenizer: LoadedTokenizer
    data: Any
    """What the same method's `prepare` gave."""
    output: Path
    """Where checkpoints go."""
    reporter: Any
    """A TrainerCallback."""
    tally: Tally
    in_one_line: bool = False
    """Whether the model wants packed sequences in one line, with the lengths of their rows (`packed_seq_lengths`)."""


class Method(Protocol):
    """One of this package's modules."""

    def prepare(self, context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> Data:
        """Rows as what the trainer takes. Raises DataError when nothing can be learned of them."""
        ...

    def build_trainer(self, setup: Setup) -> Any:
        """A trainer that is ready for `train()`."""
        ...


def choose(kind: str) -> Method:
    """The method of a recipe's `method.kind`."""
    assert kind in METHODS, kind
    module: Any = import_module(f"{__name__}.{kind}")
    method: Method = module
    return method
