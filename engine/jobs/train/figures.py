"""What a method measures beside its loss, out of what its trainer logs."""

import math
from collections.abc import Mapping
from typing import Any

_NAMES = frozenset(
    {
        "reward", "reward_std", "frac_reward_zero_std", "kl", "entropy", "nll_loss", "log_odds_ratio",
        "completions/mean_length", "completions/clipped_ratio", "clip_ratio/region_mean",
    }
)  # fmt: skip
_GROUPS = ("rewards/", "logps/")
_SPREAD = "/std"
"""Of each reward alone the mean is enough."""


def figures(logs: Mapping[str, Any], prefix: str = "") -> dict[str, float | None]:
    """The figures of one step or, with `prefix` "eval_", of an evaluation; None for one that is not finite."""
    names = {name.removeprefix(prefix): value for name, value in logs.items() if name.startswith(prefix)}
    return {name: _finite(value) for name, value in names.items() if _tells(name)}


def _tells(name: str) -> bool:
    return name in _NAMES or (name.startswith(_GROUPS) and not name.endswith(_SPREAD))


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
