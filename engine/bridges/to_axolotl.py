"""A recipe as Axolotl's YAML, and what Axolotl cannot say of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.bridges.differing import uncarried
from engine.bridges.importing import import_source
from engine.bridges.source import parse_yaml
from engine.bridges.to_axolotl_rows import Table, differing, layout
from engine.bridges.toml_text import comment, written
from engine.recipe import Recipe
from engine.rewards import reward_names

_OPTIMISERS = {
    "adamw": "adamw_torch_fused", "adamw_8bit": "adamw_8bit", "paged_adamw": "paged_adamw_32bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
}  # fmt: skip
_CHECKPOINTING = {"unsloth": "offload", "plain": True, "off": False}
_GROUPS = {"attention": ("q_proj", "k_proj", "v_proj", "o_proj"), "mlp": ("gate_proj", "up_proj", "down_proj")}


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a recipe leaves to the data."""

    format: str
    """How the rows are laid out: a format's name, or `mapping`."""
    validation: float
    """The share of rows that is kept for validation."""
    source: str
    """data.source as Axolotl finds it: an absolute path, or `hub:NAME`."""
    base: str = ""
    """model.base as transformers finds it; empty: as it stands in the recipe."""
    adapter: str = ""
    """The folder of model.adapter; empty: as it stands in the recipe."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A recipe in another form."""

    text: str
    uncarried: tuple[str, ...] = ()
    """A line for each setting that the other form cannot say."""


def to_axolotl(recipe: Recipe, resolved: Resolved) -> Exported:
    """The YAML; what it does not carry is found by reading it back, and stands in it as comments too."""
    tables = [table for write in _SECTIONS if (table := write(recipe, resolved))]
    body = "\n".join(_yaml(table) for table in tables)
    back = import_source(parse_yaml(body, Path("config.yaml").absolute()), "axolotl").recipe
    open_keys = {"data.source", "data.held_out", "model.base"} | {
        key for key, is_open in _left_open(recipe, resolved) if is_open
    }
    lines = [_line(it.key, it.a, recipe) for it in uncarried(recipe, back, open_keys)] + differing(
        recipe, resolved.format
    )
    head = ["Made by ttune. What only ttune looks at (evaluation, chat, budget, hardware) is left out."]
    if recipe.data.split.held_out != 0 and not recipe.data.held_out:
        head.append("Rows that ttune keeps for the comparison of base and tuned are trained here.")
    if lines:
        head += ["", "What Axolotl cannot say:", *(f"  {line}" for line in lines)]
    return Exported("\n".join(comment(head)) + "\n\n" + body, tuple(lines))


def _left_open(recipe: Recipe, resolved: Resolved) -> Iterator[tuple[str, bool]]:
    yield "data.format", recipe.data.format == "auto" or recipe.data.mapping.given or recipe.method.kind == "grpo"
    yield "model.adapter", True
    yield "training.evaluate_every", resolved.validation == 0  # only when checkpoints are saved, which is written
    yield "training.save_every", resolved.validation == 0
    yield "data.split.validation", recipe.data.split.validation is None
    yield "data.split.held_out", True


def _line(key: str, value: Any, recipe: Recipe) -> str:
    text = ", ".join(reward_names(recipe.rewards)) if key == "rewards" else written(value)
    return f"{key} = {text[:80]}{'…' if len(text) > 80 else ''}"


def _yaml(table: Table) -> str:
    import yaml

    return str(yaml.safe_dump(table, sort_keys=False, allow_unicode=True, width=10_000))


def _model(recipe: Recipe, resolved: Resolved) -> Table:
    table: Table = {"base_model": resolved.base or recipe.model.base}
    if recipe.model.revision:
        table["revision_of_model"] = recipe.model.revision
    if recipe.model.adapter:
        table["lora_model_dir"] = resolved.adapter or recipe.model.adapter
    return table


def _method(recipe: Recipe, resolved: Resolved) -> Table:
    method, preference = recipe.method, recipe.method.preference
    match method.kind:
        case "dpo":
            smoothing = {"dpo_label_smoothing": preference.label_smoothing} if preference.label_smoothing else {}
            return {"rl": "ipo" if preference.loss == "ipo" else "dpo", "rl_beta": preference.beta, **smoothing}
        case "kto":
            return {
                "rl": "kto",
                "rl_beta": preference.beta,
                "kto_desirable_weight": preference.desirable_weight,
                "kto_undesirable_weight": preference.undesirable_weight,
                "remove_unused_columns": False,  # which Axolotl wants of kto
            }
        case "orpo":
            return {"rl": "orpo", "orpo_alpha": preference.beta}
        case "grpo":
            return {"rl": "grpo", "trl": _grpo(recipe)}
    return {"train_on_inputs": not method.answers_only}


