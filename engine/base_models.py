"""Base models to start with, by what is needed (field guide, section 9; as of early 2026).

Parameters are those of the published weights, rounded; lengths are the models' own, as their cards state
them, before any scaling. A licence is a note, not advice: read it before serving a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.recipe import Recipe

Need = Literal["first", "structured", "reasoning", "general", "code", "multilingual", "large", "raw"]


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One model of the Hub, or the tiny one that comes with ttune."""

    id: str
    parameters: int
    licence: str
    length: int
    """Tokens of its native context."""
    why: str
    """What speaks for it, in a few words."""

    @property
    def billions(self) -> str:
        """Its size as a person says it."""
        return f"{self.parameters / 1e9:.1f}B" if self.parameters >= 1e8 else f"{self.parameters / 1e6:.0f}M"


TINY = BaseModel("ttune:quickstart/model", 3_900_000, "Apache-2.0", 1024, "to try the recipe on a CPU, in a minute")

_APACHE, _GATED = "Apache-2.0", "asked for on the Hub first"
_QWEN3_4B = BaseModel("Qwen/Qwen3-4B", 4_020_000_000, _APACHE, 32_768, "small, strong, free to use")
_QWEN3_8B = BaseModel("Qwen/Qwen3-8B", 8_190_000_000, _APACHE, 32_768, "surer than 4B where its memory is there")
_LLAMA_3B = BaseModel(
    "meta-llama/Llama-3.2-3B-Instruct", 3_210_000_000, f"Llama 3.2 Community, {_GATED}", 131_072,
    "small, long context, runs on consumer GPUs",
)  # fmt: skip
_QWEN25_3B = BaseModel(
    "Qwen/Qwen2.5-3B-Instruct", 3_090_000_000, "Qwen Research: no commercial use", 32_768, "smallest that keeps to JSON"
)
_QWEN25_7B = BaseModel("Qwen/Qwen2.5-7B-Instruct", 7_620_000_000, _APACHE, 32_768, "keeps to JSON and to schemas")
_GEMMA_9B = BaseModel("google/gemma-2-9b-it", 9_240_000_000, f"Gemma terms, {_GATED}", 8_192, "conditional logic")
_PHI_4 = BaseModel("microsoft/phi-4", 14_700_000_000, "MIT", 16_384, "reasons well for its size")
_PHI_4_MINI = BaseModel("microsoft/Phi-4-mini-instruct", 3_840_000_000, "MIT", 131_072, "reasoning at the edge")
_LLAMA_8B = BaseModel(
    "meta-llama/Llama-3.1-8B-Instruct", 8_030_000_000, f"Llama 3.1 Community, {_GATED}", 131_072,
    "every tool knows it; domain questions",
)  # fmt: skip
_CODER_7B = BaseModel("Qwen/Qwen2.5-Coder-7B-Instruct", 7_620_000_000, _APACHE, 32_768, "code and SQL on one GPU")
_CODER_32B = BaseModel("Qwen/Qwen2.5-Coder-32B-Instruct", 32_800_000_000, _APACHE, 32_768, "code where quality pays")
_NEMO = BaseModel(
    "mistralai/Mistral-Nemo-Instruct-2407",
    12_200_000_000,
    _APACHE,
    131_072,
    "many languages and their tokenizer",
)
_LLAMA_70B = BaseModel(
    "meta-llama/Llama-3.3-70B-Instruct", 70_600_000_000, f"Llama 3.3 Community, {_GATED}", 131_072, "the hardest tasks"
)
_QWEN25_72B = BaseModel(
    "Qwen/Qwen2.5-72B-Instruct", 72_700_000_000, "Qwen: own licence above 100M users", 32_768, "the hardest tasks"
)
_QWEN3_4B_BASE = BaseModel(
    "Qwen/Qwen3-4B-Base", 4_020_000_000, _APACHE, 32_768, "not tuned to chat: made to go on with"
)
_QWEN3_8B_BASE = BaseModel("Qwen/Qwen3-8B-Base", 8_190_000_000, _APACHE, 32_768, "the same, surer")
_LLAMA_8B_BASE = BaseModel(
    "meta-llama/Llama-3.1-8B",
    8_030_000_000,
    f"Llama 3.1 Community, {_GATED}",
    131_072,
    "every tool knows it",
)
_NEMO_BASE = BaseModel("mistralai/Mistral-Nemo-Base-2407", 12_200_000_000, _APACHE, 131_072, "texts in many languages")

CHOICES: dict[Need, tuple[BaseModel, ...]] = {
    "first": (_QWEN3_4B, _LLAMA_3B),
    "structured": (_QWEN3_4B, _QWEN25_3B, _QWEN25_7B, _QWEN3_8B),
    "reasoning": (_GEMMA_9B, _PHI_4_MINI, _PHI_4),
    "general": (_LLAMA_8B, _QWEN3_8B),
    "code": (_CODER_7B, _CODER_32B),
    "multilingual": (_NEMO, _QWEN3_8B),
    "large": (_LLAMA_70B, _QWEN25_72B),
    "raw": (_QWEN3_4B_BASE, _QWEN3_8B_BASE, _LLAMA_8B_BASE, _NEMO_BASE),
}
"""Of each need the one to start with first. raw: weights before chat tuning, for continued pre-training."""

_NEEDS: dict[str, tuple[Need, ...]] = {
    "classification": ("structured", "multilingual"),
    "extraction": ("structured",),
    "style": ("first", "general"),
    "code": ("code",),
    "dialogue": ("first", "general"),
    "reasoning": ("reasoning", "first"),
    "generation": ("first", "general"),
    "multi_task": ("general", "large"),
    "questions_about_documents": ("general",),
}
"""Tasks of the readiness check, and what they need."""


def choices_for(need: str) -> tuple[BaseModel, ...]:
    """Models for a task as `readiness.task` says it, or for a need; the one to start with first."""
    return _models(_needs(need))


def suggested(recipe: Recipe) -> tuple[BaseModel, ...]:
    """Models to choose from for a recipe: its own, those for the same need, and the tiny one to try it."""
    base = recipe.model.base
    needs = _needs("raw" if recipe.method.kind == "cpt" else recipe.readiness.task)
    if base not in (model.id for model in _models(needs)):
        needs = [need for need in CHOICES if _holds(need, base)][:1] or needs
    rest = [model for model in _models(sorted(needs, key=lambda need: not _holds(need, base))) if model.id != base]
    own = known(base)
    return tuple(dict.fromkeys([*([own] if own else []), *rest, TINY]))


def _needs(named: str) -> Sequence[Need]:
    of_task = _NEEDS.get(named)
    return of_task or tuple(need for need in CHOICES if need == named) or _NEEDS["generation"]


def _models(needs: Sequence[Need]) -> tuple[BaseModel, ...]:
    return tuple(dict.fromkeys(model for need in needs for model in CHOICES[need]))


def _holds(need: Need, base: str) -> bool:
    return any(model.id == base for model in CHOICES[need])


def settings_for(base: str, adapter: str) -> dict[str, Any]:
    """What a recipe whose adapter is of a kind needs changed for another base.

    The tiny one is there to try a recipe without a GPU, and 4-bit weights need one.
    """
    four_bit = adapter == "qlora" and base == TINY.id
    return {"model.base": base} | ({"adapter.kind": "lora"} if four_bit else {})


def known(base: str) -> BaseModel | None:
    """What is known of a base by its id; None for another."""
    everyone = {model.id: model for models in CHOICES.values() for model in models} | {TINY.id: TINY}
    return everyone.get(base)
