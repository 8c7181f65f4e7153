"""Axolotl's YAML."""

from typing import Any

from engine.bridges.rules import (
    Outcome,
    Outcomes,
    choice,
    lost,
    mapped,
    meant,
    name,
    number,
    only,
    own,
    same,
    text,
    to,
    truth,
    whole,
    without,
)
from engine.bridges.source import Source
from engine.bridges.tool import Default, Tool
from engine.bridges.tools import axolotl_data
from engine.bridges.tools.common import (
    AT_THE_END,
    EXACT,
    FASTER,
    SEVERAL_GPUS,
    TRANSFORMERS,
    also_train,
    base_model,
    optimiser,
    path_or_name,
    per_epoch,
    room_for,
    schedule,
    targets,
    tracker,
    validation_share,
    warmup_ratio,
)

_METHODS = ("dpo", "ipo", "kto", "orpo", "grpo")
_MONITORING = "keys and names of a tracker's account come from the environment"


def _method(value: Any, source: Source) -> Outcome:
    kind = str(value).lower()
    if kind == "ipo":
        return mapped(method__kind="dpo", method__preference__loss="ipo")
    if kind not in _METHODS:
        raise ValueError(f"{value}: ttune trains sft, cpt, {', '.join(_METHODS)}: no recipe can be made of it")
    return mapped(method__kind=kind)


def _adapter(value: Any, source: Source) -> Outcome:
    kind = "full" if value in (None, "") else str(value).lower()
    if kind not in ("lora", "qlora", "full"):
        raise ValueError(f"{value}: ttune has lora, qlora and full: no recipe can be made of it")
    if kind == "lora" and source.get("load_in_4bit") is True:
        kind = "qlora"
    return mapped(adapter__kind=kind)


def _four_bit(value: Any, source: Source) -> Outcome:
    if truth(value) and not source.says("adapter"):
        return lost("full fine-tuning is in 16 bit")
    return meant("adapter.kind says it")


def _warmup_ratio(value: Any, source: Source) -> Outcome:
    if number(value) and number(source.get("warmup_steps", 0)):
        raise ValueError("Axolotl refuses it beside warmup_steps: take one of the two out")
    return warmup_ratio().read(value, source)  # type: ignore[return-value]  # it has one outcome


def _length(value: Any, source: Source) -> Outcome:
    """Axolotl does not look at it in grpo, where ttune's holds prompt and answer."""
    tokens = whole(value)
    said = source.get("trl", {})
    new = whole(said.get("max_completion_length") or 512) if isinstance(said, dict) else 512
    if str(source.get("rl", "")).lower() != "grpo" or tokens > new:
        return mapped(training__max_length=tokens)
    return room_for(new)


def _evaluations(value: Any, source: Source) -> Outcome:
    """0: Axolotl never measures then."""
    if not number(value):
        return mapped("never there, once here: at the end", training__evaluate_every=AT_THE_END)
    return per_epoch("training.evaluate_every", number(value), source, "num_epochs", 1)


def _checkpoints(value: Any, source: Source) -> Outcome:
    """0 is as if it were not there: once an epoch."""
    return per_epoch("training.save_every", number(value) or 1, source, "num_epochs", 1)


def _linear(value: Any, source: Source) -> Outcome:
    if truth(value) and not source.says("lora_target_modules"):
        return mapped(adapter__targets=["all"])
    return meant("`lora_target_modules` says it" if source.says("lora_target_modules") else "off")


def _checkpointing(value: Any, source: Source) -> Outcome:
    kind = str(value).lower()
    table = {"true": "plain", "false": "off", "unsloth": "unsloth", "offload": "unsloth"}
    if kind not in table:
        return lost("ttune has unsloth, plain and off")
    moved = kind == "true" and source.get("activation_offloading") not in (None, False)
    return mapped(training__gradient_checkpointing="unsloth" if moved else table[kind])


def _offloading(value: Any, source: Source) -> Outcome:
    if value is False:
        return meant("off")
    return (
        meant("`gradient_checkpointing` says it")
        if source.get("gradient_checkpointing")
        else lost("what is kept is moved to host memory only where activations are recomputed: gradient_checkpointing")
    )


def _group(value: Any, source: Source) -> Outcome:
    return mapped(training__order="by_length" if truth(value) else "random")


def _eval_batch(value: Any, source: Source) -> Outcome:
    return meant("as many rows at once as in training; the measured loss is the same")


def _bf16(value: Any, source: Source) -> Outcome:
    if str(value).lower() in ("auto", "full"):
        return mapped(training__precision="auto" if value == "auto" else "bf16")
    if truth(value):
        return mapped(training__precision="bf16")
    return meant("`fp16` says it") if source.get("fp16") else mapped(training__precision="fp32")


