"""The YAML of trl's command line: `trl sft --config FILE.yaml`, `trl dpo …`.

Such a file does not say which of trl's commands it is for. Keys that only one of them has tell it; the caller may say.
"""

import json
from pathlib import Path
from typing import Any

from engine.bridges.rules import (
    Outcome,
    Outcomes,
    choice,
    listed,
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
from engine.bridges.tools.axolotl_data import further, named
from engine.bridges.tools.common import EXACT, FASTER, also_train, base_model, revision, room_for, targets
from engine.bridges.tools.transformers_keys import TRANSFORMERS

_OF_GRPO = ("num_generations", "max_completion_length", "reward_funcs", "reward_model_name_or_path", "scale_rewards")
_OF_KTO = ("desirable_weight", "undesirable_weight")
_OF_DPO = ("beta", "label_smoothing", "precompute_ref_log_probs", "f_divergence_type", "rpo_alpha")
_DPO_LOSSES = {"sigmoid": "sigmoid", "ipo": "ipo", "hinge": "hinge", "robust": "robust"}
_GRPO_LOSSES = ("dapo", "grpo", "dr_grpo", "bnpo")


def method_of(source: Source) -> str:
    """The command that a file is for."""
    if source.method:
        return source.method
    if source.says(*_OF_GRPO):
        return "grpo"
    if source.says(*_OF_KTO):
        return "kto"
    losses = [str(loss) for loss in listed(source.get("loss_type", []))]
    return "dpo" if source.says(*_OF_DPO) or any(loss in _DPO_LOSSES for loss in losses) else "sft"


def _beta(value: Any, source: Source) -> Outcome:
    if method_of(source) == "grpo":
        return mapped(method__grpo__beta=number(value))
    return mapped(method__preference__beta=number(value))


def _loss(value: Any, source: Source) -> Outcome:
    kind, loss = method_of(source), str(listed(value)[0])
    if len(listed(value)) > 1:
        return lost("one loss at a time")
    if kind == "grpo":
        return mapped(method__grpo__loss=loss) if loss in _GRPO_LOSSES else lost(f"ttune has {', '.join(_GRPO_LOSSES)}")
    if kind == "dpo" and loss in _DPO_LOSSES:
        return mapped(method__preference__loss=_DPO_LOSSES[loss])
    return meant("it is the usual one") if loss in ("nll", "kto", "chunked_nll") else lost("ttune has no such loss")


def _peft(value: Any, source: Source) -> Outcome:
    if not truth(value):
        return mapped(adapter__kind="full")
    return mapped(adapter__kind="qlora" if source.get("load_in_4bit") is True else "lora")


def _dataset(value: Any, source: Source) -> Outcome:
    where = named(text(value), source, str(source.get("dataset_config") or source.get("dataset_config_name") or ""))
    return Outcome("mapped", {"data.source": where}, note=_bare(source))


def _mixture(value: Any, source: Source) -> Outcomes:
    """`datasets`: a list of sections with path."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) and "path" in one for one in value):
        raise ValueError("must be a list of sections with path")
    first = value[0]
    found: Outcomes = {}
    for key in first:
        if key == "path":
            where = named(text(first["path"]), source, str(first.get("name") or ""))
            found[".0.path"] = Outcome("mapped", {"data.source": where}, note=_bare(source))
        elif key == "name" or (key, first[key]) == ("split", "train"):
            found[f".0.{key}"] = meant("path says it; all splits are read, and rows named test are not trained")
        else:
            found[f".0.{key}"] = lost("rows are read as a whole: set data.format or data.mapping")
    return found | further(value)


def _dtype(value: Any, source: Source) -> Outcome:
    if str(value) in ("auto", "float32", "bfloat16"):
        return meant("training.precision says what sums run in")
    return lost("training.precision says what sums run in")


BY_ROWS = "by the rows"
"""What `assistant_only_loss` and `completion_only_loss` say when both are left out."""

_EVERY_TOKEN = (
    "trl trains every token of rows with messages, and of rows with prompt and completion the completion alone: "
    "method.answers_only = true where yours are such, or where only answers shall be learned"
)


def _answers_only(value: Any, source: Source) -> Outcome:
    if value != BY_ROWS and truth(value):
        return mapped(method__answers_only=True)
    if source.says("completion_only_loss"):
        return meant("`completion_only_loss` says it")
    fields = set(first_row(source))
    if {"prompt", "completion"} <= fields:
        return mapped("rows have a prompt and a completion", method__answers_only=True)
    note = "" if fields else _EVERY_TOKEN
    return Outcome("mapped", {"method.answers_only": False}, "every token of a conversation carries loss", note)


def _completion_only(value: Any, source: Source) -> Outcome:
    if not truth(value) and source.get("assistant_only_loss") is True:
        return meant("`assistant_only_loss` says it")
    return mapped(method__answers_only=truth(value))


def _bare(source: Source) -> str:
    """A note where rows may be, or are, texts that trl leaves as they are."""
    row = first_row(source)
    texts = not row or any(isinstance(row.get(name), str) for name in ("prompt", "completion", "chosen"))
    return "trl puts no chat template around prompts and answers that are texts, ttune the base's own" if texts else ""


def first_row(source: Source) -> dict[str, Any]:
    """The first row, where the rows are a .jsonl file that is here; else empty."""
    place = source.get("dataset_name") or next(iter(listed(source.get("datasets", []))), None)
    path = Path(named(str(place.get("path") if isinstance(place, dict) else place), source))
    if path.suffix != ".jsonl":
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            row = json.loads(file.readline(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


_LONGEST = 1 << 20
"""Characters of a first row that are looked at."""


def _length(value: Any, source: Source) -> Outcome:
    """`max_length`, which grpo does not have: there it is what answers and their prompts need."""
    return room_for(_new(source)) if value == ROOM else mapped(training__max_length=whole(value))


ROOM = "room for the answers"
"""What `max_length` is for grpo, which cuts no prompts."""


def _prompt_length(value: Any, source: Source) -> Outcome:
    if method_of(source) == "grpo":
        return room_for(_new(source), whole(value))
    return lost("a prompt and its answer share training.max_length")


def _new(source: Source) -> int:
    """Tokens of a sampled answer."""
    return whole(source.get("max_completion_length", 512))


def _checkpointing(value: Any, source: Source) -> Outcome:
    kind = "unsloth" if source.get("activation_offloading") is True else "plain"
    return mapped(training__gradient_checkpointing=kind if truth(value) else "off")


_KEYS = {
    "model_name_or_path": base_model(),
    "model_revision": revision(),
    "trust_remote_code": only((False,), "no code of a model is run", "no code of a model is run"),
    "dtype": own("nothing to say: `training.precision`", _dtype),
    "torch_dtype": own("nothing to say: `training.precision`", _dtype),
    "attn_implementation": same(EXACT),
    "use_peft": own("`adapter.kind`: lora, qlora with `load_in_4bit`; missing or false: full", _peft),
    "load_in_4bit": own("nothing to say: `use_peft` says it",
                        lambda value, source: meant("adapter.kind says it") if source.get("use_peft") or not value
                        else lost("full fine-tuning is in 16 bit")),
    "load_in_8bit": only((False,), "off", "lora holds the base in 16 bit, qlora in 4"),
    "bnb_4bit_quant_type": only(("nf4",), "qlora is nf4", "qlora is nf4"),
    "use_bnb_nested_quant": only((True,), "it is on", "it is on"),
    "lora_r": to("adapter.rank", whole),
    "lora_alpha": to("adapter.alpha", number),
    "lora_dropout": to("adapter.dropout", number),
    "lora_target_modules": targets(),
    "lora_modules_to_save": also_train(),
    "lora_task_type": only(("CAUSAL_LM",), "it is always CAUSAL_LM", "it is always CAUSAL_LM"),
    "use_rslora": to("adapter.rslora", truth),
    "use_dora": to("adapter.dora", truth),
    "dataset_name": own("`data.source`", _dataset),
    "dataset_config": same("`dataset_name` says it"),
    "dataset_train_split": only(("train",), "all splits are read, and rows named test are not trained",
                                "all splits of a source are read"),
    "dataset_test_split": same("rows that a source itself names validation or test are not trained"),
    "dataset_streaming": only((False,), "off", "sources are read once and kept"),
    "datasets": own("`data.source`; the first of several", _mixture),
    "dataset_text_field": own("nothing to say where text; else `data.mapping.text`",
                              lambda value, _: meant("it is called so") if value == "text"
                              else mapped(data__mapping__text=text(value))),
    "dataset_kwargs": without("rows are prepared by ttune"),
    "shuffle_dataset": own("`training.order`: random where true", lambda value, _: mapped(training__order="random")
                           if truth(value) else meant("training.order says it")),
    "max_length": own("`training.max_length`; missing for grpo: twice `max_completion_length`, at least 2048", _length),
    "max_seq_length": to("training.max_length", whole),
    "truncation_mode": only(("keep_start",), "longer rows lose their end", "longer rows lose their end"),
    "packing": to("training.packing", truth),
    "packing_strategy": only(("bfd",), "best fit, always", "best fit, always"),
    "eval_packing": same("how validation rows are laid out does not change their loss"),
    "padding_free": same(FASTER),
    "pad_to_multiple_of": same("padding carries no loss"),
    "pad_token": same("ttune picks a token to pad with that is never trained"),
    "eos_token": without("the base's own tokens are used"),
    "chat_template_path": without("the base's own chat template is used"),
    "assistant_only_loss": own("`method.answers_only` where true; missing or false for sft: false, but for rows with "
                               "prompt and completion", _answers_only),
    "completion_only_loss": own("`method.answers_only`", _completion_only),
    "activation_offloading": own("`training.gradient_checkpointing`: unsloth where true",
                                 lambda value, _: mapped(training__gradient_checkpointing="unsloth")
                                 if truth(value) else meant("off")),
    "gradient_checkpointing": own("`training.gradient_checkpointing`: plain, off", _checkpointing),
    "train_sampling_strategy": choice(
        "training.order", {"random": "random", "group_by_length": "by_length", "sequential": "given"},
        "ttune has by_length, random and given",
    ),
    "beta": own("`method.preference.beta`; of grpo `method.grpo.beta`", _beta),
    "loss_type": own("`method.preference.loss`: sigmoid, ipo, hinge, robust; `method.grpo.loss`", _loss),
    "label_smoothing": to("method.preference.label_smoothing", number),
    "desirable_weight": to("method.preference.desirable_weight", number),
    "undesirable_weight": to("method.preference.undesirable_weight", number),
    "max_prompt_length": own("of grpo `training.max_length`, with `max_completion_length` added; else no equivalent: a "
                             "prompt and its answer share training.max_length", _prompt_length),
    "precompute_ref_log_probs": same(FASTER),
    "disable_dropout": without("adapter.dropout says it"),
    "f_divergence_type": only(("reverse_kl",), "it is always reverse_kl", "it is always reverse_kl"),
    "sync_ref_model": only((False,), "the reference stays", "the reference stays as it was"),
    "num_generations": to("method.grpo.generations", whole),
    "max_completion_length": to("method.grpo.max_new_tokens", whole),
    "temperature": to("method.grpo.temperature", number),
    "top_p": to("method.grpo.top_p", number),
    "scale_rewards": choice(
        "method.grpo.scale_rewards",
        {"true": "group", "false": "none", "group": "group", "batch": "batch", "none": "none"},
        "ttune has group, batch and none",
    ),
    "reward_funcs": without("rewards stand in [[rewards]]: exact, numeric, regex and others, or a Python file"),
    "reward_model_name_or_path": without("rewards stand in [[rewards]]"),
    "reward_weights": without("rewards stand in [[rewards]], with their weights"),
    "use_vllm": without("ttune samples with the model that it trains"),
    "num_iterations": only((1,), "answers are learned from once", "answers are learned from once"),
}  # fmt: skip

TRL = Tool(
    "trl", "trl",
    {**TRANSFORMERS, **_KEYS},
    {
        "use_peft": Default(False), "per_device_train_batch_size": Default(8),
        "gradient_accumulation_steps": Default(1), "lr_scheduler_type": Default("linear"),
        "warmup_ratio": Default(0.0, ("warmup_steps",)), "optim": Default("adamw_torch_fused"),
        "weight_decay": Default(0.0), "seed": Default(42), "max_length": Default(1024, ("max_seq_length",)),
        "gradient_checkpointing": Default(True), "lora_alpha": Default(32), "lora_dropout": Default(0.05),
        "train_sampling_strategy": Default("random", ("group_by_length", "shuffle_dataset")),
        "eval_strategy": Default("no"), "save_steps": Default(500, ("save_strategy",)),
    },
)  # fmt: skip
"""The learning rate is each command's own: see `defaults_of`."""

_RATES = {"sft": 2e-5, "cpt": 2e-5, "dpo": 1e-6, "kto": 1e-6, "orpo": 1e-6, "grpo": 1e-6}


def with_method(source: Source) -> Tool:
    """The table with the method and its learning rate, as if the file said them."""
    kind = method_of(source)
    said = Default(kind)
    how = own("the method, by keys that only one command has", lambda value, _: mapped(method__kind=str(value)))
    keys = {**TRL.keys, "command": how}
    defaults = {**TRL.defaults, "command": said, "learning_rate": Default(_RATES[kind])}
    if kind == "grpo":
        defaults["max_length"] = Default(ROOM, ("max_seq_length", "max_prompt_length"))
    if kind == "sft":
        defaults["assistant_only_loss"] = Default(BY_ROWS, ("completion_only_loss",))
    return Tool(TRL.name, TRL.title, keys, defaults)
