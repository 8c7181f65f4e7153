"""The `sft` method: imitate the answers, with trl's SFTTrainer on rows that are tokenised and masked already."""

from pathlib import Path
from typing import Any

from engine.jobs.train.data import Collator, TokenisedData
from engine.recipe import Recipe
from engine.steps import evaluation_interval, planned_steps, warmup_steps

SAMPLING = {"by_length": "group_by_length", "random": "random", "given": "sequential"}
"""transformers' names of the orders; grouping begins with the longest row."""


def build_trainer(
    recipe: Recipe, model: Any, tokenizer: Any, data: TokenisedData, output: Path, collator: Collator, reporter: Any
) -> Any:
    """trl's trainer, set up by the recipe; `reporter` is its callback."""
    from transformers import EarlyStoppingCallback

    trainer = _trainer_class()(
        model=model,
        args=_arguments(recipe, data, output),
        train_dataset=data.train.dataset(),
        eval_dataset=data.validation.dataset() if data.validation else None,
        processing_class=tokenizer,
        data_collator=collator,
        callbacks=[reporter],
    )
    if recipe.training.patience and data.validation:
        trainer.add_callback(EarlyStoppingCallback(recipe.training.patience))
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


def _arguments(recipe: Recipe, data: TokenisedData, output: Path) -> Any:
    import torch
    from trl import SFTConfig

    training = recipe.training
    gpu = torch.cuda.is_available()
    steps = planned_steps(len(data.train), training)
    every = evaluation_interval(steps, training)
    measured = bool(data.validation)
    return SFTConfig(
        output_dir=str(output),
        per_device_train_batch_size=training.micro_batch,
        per_device_eval_batch_size=training.micro_batch,
        gradient_accumulation_steps=training.accumulation,
        num_train_epochs=training.epochs,
        max_steps=training.max_steps or -1,
        learning_rate=training.learning_rate,
        lr_scheduler_type=training.schedule,
        warmup_steps=warmup_steps(steps, training),
        weight_decay=training.weight_decay,
        max_grad_norm=training.max_grad_norm,
        optim=_optimiser(training.optimiser, gpu),
        gradient_checkpointing=training.gradient_checkpointing != "off" and gpu,
        train_sampling_strategy=SAMPLING[training.order],
        seed=training.seed,
        data_seed=training.seed,
        eval_strategy="steps" if measured else "no",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=training.keep_checkpoints,
        load_best_model_at_end=measured,
        metric_for_best_model="eval_loss" if measured else None,
        greater_is_better=False if measured else None,
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        packing=False,
        dataloader_pin_memory=gpu,
        use_cpu=not gpu,
        **_mixed_precision(recipe, gpu),
    )


def _mixed_precision(recipe: Recipe, gpu: bool) -> dict[str, bool]:
    """Which 16-bit type the sums run in; neither on a CPU."""
    from engine.jobs.train.hf import weight_dtype

    dtype = str(weight_dtype(recipe.training.precision))
    return {"bf16": gpu and dtype == "torch.bfloat16", "fp16": gpu and dtype == "torch.float16"}


def _optimiser(name: str, gpu: bool) -> str:
    """trl's name of the optimiser; bitsandbytes' 8-bit ones need a GPU."""
    return name if gpu and name != "adamw" else "adamw_torch"