def _fp16(value: Any, source: Source) -> Outcome:
    return mapped(training__precision="fp16") if truth(value) else meant("off")


def _special_tokens(value: Any, source: Source) -> Outcomes:
    if not isinstance(value, dict):
        raise ValueError("must be a section of tokens")
    return {
        f".{role}": meant("ttune picks a token to pad with that is never trained")
        if role == "pad_token" or not token
        else lost("the base's own tokens are used")
        for role, token in value.items()
    }


def _template(value: Any, source: Source) -> Outcome:
    if value == "tokenizer_default":
        return meant("the base's own chat template is used")
    return lost("the base's own chat template is used, which may not be this one")


def _grpo(value: Any, source: Source) -> Outcomes:
    """The `trl` section."""
    if not isinstance(value, dict):
        raise ValueError("must be a section")
    return {f".{inner}": _of_grpo(str(inner), one) for inner, one in value.items()}


def _of_grpo(inner: str, value: Any) -> Outcome:
    if value is None:
        return meant("empty: says nothing")
    key = _GRPO.get(inner)
    if key is None:
        return lost("rewards stand in [[rewards]]" if inner.startswith("reward") else "ttune samples by itself")
    if inner == "scale_rewards" and isinstance(value, bool):
        value = "group" if value else "none"
    return Outcome("mapped", {key: value})


_GRPO = {
    "num_generations": "method.grpo.generations", "max_completion_length": "method.grpo.max_new_tokens",
    "temperature": "method.grpo.temperature", "top_p": "method.grpo.top_p", "beta": "method.grpo.beta",
    "loss_type": "method.grpo.loss", "scale_rewards": "method.grpo.scale_rewards",
}  # fmt: skip

_OF_TRAINER = (
    "learning_rate", "max_steps", "weight_decay", "max_grad_norm", "gradient_accumulation_steps", "adam_beta1",
    "adam_beta2", "adam_epsilon", "neftune_noise_alpha", "seed", "tf32", "gradient_checkpointing_kwargs", "eval_steps",
    "save_steps", "save_total_limit", "save_only_model", "load_best_model_at_end", "metric_for_best_model",
    "greater_is_better", "logging_steps", "output_dir", "warmup_steps", "torch_compile", "dataloader_num_workers",
    "dataloader_pin_memory", "remove_unused_columns", "ddp_timeout", "ddp_find_unused_parameters", "deepspeed", "fsdp",
    "fsdp_config", "hub_model_id", "hub_strategy", "resume_from_checkpoint",
)  # fmt: skip

