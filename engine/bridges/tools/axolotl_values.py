"""What values of Axolotl's keys become where a rule of their own is needed."""

from dataclasses import replace
from typing import Any

from engine.bridges.rules import Outcome, Outcomes, lost, mapped, meant, number, truth, whole
from engine.bridges.source import Source
from engine.bridges.tools.common import AT_THE_END, NEVER, per_epoch, room_for, unmeasured, warmup_ratio

_METHODS = ("dpo", "ipo", "kto", "orpo", "grpo")


def method(value: Any, source: Source) -> Outcome:
    """`rl`. Raises ValueError for a method that ttune does not have."""
    kind = str(value).lower()
    if kind == "ipo":
        return mapped(method__kind="dpo", method__preference__loss="ipo")
    if kind not in _METHODS:
        raise ValueError(f"{value}: ttune trains sft, cpt, {', '.join(_METHODS)}: no recipe can be made of it")
    return mapped(method__kind=kind)


def adapter(value: Any, source: Source) -> Outcome:
    """`adapter`. Raises ValueError for a kind that ttune does not have."""
    kind = "full" if value in (None, "") else str(value).lower()
    if kind not in ("lora", "qlora", "full"):
        raise ValueError(f"{value}: ttune has lora, qlora and full: no recipe can be made of it")
    if kind == "lora" and source.get("load_in_4bit") is True:
        kind = "qlora"
    return mapped(adapter__kind=kind)


def four_bit(value: Any, source: Source) -> Outcome:
    """`load_in_4bit`."""
    if truth(value) and not source.says("adapter"):
        return lost("full fine-tuning is in 16 bit")
    return meant("adapter.kind says it")


def warmup_share(value: Any, source: Source) -> Outcome:
    """`warmup_ratio`. Raises ValueError beside `warmup_steps`, as Axolotl does."""
    if number(value) and number(source.get("warmup_steps", 0)):
        raise ValueError("Axolotl refuses it beside warmup_steps: take one of the two out")
    return warmup_ratio().read(value, source)  # type: ignore[return-value]  # it has one outcome


def length(value: Any, source: Source) -> Outcome:
    """`sequence_len`: Axolotl does not look at it in grpo, where ttune's holds prompt and answer."""
    tokens = whole(value)
    said = source.get("trl", {})
    new = whole(said.get("max_completion_length") or 512) if isinstance(said, dict) else 512
    if str(source.get("rl", "")).lower() != "grpo" or tokens > new:
        return mapped(training__max_length=tokens)
    return room_for(new)


def evaluations(value: Any, source: Source) -> Outcome:
    """`evals_per_epoch`; at 0, and where no key says it, Axolotl never measures."""
    if value == NEVER:
        once = per_epoch("training.evaluate_every", 1, source, "num_epochs", 1)
        return replace(once, note=unmeasured("Axolotl", "val_set_size", source))
    if not number(value):
        return mapped("never there, once here: at the end", training__evaluate_every=AT_THE_END)
    return per_epoch("training.evaluate_every", number(value), source, "num_epochs", 1)


def checkpoints(value: Any, source: Source) -> Outcome:
    """`saves_per_epoch`; 0 is as if it were not there: once an epoch."""
    return per_epoch("training.save_every", number(value) or 1, source, "num_epochs", 1)


def linear(value: Any, source: Source) -> Outcome:
    """`lora_target_linear`."""
    if truth(value) and not source.says("lora_target_modules"):
        return mapped(adapter__targets=["all"])
    return meant("`lora_target_modules` says it" if source.says("lora_target_modules") else "off")


def checkpointing(value: Any, source: Source) -> Outcome:
    """`gradient_checkpointing`."""
    kind = str(value).lower()
    table = {"true": "plain", "false": "off", "unsloth": "unsloth", "offload": "unsloth"}
    if kind not in table:
        return lost("ttune has unsloth, plain and off")
    moved = kind == "true" and source.get("activation_offloading") not in (None, False)
    return mapped(training__gradient_checkpointing="unsloth" if moved else table[kind])


def offloading(value: Any, source: Source) -> Outcome:
    """`activation_offloading`, which needs checkpointing."""
    if value is False:
        return meant("off")
    return (
        meant("`gradient_checkpointing` says it")
        if source.get("gradient_checkpointing")
        else lost("what is kept is moved to host memory only where activations are recomputed: gradient_checkpointing")
    )


def group(value: Any, source: Source) -> Outcome:
    """`group_by_length`."""
    return mapped(training__order="by_length" if truth(value) else "random")


def eval_batch(value: Any, source: Source) -> Outcome:
    """`eval_batch_size`."""
    return meant("as many rows at once as in training; the measured loss is the same")


def bf16(value: Any, source: Source) -> Outcome:
    """`bf16`: true, false, auto or full."""
    if str(value).lower() in ("auto", "full"):
        return mapped(training__precision="auto" if value == "auto" else "bf16")
    if truth(value):
        return mapped(training__precision="bf16")
    return meant("`fp16` says it") if source.get("fp16") else mapped(training__precision="fp32")


def fp16(value: Any, source: Source) -> Outcome:
    """`fp16`."""
    return mapped(training__precision="fp16") if truth(value) else meant("off")


def special_tokens(value: Any, source: Source) -> Outcomes:
    """`special_tokens`, a section."""
    if not isinstance(value, dict):
        raise ValueError("must be a section of tokens")
    return {
        f".{role}": meant("ttune picks a token to pad with that is never trained")
        if role == "pad_token" or not token
        else lost("the base's own tokens are used")
        for role, token in value.items()
    }


def template(value: Any, source: Source) -> Outcome:
    """`chat_template`."""
    if value == "tokenizer_default":
        return meant("the base's own chat template is used")
    return lost("the base's own chat template is used, which may not be this one")


def grpo(value: Any, source: Source) -> Outcomes:
    """The `trl` section."""
    if not isinstance(value, dict):
        raise ValueError("must be a section")
    return {f".{inner}": _of_grpo(str(inner), one) for inner, one in value.items()}


def _of_grpo(inner: str, value: Any) -> Outcome:
    if value is None:
        return meant("empty: says nothing")
    key = GRPO.get(inner)
    if key is None:
        return lost("rewards stand in [[rewards]]" if inner.startswith("reward") else "ttune samples by itself")
    if inner == "scale_rewards" and isinstance(value, bool):
        value = "group" if value else "none"
    return Outcome("mapped", {key: value})


GRPO = {
    "num_generations": "method.grpo.generations", "max_completion_length": "method.grpo.max_new_tokens",
    "temperature": "method.grpo.temperature", "top_p": "method.grpo.top_p", "beta": "method.grpo.beta",
    "loss_type": "method.grpo.loss", "scale_rewards": "method.grpo.scale_rewards",
}  # fmt: skip
"""Keys of the `trl` section by what they become."""


def by_epoch(key: str, how: str, source: Source) -> Outcome:
    """A strategy of evaluations or saves: steps, epoch or none."""
    of_saves = key == "training.save_every"
    if how == "steps":
        return meant("it is what `save_steps` says" if of_saves else "it is what `eval_steps` says")
    if how == "epoch":
        return per_epoch(key, 1, source, "num_epochs", 1)
    if how == "no" and not of_saves:
        return mapped(data__split__validation=0.0)
    return lost("a checkpoint is saved at each evaluation, and the best and newest are kept")