def _grpo(recipe: Recipe) -> Table:
    grpo = recipe.method.grpo
    scaled = {} if grpo.scale_rewards == "batch" else {"scale_rewards": grpo.scale_rewards == "group"}
    return {
        "num_generations": grpo.generations, "max_completion_length": grpo.max_new_tokens,
        "temperature": grpo.temperature, "top_p": grpo.top_p, "beta": grpo.beta, "loss_type": grpo.loss,
        **scaled,
    }  # fmt: skip


def _data(recipe: Recipe, resolved: Resolved) -> Table:
    entry: Table = _where(resolved.source)
    entry |= layout(recipe, resolved.format)
    table: Table = {"datasets": [entry], "val_set_size": resolved.validation}
    if any(step.step == "drop_duplicates" for step in recipe.data.curate):
        table["dataset_exact_deduplication"] = True
    return table


def _where(source: str) -> Table:
    if not source.startswith("hub:"):
        return {"path": source}
    name, _, revision = source.removeprefix("hub:").partition("@")
    name, _, config = name.partition(":")
    return {"path": name} | ({"name": config} if config else {}) | ({"revision": revision} if revision else {})


def _adapter(recipe: Recipe, resolved: Resolved) -> Table:
    adapter = recipe.adapter
    if adapter.kind == "full":
        return {"adapter": None}
    targets = [name for target in adapter.targets for name in _GROUPS.get(target, (target,))]
    table: Table = {
        "adapter": adapter.kind, "load_in_4bit": adapter.kind == "qlora", "lora_r": adapter.rank,
        "lora_alpha": adapter.alpha, "lora_dropout": adapter.dropout,
    }  # fmt: skip
    table |= {"lora_target_linear": True} if "all" in targets else {"lora_target_modules": targets}
    if adapter.also_train:
        table["lora_modules_to_save"] = list(adapter.also_train)
    if adapter.rslora:
        table["peft_use_rslora"] = True
    if adapter.dora:
        table["peft_use_dora"] = True
    if adapter.init == "pissa":
        table["peft_init_lora_weights"] = "pissa"
    return table


def _rate(recipe: Recipe, resolved: Resolved) -> Table:
    training = recipe.training
    warmup = "warmup_ratio" if training.warmup < 1 else "warmup_steps"
    rises = training.schedule == "constant" and training.warmup > 0  # transformers' `constant` knows no warm-up
    schedule = "constant_with_warmup" if rises else training.schedule
    table: Table = {
        "learning_rate": training.learning_rate, "lr_scheduler": schedule, warmup: training.warmup,
        "optimizer": _OPTIMISERS[training.optimiser], "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm, "num_epochs": training.epochs,
    }  # fmt: skip
    return table | ({"max_steps": training.max_steps} if training.max_steps else {})


def _batch(recipe: Recipe, resolved: Resolved) -> Table:
    training = recipe.training
    packing = {"sample_packing": training.packing} if recipe.method.kind in ("sft", "cpt") else {}  # else refused
    return {
        "micro_batch_size": training.micro_batch, "gradient_accumulation_steps": training.accumulation,
        "sequence_len": training.max_length, "excess_length_strategy": "truncate", **packing,
        "group_by_length": training.order == "by_length", "seed": training.seed, **_PRECISION[training.precision],
        "gradient_checkpointing": _CHECKPOINTING[training.gradient_checkpointing],
    }  # fmt: skip


_PRECISION: dict[str, Table] = {
    "auto": {"bf16": "auto"}, "bf16": {"bf16": True}, "fp16": {"bf16": False, "fp16": True},
    "fp32": {"bf16": False, "fp16": False},
}  # fmt: skip


def _checkpoints(recipe: Recipe, resolved: Resolved) -> Table:
    training = recipe.training
    save = training.evaluate_every if training.save_every is None else training.save_every
    if resolved.validation == 0:  # Axolotl refuses eval_steps then, and transformers has nothing to choose by
        return {"save_steps": save, "save_total_limit": training.keep_checkpoints}
    if training.patience and save % training.evaluate_every:  # which Axolotl refuses, also for a rounding error
        save = training.evaluate_every
    table: Table = {
        "eval_steps": training.evaluate_every, "save_steps": save, "save_total_limit": training.keep_checkpoints,
        "load_best_model_at_end": True,
    }  # fmt: skip
    return table | ({"early_stopping_patience": training.patience} if training.patience else {})


def _trackers(recipe: Recipe, resolved: Resolved) -> Table:
    trackers = recipe.trackers
    table: Table = {}
    if "wandb" in trackers.use:
        table |= {"wandb_project": trackers.project} if trackers.project else {"use_wandb": True}
    if "tensorboard" in trackers.use:
        table["use_tensorboard"] = True
    if "mlflow" in trackers.use:
        table |= {"use_mlflow": True, **({"mlflow_experiment_name": trackers.project} if trackers.project else {})}
    return table


_SECTIONS: tuple[Callable[[Recipe, Resolved], Table], ...] = (
    _model, _method, _data, _adapter, _rate, _batch, _checkpoints, _trackers
)  # fmt: skip
