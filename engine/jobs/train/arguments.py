"""The trainer's arguments that every method shares, from the recipe."""

from pathlib import Path
from typing import Any

from engine.recipe import Recipe
from engine.steps import evaluation_interval, planned_steps, warmup_steps


def common_arguments(recipe: Recipe, rows: int, output: Path, measured: bool) -> dict[str, Any]:
    """Keyword arguments for transformers' TrainingArguments and trl's configs, which all derive from it.

    `rows`: what the trainer's loader gives out in an epoch. `measured`: whether there are validation rows. The order
    of rows is the method's own: what has lengths to go by says `train_sampling_strategy`.
    """
    import torch

    training = recipe.training
    gpu = torch.cuda.is_available()
    steps = planned_steps(rows, training)
    every = evaluation_interval(steps, training)
    return {
        "output_dir": str(output),
        "per_device_train_batch_size": training.micro_batch,
        "per_device_eval_batch_size": training.micro_batch,
        "gradient_accumulation_steps": training.accumulation,
        "num_train_epochs": training.epochs,
        "max_steps": training.max_steps or -1,
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": training.schedule,
        "warmup_steps": warmup_steps(steps, training),
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
        "optim": _optimiser(training.optimiser, gpu),
        "gradient_checkpointing": training.gradient_checkpointing != "off" and gpu,
        "seed": training.seed,
        "data_seed": training.seed,
        "eval_strategy": "steps" if measured else "no",
        "eval_steps": every,
        "prediction_loss_only": True,  # logits of a whole evaluation are kept otherwise
        "save_strategy": "steps",
        "save_steps": every,
        "save_total_limit": training.keep_checkpoints,
        "load_best_model_at_end": measured,
        "metric_for_best_model": "eval_loss" if measured else None,
        "greater_is_better": False if measured else None,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": "none",
        "disable_tqdm": True,
        "remove_unused_columns": False,
        "dataloader_pin_memory": gpu,
        "use_cpu": not gpu,
        **_mixed_precision(recipe, gpu),
    }


def add_early_stopping(trainer: Any, recipe: Recipe) -> None:
    """End after `patience` evaluations without a better one, where the recipe asks for it and rows are measured."""
    from transformers import EarlyStoppingCallback

    if recipe.training.patience and trainer.eval_dataset is not None:
        trainer.add_callback(EarlyStoppingCallback(recipe.training.patience))


def _mixed_precision(recipe: Recipe, gpu: bool) -> dict[str, bool]:
    """Which 16-bit type the sums run in; neither on a CPU."""
    from engine.jobs.train.hf import weight_dtype

    dtype = str(weight_dtype(recipe.training.precision))
    return {"bf16": gpu and dtype == "torch.bfloat16", "fp16": gpu and dtype == "torch.float16"}


def _optimiser(name: str, gpu: bool) -> str:
    """trl's name of the optimiser; bitsandbytes' 8-bit ones need a GPU."""
    return name if gpu and name != "adamw" else "adamw_torch"
