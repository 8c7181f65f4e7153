"""LLaMA-Factory's YAML."""

from typing import Any

from engine.bridges.rules import (
    Outcome,
    Outcomes,
    choice,
    lost,
    mapped,
    meant,
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
from engine.bridges.tools import llama_factory_data
from engine.bridges.tools.common import (
    EXACT,
    FASTER,
    NEVER,
    also_train,
    base_model,
    path_or_name,
    precision,
    revision,
    targets,
    unmeasured,
    validation_share,
)
from engine.bridges.tools.transformers_keys import TRANSFORMERS

_STAGES = {"pt": "cpt", "sft": "sft", "dpo": "dpo", "kto": "kto"}
_LOSSES = {"sigmoid": "sigmoid", "hinge": "hinge", "ipo": "ipo"}
_OTHER_OPTIMISERS = "ttune has adamw, adamw_8bit, paged_adamw and paged_adamw_8bit"


def _stage(value: Any, source: Source) -> Outcome:
    stage = str(value).lower()
    if stage not in _STAGES:
        raise ValueError(f"{value}: ttune trains pt, sft, dpo and kto of these: no recipe can be made of it")
    orpo = stage == "dpo" and source.get("pref_loss") == "orpo"
    return mapped(method__kind="orpo" if orpo else _STAGES[stage])


def _loss(value: Any, source: Source) -> Outcome:
    if value == "orpo":
        return meant("method.kind says it")
    if value == "simpo":
        raise ValueError("simpo: ttune trains sigmoid, hinge, ipo and orpo: no recipe can be made of it")
    loss = _LOSSES.get(str(value))
    return lost("ttune has sigmoid, ipo, hinge and robust") if loss is None else mapped(method__preference__loss=loss)


def _finetuning(value: Any, source: Source) -> Outcome:
    kind = str(value).lower()
    if kind == "lora":
        return mapped(adapter__kind="qlora" if source.get("quantization_bit") == 4 else "lora")
    if kind != "full":
        raise ValueError(f"{value}: ttune has lora, qlora and full: no recipe can be made of it")
    return mapped(adapter__kind="full")


def _bits(value: Any, source: Source) -> Outcome:
    if value == 4 and str(source.get("finetuning_type", "lora")) == "lora":
        return meant("adapter.kind = qlora says it")
    return lost("qlora holds the base in 4 bit, lora in 16")


def _alpha(value: Any, source: Source) -> Outcome:
    return mapped(adapter__alpha=2 * whole(source.get("lora_rank", 8)) if value == "2 × lora_rank" else number(value))


def _checkpointing(value: Any, source: Source) -> Outcome:
    if truth(value):
        return mapped(training__gradient_checkpointing="off")
    return mapped(training__gradient_checkpointing="unsloth" if source.get("use_unsloth_gc") else "plain")


_PACKED = "packed rows see only themselves; LLaMA-Factory's see each other without neat_packing"


def _packing(value: Any, source: Source) -> Outcome:
    """`neat_packing` turns it on, whatever else is said."""
    neat = truth(source.get("neat_packing", False))
    packs = neat or (source.get("stage") == "pt" if value == "by stage" else truth(value))
    return Outcome("mapped", {"training.packing": packs}, note=_PACKED if packs and not neat else "")


def _neat_packing(value: Any, source: Source) -> Outcome:
    return mapped(training__packing=True) if truth(value) else meant("off: `packing` says whether rows are packed")


def _template(value: Any, source: Source) -> Outcome:
    if value in ("empty", "default"):
        return lost("the base's own chat template is used")
    return lost("the base's own chat template is used, which need not be this one")


_EVALUATED = TRANSFORMERS["eval_strategy"]


def _evaluated(value: Any, source: Source) -> Outcome | Outcomes:
    """`eval_strategy`; without it `eval_steps` is passed over too."""
    if value == NEVER:
        return Outcome("same", note=unmeasured("LLaMA-Factory", "val_size", source))
    return _EVALUATED.read(value, source)


_KEYS = {
    "model_name_or_path": base_model(),
    "model_revision": revision(),
    "adapter_name_or_path": own("`model.adapter`",
                                lambda value, source: mapped(model__adapter=path_or_name(text(value), source))),
    "trust_remote_code": only((False,), "no code of a model is run", "no code of a model is run"),
    "cache_dir": same("where downloads are kept is the environment's: HF_HOME"),
    "hf_hub_token": without("tokens come from the environment: HF_TOKEN"),
    "stage": own("`method.kind`: pt → cpt, sft, dpo, kto; dpo with `pref_loss: orpo` → orpo; others are refused",
                 _stage),
    "finetuning_type": own("`adapter.kind`: lora, full; lora with `quantization_bit: 4` → qlora; others are refused",
                           _finetuning),
    "quantization_bit": own("nothing to say where 4, `adapter.kind` says it; else no equivalent", _bits),
    "quantization_method": only(("bnb", "bitsandbytes"), "qlora is bitsandbytes'", "qlora is bitsandbytes'"),
    "double_quantization": only((True,), "it is on", "it is on"),
    "lora_rank": to("adapter.rank", whole),
    "lora_alpha": own("`adapter.alpha`; missing: twice the rank", _alpha),
    "lora_dropout": to("adapter.dropout", number),
    "lora_target": targets(),
    "additional_target": also_train(),
    "use_rslora": to("adapter.rslora", truth),
    "use_dora": to("adapter.dora", truth),
    "pissa_init": own("`adapter.init`: pissa where true",
                      lambda value, _: mapped(adapter__init="pissa" if truth(value) else "default")),
    "pissa_iter": without("pissa takes the exact directions"),
    "loraplus_lr_ratio": without("one learning rate for all of an adapter"),
    "create_new_adapter": only((False,), "model.adapter is trained on", "model.adapter is trained on"),
    "freeze_trainable_layers": without("an adapter, or all weights: no choice of some"),
    "freeze_vision_tower": same("only text is trained"),
    "pref_beta": to("method.preference.beta", number),
    "pref_loss": own("`method.preference.loss`: sigmoid, hinge, ipo; orpo → `method.kind`; simpo is refused", _loss),
    "pref_ftx": only((0, 0.0), "there is none", "no term of imitation beside dpo; orpo has one"),
    "dpo_label_smoothing": to("method.preference.label_smoothing", number),
    "kto_chosen_weight": to("method.preference.desirable_weight", number),
    "kto_rejected_weight": to("method.preference.undesirable_weight", number),
    "simpo_gamma": without("ttune has no simpo"),
    "ref_model": without("the reference is the model without its adapter"),
    "reward_model": without("rewards stand in [[rewards]]"),
    "dataset": own("`data.source` and how rows are read, through dataset_info.json where it is there; the first of "
                   "several", llama_factory_data.read),
    "dataset_dir": same("`dataset` says it"),
    "eval_dataset": without("validation rows are a share of the source; data.held_out is for the comparison"),
    "template": own("no equivalent: the base's own chat template is used", _template),
    "enable_thinking": without("the base's own chat template decides"),
    "default_system": without("map it: data.mapping.system"),
    "cutoff_len": to("training.max_length", whole),
    "max_samples": without("all rows are trained: name a smaller source"),
    "train_on_prompt": own("`method.answers_only`, the other way round",
                           lambda value, _: mapped(method__answers_only=not truth(value))),
    "mask_history": only((False,), "every answer is trained", "every answer of a conversation is trained"),
    "packing": own("`training.packing`; missing: on for pt", _packing),
    "neat_packing": own("`training.packing` where true: packed rows see only themselves, always", _neat_packing),
    "streaming": only((False,), "off", "sources are read once and kept"),
    "mix_strategy": only(("concat",), "one source", "one source; data.curate has a step mix"),
    "interleave_probs": without("one source; data.curate has a step mix"),
    "val_size": validation_share(),
    "eval_strategy": own(f"{_EVALUATED.words}; where it is missing LLaMA-Factory never measures, ttune by "
                         "`eval_steps`, else with each checkpoint", _evaluated),
    "overwrite_cache": same("rows are prepared once and kept in the project"),
    "preprocessing_num_workers": same(FASTER),
    "preprocessing_batch_size": same(FASTER),
    "tokenized_path": same("rows are prepared once and kept in the project"),
    "plot_loss": same("the Run pane draws it"),
    "include_num_input_tokens_seen": same("tokens are counted, always"),
    "flash_attn": same(EXACT),
    "enable_liger_kernel": same(FASTER),
    "use_unsloth": own("`hardware.backend`: unsloth where true", lambda value, _: mapped(hardware__backend="unsloth")
                       if truth(value) else meant("hardware.backend decides")),
    "use_unsloth_gc": own("`training.gradient_checkpointing`: unsloth where true",
                          lambda value, _: mapped(training__gradient_checkpointing="unsloth")
                          if truth(value) else meant("off")),
    "disable_gradient_checkpointing": own("`training.gradient_checkpointing`: off where true, else plain",
                                          _checkpointing),
    "rope_scaling": choice("training.rope_scaling", {"linear": "linear", "yarn": "yarn"}, "ttune has linear and yarn"),
    "pure_bf16": precision("bf16"),
    "upcast_layernorm": without("norms are in the model's own precision"),
    "use_galore": only((False,), "off", _OTHER_OPTIMISERS),
    "use_badam": only((False,), "off", _OTHER_OPTIMISERS),
    "use_apollo": only((False,), "off", _OTHER_OPTIMISERS),
    "use_adam_mini": only((False,), "off", _OTHER_OPTIMISERS),
    "use_muon": only((False,), "off", _OTHER_OPTIMISERS),
    "use_swanlab": only((False,), "off", "ttune's trackers are wandb, tensorboard, mlflow and trackio"),
    "predict_with_generate": same("`ttune eval` compares answers"),
    "infer_backend": same("`ttune chat` answers with what trained"),
}  # fmt: skip

LLAMA_FACTORY = Tool(
    "llama-factory", "LLaMA-Factory",
    {**TRANSFORMERS, **_KEYS},
    {
        "stage": Default("sft"), "finetuning_type": Default("lora"), "lora_rank": Default(8),
        "lora_alpha": Default("2 × lora_rank"), "per_device_train_batch_size": Default(8),
        "gradient_accumulation_steps": Default(1), "learning_rate": Default(5e-5),
        "lr_scheduler_type": Default("linear"), "warmup_ratio": Default(0.0, ("warmup_steps",)),
        "optim": Default("adamw_torch"), "weight_decay": Default(0.0), "val_size": Default(0.0, ("eval_dataset",)),
        "seed": Default(42), "group_by_length": Default(False), "packing": Default("by stage"),
        "disable_gradient_checkpointing": Default(False, ("use_unsloth_gc",)),
        "eval_strategy": Default(NEVER), "save_steps": Default(500, ("save_strategy",)),
    },
)  # fmt: skip
