"""What each method measures beside its loss, in words: label, unit, which way is good, and what it says.

Names are trl's, as `StepDone.metrics` and `Evaluated.metrics` hold them; what they are was read in trl 1.15's trainers.
An unknown name is shown as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from engine.protocol import Evaluated, StepDone

Metrics = Mapping[str, float | None]
Unit = Literal["", "share", "tokens", "nats"]
Good = Literal["up", "down"]

WAYS: dict[Good | None, str] = {"up": "↑", "down": "↓", None: " "}
"""How a front end marks the way that is good."""

LAST = 10
"""Steps whose mean is shown: one batch of few pairs or prompts says little."""

REWARD = "reward"
"""What decides where the loss says nothing (grpo): the answers' reward."""

_BEFORE, _AFTER = "rewards/", "/mean"
_PARTS = f"{_BEFORE}*{_AFTER}"
"""Stands for the means of the single rewards (grpo), each by its own name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a method."""

    label: str
    unit: Unit
    """share: of 1, shown in percent; "": a plain number."""
    good: Good | None
    """Which way it should go; None where neither is good in itself."""
    told: str
    """What it is, in one line; "" for a name that ttune does not know."""


_PAIRS_RIGHT = "share of pairs whose chosen answer scores above the rejected one"
_ENTROPY = Figure("entropy", "nats", None, "how undecided the model is about a token")

FIGURES: dict[str, dict[str, Figure]] = {
    "sft": {"entropy": _ENTROPY},
    "cpt": {"entropy": _ENTROPY},
    "dpo": {
        "rewards/margins": Figure("margin", "", "up", "chosen gain less rejected gain"),
        "rewards/accuracies": Figure("pairs right", "share", "up", _PAIRS_RIGHT),
        "rewards/chosen": Figure(
            "chosen gain", "", "up", "beta x how much likelier (in nats) chosen answers are than at the start"
        ),
        "rewards/rejected": Figure("rejected gain", "", "down", "the same of rejected answers"),
        "logps/chosen": Figure(
            "chosen log-p", "nats", "up", "log-probability of a chosen answer: falling means that it is unlearned too"
        ),
        "logps/rejected": Figure("rejected log-p", "nats", "down", "log-probability of a rejected answer"),
        "entropy": _ENTROPY,
    },
    "kto": {
        "rewards/margins": Figure("margin", "", "up", "good gain less bad gain, in batches that hold both"),
        "kl": Figure("distance", "nats", None, "how far answers in general have moved from the start (KL)"),
        "rewards/chosen": Figure(
            "good gain", "", "up", "beta x how much likelier (in nats) good answers are than at the start"
        ),
        "rewards/rejected": Figure("bad gain", "", "down", "the same of bad answers"),
        "logps/chosen": Figure("good log-p", "nats", "up", "log-probability of a good answer"),
        "logps/rejected": Figure("bad log-p", "nats", "down", "log-probability of a bad answer"),
        "entropy": _ENTROPY,
    },
    "orpo": {
        "rewards/margins": Figure("margin", "", "up", "chosen score less rejected score"),
        "rewards/accuracies": Figure("pairs right", "share", "up", _PAIRS_RIGHT),
        "log_odds_ratio": Figure(
            "log-odds", "nats", "up", "log-sigmoid of how much likelier chosen is than rejected: -0.69 is even, 0 sure"
        ),
        "nll_loss": Figure("imitation loss", "nats", "down", "loss of a token of chosen answers, as sft has it"),
        "rewards/chosen": Figure("chosen score", "", "up", "beta x log-probability of a token of chosen answers"),
        "rewards/rejected": Figure("rejected score", "", "down", "the same of rejected answers"),
        "logps/chosen": Figure("chosen log-p", "nats", "up", "log-probability of a token of chosen answers"),
        "logps/rejected": Figure("rejected log-p", "nats", "down", "the same of rejected answers"),
    },
    "grpo": {
        REWARD: Figure("reward", "", "up", "sum of the rewards of an answer, each times its weight"),
        _PARTS: Figure("", "", "up", "one of the rewards of an answer, before its weight"),
        "reward_std": Figure("spread", "", None, "standard deviation of rewards over a step: 0 teaches nothing"),
        "frac_reward_zero_std": Figure(
            "all alike", "share", "down", "share of prompts whose answers all have the same reward: they teach nothing"
        ),
        "completions/mean_length": Figure("answer length", "tokens", None, "tokens of a sampled answer"),
        "completions/clipped_ratio": Figure(
            "cut off", "share", "down", "share of answers that method.grpo.max_new_tokens ended"
        ),
        "kl": Figure("distance", "nats", None, "how far a token has moved from the start (KL)"),
        "entropy": Figure("entropy", "nats", None, "how undecided the model is about a token: near 0 it tries nothing"),
        "clip_ratio/region_mean": Figure("clipped", "share", None, "share of tokens that had moved too far already"),
    },
}  # fmt: skip
"""By method and name, the most telling first."""

