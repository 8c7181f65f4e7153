"""Which key was meant by one that a recipe does not have."""

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, TypeGuard, get_args, get_origin

from pydantic import BaseModel

from engine.recipe import Recipe

Location = tuple[int | str, ...]
"""Where a mistake is, part by part; behind the number of a step or a reward stands its kind."""

_NEAR, _VERY_NEAR = 0.75, 0.85
"""How alike names are (difflib's ratio): beside each other, and anywhere in a recipe."""

OTHER_NAMES = {
    "base_model": "model.base", "model_name": "model.base", "model_name_or_path": "model.base",
    "dataset": "data.source", "datasets": "data.source", "dataset_path": "data.source", "train_file": "data.source",
    "val_size": "data.split.validation", "val_set_size": "data.split.validation", "test_size": "data.split.held_out",
    "eval_file": "data.held_out",
    "lora": "adapter", "peft": "adapter", "r": "adapter.rank", "lora_r": "adapter.rank", "lora_rank": "adapter.rank",
    "lora_alpha": "adapter.alpha", "lora_dropout": "adapter.dropout", "target_modules": "adapter.targets",
    "lora_target": "adapter.targets", "lora_target_modules": "adapter.targets",
    "modules_to_save": "adapter.also_train", "use_rslora": "adapter.rslora", "use_dora": "adapter.dora",
    "init_lora_weights": "adapter.init", "load_in_4bit": "adapter.kind", "finetuning_type": "adapter.kind",
    "lr": "training.learning_rate", "lr_scheduler": "training.schedule", "lr_scheduler_type": "training.schedule",
    "scheduler": "training.schedule", "warmup_ratio": "training.warmup", "warmup_steps": "training.warmup",
    "optim": "training.optimiser", "optimizer": "training.optimiser", "gradient_clip": "training.max_grad_norm",
    "num_epochs": "training.epochs", "num_train_epochs": "training.epochs", "steps": "training.max_steps",
    "batch_size": "training.micro_batch", "micro_batch_size": "training.micro_batch",
    "per_device_train_batch_size": "training.micro_batch", "batch": "training.micro_batch",
    "gradient_accumulation": "training.accumulation", "gradient_accumulation_steps": "training.accumulation",
    "grad_accum": "training.accumulation", "max_seq_length": "training.max_length",
    "max_seq_len": "training.max_length", "sequence_len": "training.max_length", "cutoff_len": "training.max_length",
    "sample_packing": "training.packing", "group_by_length": "training.order", "random_state": "training.seed",
    "bf16": "training.precision", "fp16": "training.precision", "eval_steps": "training.evaluate_every",
    "save_steps": "training.save_every", "save_total_limit": "training.keep_checkpoints",
    "early_stopping_patience": "training.patience", "num_generations": "method.grpo.generations",
    "reward_funcs": "rewards", "eval": "evaluation", "report_to": "trackers.use", "wandb_project": "trackers.project",
}  # fmt: skip
"""What Axolotl, LLaMA-Factory, trl, peft and Unsloth call a setting of ours."""


def known_keys(section: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[str]:
    """Every dotted key that a recipe can have."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if _is_section(kind):
            yield from known_keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def nearest(location: Location) -> str | None:
    """The key that was meant: beside the unknown one, by another tool's name, or elsewhere; None when none is near."""
    *above, last = location
    name = str(last).lower().replace("-", "_").replace(" ", "_")
    section = section_at(tuple(above))
    near = difflib.get_close_matches(name, section.model_fields, n=1, cutoff=_NEAR) if section else []
    if near:
        return near[0] if any(isinstance(part, int) for part in above) else ".".join([*map(str, above), near[0]])
    return OTHER_NAMES.get(name) or _elsewhere(name, ".".join(map(str, above)))


def section_at(location: Location) -> type[BaseModel] | None:
    """The section of a place, through lists and the kinds of their items; None where there is none."""
    kind: Any = Recipe
    for part in location:
        kind = _below(kind, part)
    return kind if _is_section(kind) else None


def field_at(location: Location) -> Any:
    """The type of a setting; None where there is none."""
    section = section_at(location[:-1])
    field = section.model_fields.get(str(location[-1])) if section else None
    return field.annotation if field else None


def _elsewhere(name: str, above: str) -> str | None:
    """The key or section of nearly this name, the one nearest to where it was written."""
    known: dict[str, list[str]] = {}
    for key in [*_sections(Recipe, ""), *known_keys()]:
        known.setdefault(key.rpartition(".")[2], []).append(key)
    for near in difflib.get_close_matches(name, known, n=1, cutoff=_VERY_NEAR):
        return next((key for key in known[near] if key.startswith(f"{above}.")), known[near][0])
    return None


def _sections(section: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in section.model_fields.items():
        kind = field.annotation
        if _is_section(kind):
            yield prefix + name
            yield from _sections(kind, f"{prefix}{name}.")


def _below(kind: Any, part: int | str) -> Any:
    """The type one part further in."""
    if _is_section(kind):
        field = kind.model_fields.get(str(part))
        return field.annotation if field else None
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    if get_origin(kind) is Annotated:  # a step or a reward: one section a kind
        return next((each for each in get_args(get_args(kind)[0]) if part in _kinds(each)), None)
    return None


def _kinds(section: type[BaseModel]) -> tuple[str, ...]:
    """What a step or a reward calls itself."""
    named = section.model_fields.get("step") or section.model_fields["kind"]
    return get_args(named.annotation)


def _is_section(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
