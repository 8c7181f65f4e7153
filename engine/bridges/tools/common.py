"""Rules that several tools share: what they write in the same way, mostly because they hand it to transformers."""

import re
from pathlib import Path
from typing import Any

from engine.bridges.rules import (
    Outcome,
    Rule,
    choice,
    listed,
    lost,
    mapped,
    meant,
    name,
    number,
    own,
    text,
    truth,
)
from engine.bridges.source import Source
from engine.recipe import LINEAR_LAYERS

AT_THE_END = 0.999999999
"""`evaluate_every` for once in a run: 1 would be one step. So near to 1 that it is still a multiple of 1/4."""

NEVER = "never"
"""How often the loss of validation rows is measured where no key says it."""

OPTIMISERS = {
    "adamw_torch": "adamw", "adamw_torch_fused": "adamw", "adamw_hf": "adamw",
    "adamw_bnb_8bit": "adamw_8bit", "adamw_8bit": "adamw_8bit",
    "paged_adamw": "paged_adamw", "paged_adamw_32bit": "paged_adamw", "paged_adamw_8bit": "paged_adamw_8bit",
}  # fmt: skip
SCHEDULES = {
    "cosine": "cosine", "linear": "linear", "constant_with_warmup": "constant", "constant": "constant",
}  # fmt: skip

OWN_FOLDER = "each run has a folder of its own in the project"
NO_UPLOADS = "ttune uploads nothing: what was trained lies in the run's folder"
ALL_LOGGED = "every step is logged"
EXACT = "attention is exact in every implementation; ttune takes torch's, or Unsloth's"
FASTER = "changes speed, not what is learned"
SEVERAL_GPUS = "training runs on one GPU so far"
NO_WARMUP = "transformers' `constant` takes no warm-up"


def optimiser() -> Rule:
    """Names of optimisers."""
    return choice("training.optimiser", OPTIMISERS, "ttune has adamw, adamw_8bit, paged_adamw and paged_adamw_8bit")


def schedule() -> Rule:
    """Names of schedules; transformers' `constant` passes over any warm-up, ttune's does not."""

    def read(value: Any, _: Source) -> Outcome:
        kind = SCHEDULES.get(str(value).lower())
        if kind is None:
            return lost("ttune has cosine, linear and constant")
        if str(value).lower() == "constant":
            return mapped(NO_WARMUP, training__schedule=kind, training__warmup=0.0)
        return mapped(training__schedule=kind)

    return own(
        "`training.schedule`: cosine, linear; constant_with_warmup → constant; constant → constant with "
        "`training.warmup` = 0",
        read,
    )


def targets() -> Rule:
    """Layers that get an adapter."""

    def read(value: Any, _: Source) -> Outcome:
        names = [text(one) for one in listed(value)]
        if names in (["all"], ["all-linear"]):
            return mapped(adapter__targets=["all"])
        if any(_PATTERN.search(one) for one in names):
            return lost("a pattern, and ttune takes names of layers: set adapter.targets")
        group = next((group for group, layers in _GROUPS.items() if set(names) == layers), None)
        return mapped(adapter__targets=[group] if group else names)

    return own(
        "`adapter.targets`; all seven linear layers are `all`, groups are named as such; a pattern has no equivalent",
        read,
    )


_PATTERN = re.compile(r"[][\\()|*+?^$]")
"""What a layer's name does not have, and a regular expression nearly always has."""


_GROUPS = {
    "all": set(LINEAR_LAYERS),
    "attention": {"q_proj", "k_proj", "v_proj", "o_proj"},
    "mlp": {"gate_proj", "up_proj", "down_proj"},
}


def also_train() -> Rule:
    """Layers trained as a whole."""
    there = ("embed_tokens", "lm_head")

    def read(value: Any, _: Source) -> Outcome:
        names = [str(one) for one in listed(value)]
        strange = [name for name in names if name not in there]
        if strange:
            return lost(f"{', '.join(strange)}: ttune trains embed_tokens and lm_head beside an adapter, no others")
        return mapped(adapter__also_train=names)

    return own("`adapter.also_train`: embed_tokens and lm_head; others have no equivalent", read)


def interval(key: str, how: str) -> Rule:
    """Steps, or a share of the run below 1; `how`: the key that says whether steps are counted at all."""

    def read(value: Any, source: Source) -> Outcome:
        every = number(value)
        if str(source.get(how, "steps")).lower() not in ("steps", "false"):
            return meant(f"`{how}` says otherwise, and counts")
        if every <= 0:
            raise ValueError("must be above 0")
        return Outcome("mapped", {key: min(every, AT_THE_END) if every <= 1 and every != int(every) else every})

    return own(f"`{key}`", read)


def warmup_ratio() -> Rule:
    """A share of the run."""

    def read(value: Any, source: Source) -> Outcome:
        share = number(value)
        if not 0 <= share < 1:
            raise ValueError("must be from 0 to below 1")
        if _is_constant(source):
            return meant(NO_WARMUP)
        if _positive(source.get("warmup_steps")):
            return lost("`warmup_steps` says it too, and counts")
        return mapped(training__warmup=share)

    return own("`training.warmup`, a share; `warmup_steps` above 0 counts instead", read)


