"""The `sft` method: imitate the answers, with trl's SFTTrainer on rows that are tokenised and masked already."""

from typing import Any

from engine.data.dataset import Dataset
from engine.jobs.context import JobContext
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.arguments import common_arguments, complete
from engine.jobs.train.collator import Collator
from engine.jobs.train.data import tokenise_dataset
from engine.jobs.train.first_batch import watch_first_batch
from engine.jobs.train.methods import Setup
from engine.jobs.train.order import use_order
from engine.jobs.train.packed import prove_rows_apart
from engine.jobs.train.tokens import TokenisedData
from engine.recipe import Recipe


def prepare(context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> TokenisedData:
    """Rows as tokens, with what of them is trained. Raises DataError when nothing is."""
    return tokenise_dataset(context, recipe, dataset, tokenizer)


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe. Raises ModelError where packed rows would see each other."""
    data: TokenisedData = setup.data
    recipe = setup.recipe
    collator = Collator(setup.tokenizer.tokenizer.pad_token_id, setup.tally, setup.in_one_line)
    if recipe.training.packing:
        prove_rows_apart(setup.model, collator.packed)
    trainer = _trainer_class()(
        model=setup.model,
        args=_arguments(setup),
        train_dataset=data.train.dataset(),
        eval_dataset=data.validation.dataset() if data.validation else None,
        processing_class=setup.tokenizer.tokenizer,
        data_collator=collator,
        callbacks=[setup.reporter],
    )
    complete(trainer, recipe)
    use_order(trainer, data.train.lengths, recipe.training)
    watch_first_batch(setup.model, collator)
    return trainer


def _trainer_class() -> Any:
    """trl's SFTTrainer; without a GPU with transformers' own loss, since trl's is a Triton kernel.

    Both are the cross-entropy of the labels summed over the step's micro-batches and divided by their trained tokens.
    """
    import torch
    from transformers import Trainer
    from trl import SFTTrainer

    if torch.cuda.is_available():
        return SFTTrainer

    class CpuSFTTrainer(SFTTrainer):  # type: ignore[misc]  # trl is untyped here
        def compute_loss(self, model: Any, inputs: dict[str, Any], *arguments: Any, **options: Any) -> Any:
            # with a cache the model would take packed rows for one
            return Trainer.compute_loss(self, model, inputs | {"use_cache": False}, *arguments, **options)

    return CpuSFTTrainer


def _arguments(setup: Setup) -> Any:
    from trl import SFTConfig

    data: TokenisedData = setup.data
    return SFTConfig(
        **common_arguments(setup.recipe, data.train_rows, setup.output, measured=data.validation_rows > 0),
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        packing=False,
    )
