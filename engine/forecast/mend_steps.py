"""Changes that save memory and keep the effective batch: kinds of them, the least painful first."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.forecast.memory import Situated
from engine.method_limits import KTO_ROWS
from engine.recipe import Recipe
from engine.recipe.training import MOST_ACCUMULATION

Settings = Mapping[str, Any]
Step = tuple[Settings, str]
"""Settings by dotted key, and what they change in words."""

_LENGTHS = (8192, 6144, 4096, 3072, 2048, 1536, 1024, 768, 512)
_LEAST_RANK, _LEAST_ANSWER = 8, 32


def ladder(recipe: Recipe, situated: Situated, *, unsloth: bool) -> list[list[Step]]:
    """Kinds of change; of each the smallest first. `unsloth`: whether that backend could run the recipe."""
    kinds = (
        _backend(situated, unsloth=unsloth),
        _precision(recipe),
        list(_batches(recipe)),
        _checkpointing(recipe, situated),
        _optimiser(recipe),
        _adapter(recipe),
        list(_ranks(recipe)),
        list(_answers(recipe) if recipe.method.kind == "grpo" else _lengths(recipe, situated)),
    )
    return [kind for kind in kinds if kind]


def _backend(situated: Situated, *, unsloth: bool) -> list[Step]:
    if unsloth and situated.backend == "hf":
        return [({"hardware.backend": "unsloth"}, "unsloth: less memory, and faster")]
    return []


def _precision(recipe: Recipe) -> list[Step]:
    if recipe.training.precision == "fp32":
        return [({"training.precision": "auto"}, "16-bit numbers, as the model was made with")]
    return []


def _batches(recipe: Recipe) -> Iterator[Step]:
    training = recipe.training
    fewest = KTO_ROWS if recipe.method.kind == "kto" else 1
    for rows in range(training.micro_batch - 1, fewest - 1, -1):
        accumulation = training.accumulation * training.micro_batch // rows
        if training.micro_batch % rows == 0 and accumulation <= MOST_ACCUMULATION:
            words = "the same effective batch in smaller pieces: a little slower"
            yield {"training.micro_batch": rows, "training.accumulation": accumulation}, words


def _checkpointing(recipe: Recipe, situated: Situated) -> list[Step]:
    now = recipe.training.gradient_checkpointing
    if now == "unsloth" or (now == "plain" and situated.backend == "hf"):
        return []
    return [({"training.gradient_checkpointing": "unsloth"}, "activations are computed again: about 30% slower")]


def _optimiser(recipe: Recipe) -> list[Step]:
    if recipe.training.optimiser not in ("adamw", "paged_adamw"):
        return []
    return [
        ({"training.optimiser": "adamw_8bit"}, "optimiser states in 8 bit: a quarter of the memory"),
        ({"training.optimiser": "paged_adamw_8bit"}, "8-bit optimiser states that move to host memory"),
    ]


def _adapter(recipe: Recipe) -> list[Step]:
    begun = {"adapter.init": "default"} if recipe.adapter.init == "pissa" else {}
    four_bit = ({"adapter.kind": "qlora", **begun}, "the base in 4 bit: about 39% slower, 1-5% of quality")
    if recipe.adapter.kind == "full":
        return [({"adapter.kind": "lora"}, "a small adapter in the place of every weight"), four_bit]
    return [four_bit] if recipe.adapter.kind == "lora" else []


def _ranks(recipe: Recipe) -> Iterator[Step]:
    """Halved, with the same alpha / rank."""
    adapter = recipe.adapter
    rank = adapter.rank // 2
    while adapter.kind != "full" and not recipe.model.adapter and rank >= _LEAST_RANK:
        settings = {"adapter.rank": rank, "adapter.alpha": adapter.alpha * rank / adapter.rank}
        yield settings, "a smaller adapter, its scale unchanged"
        rank //= 2


def _lengths(recipe: Recipe, situated: Situated) -> Iterator[Step]:
    longest = min(situated.training.width, recipe.training.max_length)
    for length in _LENGTHS:
        if length < longest:
            yield {"training.max_length": length}, f"rows longer than {length} tokens lose their end"


def _answers(recipe: Recipe) -> Iterator[Step]:
    """Shorter answers, with the same room for prompts."""
    asked = recipe.method.grpo.max_new_tokens
    room, answer = recipe.training.max_length - asked, asked // 2
    while room > 0 and answer >= _LEAST_ANSWER:
        yield (
            {"method.grpo.max_new_tokens": answer, "training.max_length": room + answer},
            f"answers longer than {answer} tokens are cut off",
        )
        answer //= 2
