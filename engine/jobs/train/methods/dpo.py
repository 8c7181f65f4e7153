"""The `dpo` method: prefer the chosen of two answers, with trl's DPOTrainer on pairs that are tokenised already."""

from typing import Any

from engine.jobs.train.arguments import common_arguments
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods.measured import build_measured
from engine.jobs.train.methods.pairs import PairCollator
from engine.jobs.train.methods.pairs import prepare_pairs as prepare
from engine.jobs.train.tokens import TokenisedData

__all__ = ["build_trainer", "prepare"]


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe."""
    from trl import DPOTrainer

    collator = PairCollator(setup.tokenizer.tokenizer.pad_token_id, setup.tally)
    return build_measured(setup, DPOTrainer, _arguments(setup), collator)


def _arguments(setup: Setup) -> Any:
    from trl import DPOConfig

    data: TokenisedData = setup.data
    preference = setup.recipe.method.preference
    return DPOConfig(
        **common_arguments(setup.recipe, data.train_rows, setup.output, measured=data.validation_rows > 0),
        beta=preference.beta,
        loss_type=[preference.loss],
        label_smoothing=preference.label_smoothing,
        max_length=None,
        disable_dropout=not setup.recipe.adapter.dropout,
    )