_BRIEF = 2
"""Figures that a line of a step or an evaluation has room for."""
_IN_BRIEF: dict[str, tuple[str, ...]] = {"grpo": ("completions/mean_length", "frac_reward_zero_std")}
"""Those of a method whose first ones are not what to watch beside what decides."""
_OF_GROUPS = "frac_reward_zero_std"
"""Says nothing of a grpo evaluation, which samples one answer a prompt."""


def method_of(recipe: Mapping[str, Any]) -> str:
    """The method of a frozen recipe; sft where it names none."""
    method = recipe.get("method")
    kind = method.get("kind") if isinstance(method, Mapping) else None
    return kind if isinstance(kind, str) else "sft"


def figure(method: str, name: str) -> Figure:
    """What is known of a name; a single reward has its own name, and an unknown one is called as it is."""
    known = FIGURES.get(method, {})
    if name in known:
        return known[name]
    part = _part(name)
    if part and (pattern := known.get(_PARTS)):
        return Figure(f"{part} reward", pattern.unit, pattern.good, pattern.told)
    return Figure(name, "", None, "")


def ordered(method: str, *measured: Metrics) -> list[str]:
    """The names in any of these, the most telling first, the unknown ones last."""
    found = sorted({name for metrics in measured for name in metrics})
    order = {name: place for place, name in enumerate(FIGURES.get(method, {}))}
    return sorted(found, key=lambda name: order.get(_PARTS if _part(name) else name, len(order)))


def brief(method: str, metrics: Metrics) -> list[str]:
    """The few names that a line has room for, beside the loss or the reward."""
    chosen = _IN_BRIEF.get(method) or tuple(name for name in FIGURES.get(method, {}) if name != "entropy")[:_BRIEF]
    return [name for name in chosen if name in metrics]


def written(unit: Unit, value: float | None) -> str | None:
    """A value as a person reads it: `75%`, `0.4%`, `128`, `0.312`, `0.0012`, `−302.0`; None for None."""
    if value is None:
        return None
    if unit == "share":
        return f"{value:.0%}" if value in (0, 1) or abs(value) >= 0.0995 else f"{value:.1%}"
    size = abs(value)
    digits = (
        0 if unit == "tokens" or size >= 999.95 else 1 if size >= 9.9995 else 3 if size >= 0.00995 or not size else 4
    )
    text = f"{size:,.{digits}f}"
    return f"−{text}" if value < 0 and text.strip("0.,") else text


def recent(steps: Sequence[StepDone], name: str, last: int = LAST) -> float | None:
    """Mean of a figure over the last steps, those left out that have none of it; None where none has."""
    values = [value for step in steps[-last:] if (value := step.metrics.get(name)) is not None]
    return fmean(values) if values else None


def validated(evaluation: Evaluated | None) -> Metrics:
    """What an evaluation measured that says something; nothing where there was none."""
    if evaluation is None:
        return {}
    return {name: value for name, value in evaluation.metrics.items() if name != _OF_GROUPS}


def decides(measured: StepDone | Evaluated) -> Literal["loss", "reward"]:
    """Whether it is the loss or the reward that says how good the model is."""
    if isinstance(measured, Evaluated) and measured.loss is not None:
        return "loss"
    return "reward" if REWARD in measured.metrics else "loss"


def deciding(measured: StepDone | Evaluated) -> float | None:
    """The loss, or where it says nothing the reward; None when it was not finite."""
    return measured.loss if decides(measured) == "loss" else measured.metrics[REWARD]


def _part(name: str) -> str:
    """The reward that a name is the mean of; "" for other names."""
    is_part = name.startswith(_BEFORE) and name.endswith(_AFTER) and len(name) > len(_BEFORE) + len(_AFTER)
    return name[len(_BEFORE) : -len(_AFTER)] if is_part else ""
