"""Keys that are transformers' own, which every tool hands on, in the words that it has for them."""

from collections.abc import Mapping

from engine.bridges.rules import Outcome, Rule, lost, mapped, meant, number, only, own, same, to, truth, whole, without
from engine.bridges.source import Source
from engine.bridges.tools.common import (
    ALL_LOGGED,
    FASTER,
    NO_UPLOADS,
    OWN_FOLDER,
    SEVERAL_GPUS,
    interval,
    optimiser,
    per_epoch,
    precision,
    report_to,
    schedule,
    warmup_ratio,
    warmup_steps,
)

TRANSFORMERS: Mapping[str, Rule] = {
    "per_device_train_batch_size": to("training.micro_batch", whole),
    "per_device_eval_batch_size": same("as many rows at once as in training; the measured loss is the same"),
    "gradient_accumulation_steps": to("training.accumulation", whole),
    "learning_rate": to("training.learning_rate", number),
    "num_train_epochs": to("training.epochs", number),
    "max_steps": own(
        "`training.max_steps`; below 1 the epochs decide",
        lambda value, _: mapped(training__max_steps=whole(value)) if whole(value) > 0 else meant("the epochs decide"),
    ),
    "lr_scheduler_type": schedule(),
    "warmup_ratio": warmup_ratio(),
    "warmup_steps": warmup_steps(),
    "optim": optimiser(),
    "weight_decay": to("training.weight_decay", number),
    "max_grad_norm": to("training.max_grad_norm", number),
    "adam_beta1": only((0.9,), "it is always 0.9", "it is always 0.9"),
    "adam_beta2": only((0.999,), "it is always 0.999", "it is always 0.999"),
    "adam_epsilon": only((1e-8,), "it is always 1e-8", "it is always 1e-8"),
    "label_smoothing_factor": only((0, 0.0), "there is none", "ttune smooths no labels of sft"),
    "neftune_noise_alpha": without("ttune adds no noise to embeddings"),
    "seed": to("training.seed", whole),
    "data_seed": own(
        "nothing to say where it is `seed`; else no equivalent: one seed decides both",
        lambda value, source: meant("one seed decides both") if value == source.get("seed", 42) else lost(
            "training.seed decides the order of rows too"
        ),
    ),
    "bf16": precision("bf16", ("fp16",)),
    "fp16": precision("fp16"),
    "tf32": only((False,), "it is off", "sums are not shortened to tf32"),
    "group_by_length": own(
        "`training.order`: by_length where true, random where false",
        lambda value, _: mapped(training__order="by_length" if truth(value) else "random"),
    ),
    "gradient_checkpointing_kwargs": same("how activations are recomputed changes no gradient"),
    "use_liger_kernel": without("ttune's fused kernels are Unsloth's: hardware.backend"),
    "torch_compile": without(f"ttune compiles nothing itself; it {FASTER}"),
    "eval_strategy": own(
        "steps: see `eval_steps`; epoch: `training.evaluate_every` by epochs; no: `data.split.validation` = 0",
        lambda value, source: _evaluated(str(value).lower(), source),
    ),
    "do_eval": same("the loss is measured where there are validation rows"),
    "eval_steps": interval("training.evaluate_every", "eval_strategy"),
    "save_strategy": own(
        "steps: see `save_steps`; epoch: `training.save_every` by epochs; no and best: no equivalent",
        lambda value, source: _saved(str(value).lower(), source),
    ),
    "save_steps": interval("training.save_every", "save_strategy"),
    "save_total_limit": to("training.keep_checkpoints", whole),
    "save_only_model": only((False,), "checkpoints can be resumed", "checkpoints always hold the optimiser too"),
    "load_best_model_at_end": only((True,), "the best checkpoint is kept", "the best one is kept, always"),
    "metric_for_best_model": only(("eval_loss", "loss"), "it is the validation loss", "it is the validation loss"),
    "greater_is_better": same("it is the validation loss, and lower is better"),
    "logging_steps": same(ALL_LOGGED),
    "logging_strategy": same(ALL_LOGGED),
    "logging_first_step": same(ALL_LOGGED),
    "logging_dir": same("a run's figures lie in its own folder"),
    "output_dir": same(OWN_FOLDER),
    "overwrite_output_dir": same(OWN_FOLDER),
    "run_name": same("runs are named project#number"),
    "report_to": report_to(),
    "do_train": same("`ttune train` trains"),
    "do_predict": only((False,), "`ttune eval` compares", "`ttune eval` compares base and tuned"),
    "dataloader_num_workers": same(FASTER),
    "dataloader_pin_memory": same(FASTER),
    "dataset_num_proc": same(FASTER),
    "remove_unused_columns": same("only what is trained reaches the trainer"),
    "ddp_timeout": same("how long GPUs wait for each other changes nothing of what is learned"),
    "ddp_find_unused_parameters": without(SEVERAL_GPUS),
    "deepspeed": without(SEVERAL_GPUS),
    "fsdp": without(SEVERAL_GPUS),
    "fsdp_config": without(SEVERAL_GPUS),
    "resume_from_checkpoint": without("a run of ttune is resumed with ttune"),
    "push_to_hub": only((False,), "nothing is uploaded", NO_UPLOADS),
    "hub_model_id": without(NO_UPLOADS),
    "hub_token": without("tokens come from the environment: HF_TOKEN"),
    "hub_strategy": without(NO_UPLOADS),
    "hub_private_repo": without(NO_UPLOADS),
}  # fmt: skip
"""Keys that are transformers' own, in the words that it has for them."""


def _evaluated(how: str, source: Source) -> Outcome:
    if how == "no":
        return mapped(data__split__validation=0.0)
    if how == "steps":
        return meant("it is what `eval_steps` says")
    if how == "epoch":
        return per_epoch("training.evaluate_every", 1, source, "num_train_epochs")
    raise ValueError(f"must be no, steps or epoch, not {how!r}")


def _saved(how: str, source: Source) -> Outcome:
    if how == "steps":
        return meant("it is what `save_steps` says")
    if how == "epoch":
        return per_epoch("training.save_every", 1, source, "num_train_epochs")
    return lost("a checkpoint is saved at each evaluation, and the best and newest are kept")