_KEYS = {
    "base_model": base_model(),
    "base_model_config": same("a model's configuration lies beside its weights"),
    "tokenizer_config": same("a model's tokenizer lies beside its weights"),
    "revision_of_model": to("model.revision", name),
    "hf_use_auth_token": same("tokens come from the environment: HF_TOKEN"),
    "model_type": same("the class is what the model's config.json says"),
    "tokenizer_type": same("the class is what the tokenizer's own files say"),
    "trust_remote_code": only((False,), "no code of a model is run", "no code of a model is run"),
    "is_llama_derived_model": same("the model's config.json says it"),
    "is_mistral_derived_model": same("the model's config.json says it"),
    "is_qwen_derived_model": same("the model's config.json says it"),
    "rl": own("`method.kind`: dpo, kto, orpo, grpo; ipo is dpo with `method.preference.loss` = ipo; others are refused",
              _method),
    "rl_beta": to("method.preference.beta", number),
    "dpo_beta": to("method.preference.beta", number),
    "orpo_alpha": to("method.preference.beta", number),
    "dpo_label_smoothing": to("method.preference.label_smoothing", number),
    "kto_desirable_weight": to("method.preference.desirable_weight", number),
    "kto_undesirable_weight": to("method.preference.undesirable_weight", number),
    "dpo_use_weighting": without("pairs weigh the same"),
    "rpo_alpha": without("no term of imitation beside dpo; orpo has one"),
    "trl": own("`method.grpo`: " + ", ".join(f"{theirs} → {ours.rpartition('.')[2]}" for theirs, ours in _GRPO.items())
               + "; what else is in it has no equivalent", _grpo),
    "adapter": own("`adapter.kind`: lora, qlora; empty or missing is full; others are refused", _adapter,
                   of_empty=True),
    "load_in_4bit": own("nothing to say: `adapter` says it; with a lora adapter it is qlora", _four_bit),
    "load_in_8bit": only((False,), "off", "lora holds the base in 16 bit, qlora in 4"),
    "lora_model_dir": own("`model.adapter`",
                          lambda value, source: mapped(model__adapter=path_or_name(text(value), source))),
    "lora_r": to("adapter.rank", whole),
    "lora_alpha": to("adapter.alpha", number),
    "lora_dropout": to("adapter.dropout", number),
    "lora_target_linear": own("`adapter.targets`: all, where `lora_target_modules` does not say it", _linear),
    "lora_target_modules": targets(),
    "lora_modules_to_save": also_train(),
    "lora_fan_in_fan_out": only((False,), "off", "no such layers"),
    "peft_use_rslora": to("adapter.rslora", truth),
    "peft_use_dora": to("adapter.dora", truth),
    "peft_init_lora_weights": choice(
        "adapter.init", {"true": "default", "pissa": "pissa"}, "ttune has default and pissa"
    ),
    "loraplus_lr_ratio": without("one learning rate for all of an adapter"),
    "loraplus_lr_embedding": without("one learning rate for all of an adapter"),
    "lora_mlp_kernel": same(FASTER),
    "lora_qkv_kernel": same(FASTER),
    "lora_o_kernel": same(FASTER),
    "unfrozen_parameters": without("an adapter, or all weights: no choice of some"),
    "datasets": own("`data.source`, `data.format`, `data.mapping`: see below; the first of several", axolotl_data.read),
    "pretraining_dataset": own("`data.source` as text, `method.kind` = cpt", axolotl_data.read_pretraining),
    "test_datasets": without("validation rows are a share of the source; data.held_out is for the comparison"),
    "val_set_size": validation_share(),
    "dataset_prepared_path": same("rows are prepared once and kept in the project"),
    "dataset_processes": same(FASTER),
    "dataset_keep_in_memory": same(FASTER),
    "dataset_exact_deduplication": own(
        "`data.curate`: drop_duplicates, which passes over case and spaces",
        lambda value, _: mapped("ttune's passes over case and spaces", data__curate=[{"step": "drop_duplicates"}])
        if truth(value) else meant("off"),
    ),
    "shuffle_merged_datasets": same("training.order says it"),
    "skip_prepare_dataset": same("rows are prepared once and kept in the project"),
    "chat_template": own("tokenizer_default: nothing to say; else no equivalent: the base's own is used", _template),
    "chat_template_jinja": without("the base's own chat template is used"),
    "default_system_message": without("map it: data.mapping.system"),
    "eot_tokens": same("what ends a turn is learned from the chat template"),
    "special_tokens": own("pad_token: nothing to say; others have no equivalent", _special_tokens),
    "tokens": without("the base's own tokens are used"),
    "added_tokens_overrides": without("the base's own tokens are used"),
    "resize_token_embeddings_to_32x": without("the base's own tokens are used"),
    "train_on_inputs": own("`method.answers_only`, the other way round",
                           lambda value, _: mapped(method__answers_only=not truth(value))),
    "sequence_len": own("`training.max_length`; of grpo, where it is too short for the answers, as much as they need",
                        _length),
    "sample_packing": to("training.packing", truth),
    "eval_sample_packing": same("how validation rows are laid out does not change their loss"),
    "sample_packing_eff_est": same(FASTER),
    "pad_to_sequence_len": same("padding carries no loss; rows are padded to the longest of their batch"),
    "group_by_length": own("`training.order`: by_length where true, random where false", _group),
    "excess_length_strategy": only(("truncate",), "longer rows lose their end", "longer rows lose their end"),
    "micro_batch_size": to("training.micro_batch", whole),
    "eval_batch_size": own("nothing to say: validation takes training's", _eval_batch),
    "num_epochs": to("training.epochs", number),
    "optimizer": optimiser(),
    "optim_args": without("ttune takes an optimiser as it is"),
    "lr_scheduler": schedule(),
    "cosine_min_lr_ratio": without("a rate falls to 0"),
    "cosine_constant_lr_ratio": without("a rate falls to 0"),
    "warmup_ratio": own("`training.warmup`, a share; beside `warmup_steps` it is refused", _warmup_ratio),
    "bf16": own("`training.precision`: bf16 where true, auto; fp32 where false and `fp16` is not on", _bf16),
    "fp16": own("`training.precision`: fp16 where true", _fp16),
    "bfloat16": own("`training.precision`: bf16 where true", _bf16),
    "float16": own("`training.precision`: fp16 where true", _fp16),
    "gradient_checkpointing": own("`training.gradient_checkpointing`: true → plain, offload → unsloth, false → off",
                                  _checkpointing),
    "activation_offloading": own("unsloth, with `gradient_checkpointing: true`; else no equivalent", _offloading),
    "flash_attention": same(EXACT),
    "flash_attn_fuse_mlp": same(EXACT),
    "xformers_attention": same(EXACT),
    "sdp_attention": same(EXACT),
    "eager_attention": same(EXACT),
    "attn_implementation": same(EXACT),
    "s2_attention": without("attention is exact"),
    "liger_rope": same(FASTER),
    "liger_rms_norm": same(FASTER),
    "liger_glu_activation": same(FASTER),
    "liger_layer_norm": same(FASTER),
    "liger_fused_linear_cross_entropy": same(FASTER),
    "cut_cross_entropy": same(FASTER),
    "plugins": without("ttune loads no plugins of Axolotl"),
    "evals_per_epoch": own(
        "`training.evaluate_every`, as a share of the run; 0 is once, at the end", _evaluations
    ),
    "saves_per_epoch": own(
        "`training.save_every`, as a share of the run", _checkpoints
    ),
    "eval_strategy": own(
        "steps: see `eval_steps`; epoch: `training.evaluate_every` by epochs; no: `data.split.validation` = 0",
        lambda value, source: _by_epoch("training.evaluate_every", str(value), source),
    ),
    "save_strategy": own(
        "steps: see `save_steps`; epoch: `training.save_every` by epochs; no and best: no equivalent",
        lambda value, source: _by_epoch("training.save_every", str(value), source),
    ),
    "save_first_step": without("the first checkpoint is the first evaluation's"),
    "early_stopping_patience": to("training.patience", whole),
    "eval_table_size": without("`ttune eval` compares answers"),
    "eval_max_new_tokens": to("evaluation.max_new_tokens", whole),
    "do_causal_lm_eval": without("`ttune eval` compares answers"),
    "eval_causal_lm_metrics": without("`ttune eval` compares answers"),
    "loss_watchdog_threshold": without("a run ends by itself only when its loss is no number"),
    "loss_watchdog_patience": without("a run ends by itself only when its loss is no number"),
    "wandb_project": tracker("wandb"),
    "wandb_entity": without(_MONITORING),
    "wandb_watch": without(_MONITORING),
    "wandb_name": without("runs are named project#number"),
    "wandb_run_id": without("runs are named project#number"),
    "wandb_log_model": without("checkpoints stay in the run's folder"),
    "wandb_mode": without(_MONITORING),
    "mlflow_experiment_name": tracker("mlflow"),
    "mlflow_tracking_uri": without(_MONITORING),
    "mlflow_run_name": without("runs are named project#number"),
    "use_tensorboard": own("`trackers.use`: tensorboard", lambda value, _: mapped(trackers__use=["tensorboard"])
                           if truth(value) else meant("off")),
    "use_wandb": own("`trackers.use`: wandb", lambda value, _: mapped(trackers__use=["wandb"])
                     if truth(value) else meant("off")),
    "use_mlflow": own("`trackers.use`: mlflow", lambda value, _: mapped(trackers__use=["mlflow"])
                      if truth(value) else meant("off")),
    "strict": same("unknown keys are named"),
    "debug": same("everything is logged"),
    "device_map": without(SEVERAL_GPUS),
    "max_memory": without(SEVERAL_GPUS),
    "local_rank": without(SEVERAL_GPUS),
    "overrides_of_model_config": without("a model's configuration is used as it is; training.rope_scaling for lengths"),
}  # fmt: skip


