"""The `sft` method: imitate the answers, with trl's SFTTrainer on rows that are tokenised and masked already."""

from typing import Any

from engine.data.dataset import Dataset
from engine.jobs.context import JobContext
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.arguments import add_early_stopping, common_arguments
from engine.jobs.train.data import Collator, TokenisedData, tokenise_dataset
from engine.jobs.train.first_batch import watch_first_batch
from engine.jobs.train.methods import Setup
from engine.recipe import Recipe


def prepare(context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> TokenisedData:
    """Rows as tokens, with what of them is trained. Raises DataError when nothing is."""
    return tokenise_dataset(context, recipe, dataset, tokenizer)


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe."""
    data: TokenisedData = setup.data
    collator = Collator(setup.tokenizer.tokenizer.pad_token_id, setup.tally)
    trainer = _trainer_class()(
        model=setup.model,
        args=_arguments(setup),
        train_dataset=data.train.dataset(),
        eval_dataset=data.validation.dataset() if data.validation else None,
        processing_class=setup.tokenizer.tokenizer,
        data_collator=collator,
        callbacks=[setup.reporter],
    )
    add_early_stopping(trainer, setup.recipe)
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
        def compute_loss(self, *arguments: Any, **options: Any) -> Any:
            return Trainer.compute_loss(self, *arguments, **options)

    return CpuSFTTrainer


def _arguments(setup: Setup) -> Any:
    from trl import SFTConfig

    data: TokenisedData = setup.data
    return SFTConfig(
        **common_arguments(setup.recipe, data.train_rows, setup.output, measured=data.validation_rows > 0),
        train_sampling_strategy=SAMPLING[setup.recipe.training.order],
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        packing=False,
    )


SAMPLING = {"by_length": "group_by_length", "random": "random", "given": "sequential"}
"""transformers' names of the orders; grouping begins with the longest row."""
