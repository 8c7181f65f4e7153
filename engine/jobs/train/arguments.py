"""The trainer's arguments that every method shares, from the recipe; and what its arguments cannot say."""

from pathlib import Path
from typing import Any

from engine.recipe import Recipe
from engine.steps import evaluation_interval, planned_steps, save_interval, warmup_steps

OPTIMISERS = {
    "adamw": "adamw_torch",
    "adamw_8bit": "adamw_8bit",
    "paged_adamw": "paged_adamw_32bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
}
"""transformers' names; all but the first are bitsandbytes', which need a GPU."""


def common_arguments(recipe: Recipe, rows: int, output: Path, measured: bool) -> dict[str, Any]:
    """Keyword arguments for transformers' TrainingArguments and trl's configs, which all derive from it.

    `rows`: what the trainer's loader gives out in an epoch. `measured`: whether there are validation rows.
    """
    import torch

    training = recipe.training
    gpu = torch.cuda.is_available()
    steps = planned_steps(rows, training)
    return {
        "output_dir": str(output),
        "per_device_train_batch_size": training.micro_batch,
        "per_device_eval_batch_size": training.micro_batch,  # what training has room for, measuring has room for
        "gradient_accumulation_steps": training.accumulation,
        "num_train_epochs": training.epochs,
        "max_steps": training.max_steps or -1,
        **_rate(recipe, steps),
        "optim": OPTIMISERS[training.optimiser] if gpu else "adamw_torch",
        "gradient_checkpointing": training.gradient_checkpointing != "off" and gpu,
        "seed": training.seed,
        "data_seed": training.seed,
        **_cadence(recipe, steps, measured),
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": "none",  # trackers are callbacks of their own (trackers.py)
        "disable_tqdm": True,
        "remove_unused_columns": False,
        "dataloader_pin_memory": gpu,
        "use_cpu": not gpu,
        **_mixed_precision(recipe, gpu),
    }


def complete(trainer: Any, recipe: Recipe) -> None:
    """Add to a trainer what its arguments cannot say: early stopping, and which checkpoints may be the best.

    Only evaluations at which a checkpoint is saved count: of any other step there is nothing to go back to.
    """
    from transformers import EarlyStoppingCallback

    if trainer.eval_dataset is None:
        return
    if recipe.training.patience:
        trainer.add_callback(EarlyStoppingCallback(recipe.training.patience))
    if recipe.training.save_every is None:
        return
    determine = trainer._determine_best_metric

    def of_saved(*args: Any, **kwargs: Any) -> bool:
        return bool(trainer.control.should_save and determine(*args, **kwargs))

    trainer._determine_best_metric = of_saved


def _rate(recipe: Recipe, steps: int) -> dict[str, Any]:
    training = recipe.training
    warm = warmup_steps(steps, training)
    constant = training.schedule == "constant" and warm > 0  # transformers' `constant` knows no warm-up
    return {
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": "constant_with_warmup" if constant else training.schedule,
        "warmup_steps": warm,
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
    }


def _cadence(recipe: Recipe, steps: int, measured: bool) -> dict[str, Any]:
    training = recipe.training
    return {
        "eval_strategy": "steps" if measured else "no",
        "eval_steps": evaluation_interval(steps, training),
        "prediction_loss_only": True,  # the logits of a whole evaluation would be kept otherwise
        "save_strategy": "steps",
        "save_steps": save_interval(steps, training),
        "save_total_limit": training.keep_checkpoints,
        "load_best_model_at_end": measured,
        "metric_for_best_model": "eval_loss" if measured else None,
        "greater_is_better": False if measured else None,
    }


def _mixed_precision(recipe: Recipe, gpu: bool) -> dict[str, bool]:
    """Which 16-bit type the sums run in; neither on a CPU."""
    from engine.jobs.train.hf import weight_dtype

    dtype = str(weight_dtype(recipe.training.precision))
    return {"bf16": gpu and dtype == "torch.bfloat16", "fp16": gpu and dtype == "torch.float16"}
