"""The `dpo` method: prefer the chosen of two answers, with trl's DPOTrainer on pairs that are tokenised already."""

from typing import Any

from engine.jobs.train.arguments import common_arguments, complete
from engine.jobs.train.first_batch import watch_first_batch
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods.judged import JudgedData
from engine.jobs.train.methods.pairs import PairCollator
from engine.jobs.train.methods.pairs import prepare_pairs as prepare
from engine.jobs.train.methods.reference import forget_copy_at_the_end, reference_of, whole_copy
from engine.jobs.train.methods.scoring import use_plain_scoring
from engine.jobs.train.order import use_order

__all__ = ["build_trainer", "prepare"]


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe; its reference is the model as it is now."""
    use_plain_scoring()
    data: JudgedData = setup.data
    collator = PairCollator(setup.tokenizer.tokenizer.pad_token_id, setup.tally)
    with reference_of(setup.model):
        trainer = _trainer_class()(
            model=setup.model,
            ref_model=whole_copy(setup.model),
            args=_arguments(setup),
            train_dataset=data.train.dataset(),
            eval_dataset=data.validation.dataset() if data.validation_rows else None,
            processing_class=setup.tokenizer.tokenizer,
            data_collator=collator,
            callbacks=[setup.reporter],
        )
    forget_copy_at_the_end(trainer)
    complete(trainer, setup.recipe)
    use_order(trainer, data.train.lengths, setup.recipe.training)
    watch_first_batch(setup.model, collator)
    return trainer


def _trainer_class() -> Any:
    from trl import DPOTrainer

    class ReadyDPOTrainer(DPOTrainer):  # type: ignore[misc]  # trl is untyped here
        def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
            return dataset

    return ReadyDPOTrainer


def _arguments(setup: Setup) -> Any:
    from trl import DPOConfig

    data: JudgedData = setup.data
    preference = setup.recipe.method.preference
    return DPOConfig(
        **common_arguments(setup.recipe, data.train_rows, setup.output, measured=data.validation_rows > 0),
        beta=preference.beta,
        loss_type=[preference.loss],
        label_smoothing=preference.label_smoothing,
        max_length=None,
        disable_dropout=not setup.recipe.adapter.dropout,
    )
