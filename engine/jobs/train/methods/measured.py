"""What dpo and kto share: a trainer of trl that measures the model against how it began, on rows that are tokens."""

from typing import Any

from engine.jobs.train.arguments import complete
from engine.jobs.train.first_batch import watch_first_batch
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods.reference import forget_copy_at_the_end, reference_of, whole_copy
from engine.jobs.train.methods.scoring import use_plain_scoring
from engine.jobs.train.order import use_order
from engine.jobs.train.tokens import TokenisedData


def build_measured(setup: Setup, trainer_class: Any, arguments: Any, collator: Any) -> Any:
    """A trainer of trl's class, set up by the recipe; its reference is the model as it is now."""
    use_plain_scoring()
    data: TokenisedData = setup.data
    with reference_of(setup.model):
        trainer = _ready(trainer_class)(
            model=setup.model,
            ref_model=whole_copy(setup.model),
            args=arguments,
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


def _ready(trainer_class: Any) -> Any:
    """The class, without the step that would render and tokenise rows."""

    class Ready(trainer_class):  # type: ignore[misc]  # trl is untyped here
        def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
            return dataset

    return Ready