def _by_epoch(key: str, how: str, source: Source) -> Outcome:
    of_saves = key == "training.save_every"
    if how == "steps":
        return meant("it is what `save_steps` says" if of_saves else "it is what `eval_steps` says")
    if how == "epoch":
        return per_epoch(key, 1, source, "num_epochs", 1)
    if how == "no" and not of_saves:
        return mapped(data__split__validation=0.0)
    return lost("a checkpoint is saved at each evaluation, and the best and newest are kept")


AXOLOTL = Tool(
    "axolotl", "Axolotl",
    {**{key: TRANSFORMERS[key] for key in _OF_TRAINER}, **_KEYS},
    {
        "adapter": Default(None), "val_set_size": Default(0.0, ("test_datasets",)), "num_epochs": Default(1),
        "micro_batch_size": Default(1), "gradient_accumulation_steps": Default(1), "sequence_len": Default(512),
        "optimizer": Default("adamw_torch_fused"), "weight_decay": Default(0.0), "warmup_ratio": Default(
            0.03, ("warmup_steps",)
        ),
        "gradient_checkpointing": Default(False), "group_by_length": Default(False), "seed": Default(42),
        "evals_per_epoch": Default(1, ("eval_steps", "eval_strategy")),
        "saves_per_epoch": Default(1, ("save_steps", "save_strategy")), "save_total_limit": Default(4),
    },
)  # fmt: skip
