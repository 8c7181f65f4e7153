"""The learning rate that is advised for each way to train: the form and the rules of advice read this table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rates:
    """What is advised for one way to train."""

    what: str
    low: float
    high: float
    usual: float


OF_METHOD: Mapping[str, Rates] = {
    "dpo": Rates("DPO", 5e-7, 1e-6, 1e-6),
    "kto": Rates("KTO", 5e-7, 5e-6, 1e-6),
    "orpo": Rates("ORPO", 1e-6, 5e-5, 8e-6),
    "grpo": Rates("GRPO", 1e-6, 5e-6, 5e-6),
}
"""Of methods that do not imitate, whatever is trained; KTO and ORPO as their papers and trl's guides have it."""
OF_ADAPTER: Mapping[str, Rates] = {
    "lora": Rates("LoRA", 5e-5, 3e-4, 1e-4),
    "qlora": Rates("QLoRA", 1e-4, 5e-4, 2e-4),
    "full": Rates("full fine-tuning", 5e-6, 5e-5, 1e-5),
}
"""Of sft and cpt (guide §3)."""


def rates(method: str, adapter: str) -> Rates | None:
    """What is advised for a method and an adapter; None for what a recipe cannot hold."""
    return OF_METHOD.get(method) or OF_ADAPTER.get(adapter)


def rates_of(values: Mapping[str, Any]) -> Rates | None:
    """The same for the values of a form, by key, of which any may be wrong."""
    return rates(str(values.get("method.kind")), str(values.get("adapter.kind")))
