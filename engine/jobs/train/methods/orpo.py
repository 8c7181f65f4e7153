"""The `orpo` method: imitate and prefer at once, with trl's ORPOTrainer on pairs that are tokenised already.

trl also imitates the prompt (as the authors' code does); here, as in the paper (Hong et al. 2024, eq. 6), the chosen
answer alone is imitated, so that what is trained is what is shown.
"""

from typing import Any

from engine.jobs.train.arguments import common_arguments, complete
from engine.jobs.train.first_batch import watch_first_batch
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods.pairs import PairCollator
from engine.jobs.train.methods.pairs import prepare_pairs as prepare
from engine.jobs.train.methods.scoring import use_plain_scoring
from engine.jobs.train.order import use_order
from engine.jobs.train.tokens import TokenisedData

__all__ = ["build_trainer", "prepare"]


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe.

    It is built on one row, since it would go through all of them to tokenise them, and is given the others afterwards.
    """
    use_plain_scoring()
    data: TokenisedData = setup.data
    train = data.train.dataset()
    collator = PairCollator(setup.tokenizer.tokenizer.pad_token_id, setup.tally)
    trainer = _trainer_class()(
        model=setup.model,
        args=_arguments(setup),
        train_dataset=train.select([0]),
        eval_dataset=train.select([0]) if data.validation_rows else None,
        processing_class=setup.tokenizer.tokenizer,
        data_collator=collator,
        callbacks=[setup.reporter],
    )
    trainer.train_dataset = train
    trainer.eval_dataset = data.validation.dataset() if data.validation_rows else None
    trainer.use_dpo_data_collator = True  # else it warns at each batch of an evaluation
    _score_answers_alone(trainer)
    complete(trainer, setup.recipe)
    use_order(trainer, data.train.lengths, setup.recipe.training)
    watch_first_batch(setup.model, collator)
    return trainer


def _score_answers_alone(trainer: Any) -> None:
    """Let the model give log-probabilities of trained tokens without the logits of all others."""
    from trl.trainer.utils import add_fused_lm_head

    model = trainer.model
    whole = model.get_base_model() if hasattr(model, "peft_config") else model
    add_fused_lm_head(whole, outputs=("log_probs", "mean_logits"))


def _trainer_class() -> Any:
    import os

    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from trl.experimental.orpo import ORPOTrainer

    class AnswersORPOTrainer(ORPOTrainer):  # type: ignore[misc]  # trl is untyped here
        def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
            return {}

        def concatenated_forward(self, model: Any, batch: dict[str, Any]) -> tuple[Any, ...]:
            return _forward(model, batch, aux=self.aux_loss_enabled)

    return AnswersORPOTrainer


def _forward(model: Any, batch: dict[str, Any], *, aux: bool) -> tuple[Any, ...]:
    """Mean log-probability a token of each chosen and rejected answer, their logits' means, and the chosen ones' loss.

    `aux`: whether the loss that balances experts is asked for, as a sixth.
    """
    mask = batch["completion_mask"]
    options = {"output_router_logits": True} if aux else {}
    outputs = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        labels=batch["input_ids"].masked_fill(mask == 0, -100),
        use_cache=False,
        fused_lm_head=True,
        **options,
    )
    trained = mask[:, 1:]
    summed, count = outputs.log_probs.sum(-1), trained.sum(-1).clamp(min=1)
    chosen, rejected = (summed / count).chunk(2)
    imitated = -summed.chunk(2)[0].sum() / count.chunk(2)[0].sum()
    means = [logits[seen.bool()] for logits, seen in zip(outputs.mean_logits.chunk(2), trained.chunk(2), strict=True)]
    scores = (chosen, rejected, *means, imitated)
    return (*scores, outputs.aux_loss) if aux else scores


def _arguments(setup: Setup) -> Any:
    from trl.experimental.orpo import ORPOConfig

    data: TokenisedData = setup.data
    return ORPOConfig(
        **common_arguments(setup.recipe, data.train_rows, setup.output, measured=data.validation_rows > 0),
        beta=setup.recipe.method.preference.beta,
        max_length=setup.recipe.training.max_length,
        disable_dropout=not setup.recipe.adapter.dropout,
    )