def warmup_steps() -> Rule:
    """Steps; newer versions of transformers take a share below 1 here too."""

    def read(value: Any, source: Source) -> Outcome:
        steps = number(value)
        if _is_constant(source):
            return meant(NO_WARMUP)
        if not steps and _positive(source.get("warmup_ratio")):
            return meant("`warmup_ratio` says it")
        return mapped(training__warmup=steps)

    return own("`training.warmup` (steps from 1, a share below)", read)


def _is_constant(source: Source) -> bool:
    """Whether the rate is transformers' `constant`."""
    return "constant" in (str(source.get(key, "")).lower() for key in ("lr_scheduler", "lr_scheduler_type"))


def _positive(value: Any) -> bool:
    """Whether something is a number above 0, written as text or not."""
    return value is not None and number(value) > 0


def validation_share() -> Rule:
    """How much is kept for validation."""

    def read(value: Any, _: Source) -> Outcome:
        share = number(value)
        if share >= 1:
            return lost("a number of rows: data.split.validation is a share of them")
        return mapped(data__split__validation=share)

    return own("`data.split.validation`; a number of rows has no equivalent, it is a share here", read)


def unmeasured(tool: str, share_key: str, source: Source) -> str:
    """A note where a tool keeps rows for validation, and never measures on them since no key says when."""
    if not number(source.get(share_key) or 0):
        return ""
    return (
        f"{tool} never measures the loss of validation rows here, since no key says when; ttune does, and keeps the "
        "best checkpoint: training.evaluate_every"
    )


def precision(mine: str, others: tuple[str, ...] = ()) -> Rule:
    """bf16 or fp16; `auto` and what is off leave it to ttune, or to the other key."""

    def read(value: Any, source: Source) -> Outcome:
        if str(value).lower() == "auto":
            return mapped(training__precision="auto")
        if truth(value):
            return mapped(training__precision=mine)
        if any(source.get(other) not in (None, False) for other in others):
            return meant("another key says the precision")
        return mapped("neither bf16 nor fp16", training__precision="fp32") if others else meant("off")

    return own(
        f"`training.precision`: {mine} where true" + ("; fp32 where false and fp16 is not on" if others else ""), read
    )


def room_for(new: int, prompt: int = 0) -> Outcome:
    """A length that holds sampled answers of `new` tokens and their prompts, of `prompt` tokens where that is said."""
    note = (
        "prompts that leave no room for an answer in training.max_length are left out, as the other tool does not"
        if not prompt else ""
    )  # fmt: skip
    length = new + prompt if prompt else max(2048, 2 * new)
    return Outcome("mapped", {"training.max_length": length}, "holds prompt and answer", note)


def base_model(folder_of: str = "the YAML") -> Rule:
    """A Hub id, or a folder relative to the YAML."""

    def read(value: Any, source: Source) -> Outcome:
        return mapped(model__base=path_or_name(text(value), source))

    return own(f"`model.base`; a folder is relative to {folder_of}", read)


def path_or_name(wanted: str, source: Source) -> str:
    """An absolute path where it is one of a file or folder that is there, or can be nothing else; else the text."""
    path = Path(wanted).expanduser()
    if path.is_absolute():
        return str(path)
    beside = source.path.parent.absolute() / path
    clearly = wanted.startswith(("./", "../", "~"))
    return str(beside.resolve()) if clearly or beside.exists() else wanted


def revision() -> Rule:
    """A commit, tag or branch."""

    def read(value: Any, _: Source) -> Outcome:
        return meant("the newest") if value == "main" else mapped(model__revision=name(value))

    return own("`model.revision`; main is the newest", read)


def tracker(service: str) -> Rule:
    """The name that runs are filed under at a tracker, which is used then."""
    return own(
        f"`trackers.use`: {service}, and `trackers.project`",
        lambda value, _: mapped(trackers__use=[service], trackers__project=name(value)),
    )


def report_to() -> Rule:
    """Trackers by name."""
    there = ("wandb", "tensorboard", "mlflow", "trackio")

    def read(value: Any, _: Source) -> Outcome:
        names = [str(one) for one in listed(value)]
        if names == ["none"]:
            return mapped(trackers__use=[])
        strange = [name for name in names if name not in there]
        if strange:
            return lost(f"{', '.join(strange)}: ttune's trackers are {', '.join(there)}")
        return mapped(trackers__use=names)

    return own(f"`trackers.use`: {', '.join(there)}; none is none", read)


def per_epoch(key: str, times: float, source: Source, epochs_key: str, default_epochs: float = 3) -> Outcome:
    """So many times an epoch, as a share of the run."""
    if source.says("max_steps") and number(source.get("max_steps")) > 0:
        return lost("the run's length is max_steps, and how many that are of an epoch is not known")
    epochs = number(source.get(epochs_key, default_epochs))
    if times <= 0 or epochs <= 0:
        raise ValueError(f"must be above 0, and {epochs_key} too")
    return Outcome("mapped", {key: min(1 / (times * epochs), AT_THE_END)})
