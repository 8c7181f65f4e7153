"""The adapter: its rank, scale, dropout and what it is put on."""

import math

from engine.advice.case import SMALL_ROWS, Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.forecast import missing_targets
from engine.forecast.targets import layers_of
from engine.recipe import TARGET_GROUPS, layer_names

SIMPLE_RANK, SIMPLE_MOST = 8, 16
MOST_RANK = 64
_OF_BLOCKS = frozenset(name for group in TARGET_GROUPS.values() for name in group)
"""Names of the layers of blocks, whatever joins them."""
MOST_DROPOUT = 0.1
LARGE_SCALE = 8.0
"""alpha / sqrt(rank) of rank 64 with alpha = rank, the largest that the guide's defaults give."""


@rule("full_seldom", "warns", "adapter.kind", "guide §3: full fine-tuning almost never; §6: 70B 420+ GB, LoRA 140+")
def full_seldom(case: Case) -> Found | None:
    """Training every weight takes several times the memory, forgets more, and leaves a whole model to serve instead of
    an adapter. For narrow tasks an adapter reaches the same."""
    if not case.full or case.tiny:
        return None
    rate = {"training.learning_rate": None} if case.imitates else {}
    return Found("Every weight of the base is trained.", {"adapter.kind": "lora", **rate})


@rule("rank_simple_task", "notes", "adapter.rank", "guide §3: 8 for simple classification or format")
def rank_simple_task(case: Case) -> Found | None:
    """A narrow task needs few directions; what a higher rank has to spare it spends on learning rows by heart."""
    rank = case.recipe.adapter.rank
    if case.full or case.task != "classification" or rank <= SIMPLE_MOST:
        return None
    return Found(f"Rank {rank} for a classification: {SIMPLE_RANK}-{SIMPLE_MOST} do.", _ranked(case, SIMPLE_MOST))


@rule("rank_high", "warns", "adapter.rank", "guide §3: 64 for strong change, above rarely helps")
def rank_high(case: Case) -> Found | None:
    """The adapter's size and cost grow linearly with its rank, and above 64 its quality rarely does."""
    rank = case.recipe.adapter.rank
    if case.full or rank <= MOST_RANK:
        return None
    return Found(f"Rank {rank}: above {MOST_RANK} it rarely helps.", _ranked(case, MOST_RANK))


@rule("alpha_off", "warns", "adapter.alpha", "guide §3: alpha = r or 2r, the effect is scaled by alpha/r")
def alpha_off(case: Case) -> Found | None:
    """alpha / rank multiplies what the adapter adds, and so the rate: far from 1 or 2 no advice on rates holds."""
    adapter = case.recipe.adapter
    ratio = adapter.alpha / adapter.rank
    if case.full or adapter.rslora or 1 <= ratio <= 2:
        return None
    return Found(
        f"alpha {adapter.alpha:g} at rank {adapter.rank} scales the adapter by {ratio:.3g}, usual are 1 and 2.",
        {"adapter.alpha": adapter.rank * (1 if ratio < 1 else 2)},
    )


@rule("rslora_scale", "notes", "adapter.alpha", "guide §3: alpha/sqrt(r) with rank-stabilised LoRA")
def rslora_scale(case: Case) -> Found | None:
    """With rslora the effect is alpha / sqrt(rank), so that 2r, which is fine without it, is far too much."""
    adapter = case.recipe.adapter
    scale = adapter.alpha / math.sqrt(adapter.rank)
    if case.full or not adapter.rslora or scale <= LARGE_SCALE:
        return None
    better = max(1, math.floor(LARGE_SCALE * math.sqrt(adapter.rank)))
    return Found(f"With rslora the adapter is scaled by {scale:.3g}.", {"adapter.alpha": better})


@rule("dropout_high", "warns", "adapter.dropout", "guide §3: 0, or 0.05-0.1 when overfitting")
def dropout_high(case: Case) -> Found | None:
    """Above a tenth dropout slows learning more than it keeps from learning by heart."""
    dropout = case.recipe.adapter.dropout
    if case.full or dropout <= MOST_DROPOUT:
        return None
    return Found(f"{dropout:.0%} of the adapter's inputs are dropped; 5-10% are enough.", {"adapter.dropout": 0.05})


@rule("dropout_slow", "notes", "adapter.dropout", "guide §3: dropout 0 is Unsloth's fast path")
def dropout_slow(case: Case) -> Found | None:
    """Unsloth's fused kernels do without dropout: with it each layer takes the slow path."""
    dropout = case.recipe.adapter.dropout
    enough = case.rows is None or case.rows >= SMALL_ROWS
    if case.full or not 0 < dropout <= MOST_DROPOUT or not case.by_unsloth or not enough:
        return None
    return Found(
        f"Dropout {dropout:g} leaves Unsloth's fast path.",
        {"adapter.dropout": None},
    )


@rule("dropout_small_set", "notes", "adapter.dropout", "guide §3: 0.05-0.1 for small sets; §4: remedies")
def dropout_small_set(case: Case) -> Found | None:
    """On a small set that is seen more than twice, some dropout keeps the adapter from learning rows by heart."""
    rows = case.examples
    if rows is None or rows >= SMALL_ROWS or case.passes <= 2:
        return None
    if case.full or case.tiny or case.recipe.adapter.dropout > 0:
        return None
    return Found(f"{rows} rows are seen {case.times} without dropout.", {"adapter.dropout": 0.05})


@rule("dora_slow", "notes", "adapter.dora", "guide §3: variants, gains of 3-5% reported on maths")
def dora_slow(case: Case) -> Found | None:
    """DoRA takes the size of every weight column in each step, for which Unsloth has no kernels: transformers and peft
    run it, and are about half as fast."""
    if case.full or not case.recipe.adapter.dora or case.recipe.hardware.backend == "hf" or not case.situation.unsloth:
        return None
    return Found("With DoRA Unsloth's fast path cannot be taken.", {"adapter.dora": None})


@rule("pissa_quantised", "blocks", "adapter.init", "guide §3: variants")
def pissa_quantised(case: Case) -> Found | None:
    """PiSSA takes the strongest directions out of the weights; those of a base in 4 bit cannot be changed so."""
    adapter = case.recipe.adapter
    if adapter.init != "pissa" or adapter.kind != "qlora":
        return None
    return Found("PiSSA changes weights that qlora holds in 4 bit.", {"adapter.init": None})


@rule("pissa_conflict", "blocks", "adapter.init", "guide §3: variants")
def pissa_conflict(case: Case) -> Found | None:
    """PiSSA decides where an adapter begins: one that goes on from another has begun already, and DoRA begins in its
    own way."""
    adapter, begun = case.recipe.adapter, case.recipe.model.adapter
    if case.full or adapter.init != "pissa" or not (adapter.dora or begun):
        return None
    return Found(f"PiSSA does not go with {'model.adapter' if begun else 'DoRA'}.", {"adapter.init": None})


@rule("targets_partial", "notes", "adapter.targets", "guide §3: all seven linear layers; attention only slightly worse")
def targets_partial(case: Case) -> Found | None:
    """What a model knows lies mostly in its feed-forward layers (mlp), and where it looks in those of its attention:
    with an adapter on one of the two alone it learns a little faster and a little worse."""
    targets = case.recipe.adapter.targets
    there = frozenset(layers_of(case.shape)) if case.shape is not None else _OF_BLOCKS
    adapted = set(layer_names(targets, there)) & _OF_BLOCKS
    halves = sum(bool(adapted & set(group)) for group in TARGET_GROUPS.values())
    whole = adapted == set(layer_names(("all",), there)) & _OF_BLOCKS
    if case.full or case.recipe.model.adapter or halves > 1 or whole or not (adapted or targets == ("lm_head",)):
        return None
    gets = "gets" if len(targets) == 1 else "get"
    return Found(f"Only {', '.join(targets)} {gets} an adapter.", {"adapter.targets": None})


@rule("targets_missing", "blocks", "adapter.targets", "the layers of the base, by its config.json")
def targets_missing(case: Case) -> Found | None:
    """An adapter is put on layers by their names: training stops at a name that no layer of the base has."""
    if case.shape is None or not (missing := missing_targets(case.recipe, case.shape)):
        return None
    there = ", ".join(layers_of(case.shape))
    left = [name for name in case.recipe.adapter.targets if name in TARGET_GROUPS or name not in missing]
    return Found(
        f"No layer of this model is called {', '.join(missing)}: there are {there}.",
        {"adapter.targets": left or None},
    )


@rule("lm_head_unread", "blocks", "adapter.targets", "guide §3: all seven linear layers")
def lm_head_unread(case: Case) -> Found | None:
    """Preference training and sampling read the output layer's weights themselves, so an adapter on it would not be
    trained."""
    if case.full or case.imitates or "lm_head" not in case.recipe.adapter.targets:
        return None
    left = [name for name in case.recipe.adapter.targets if name != "lm_head"]
    return Found(f"{case.method} would not train an adapter on lm_head.", {"adapter.targets": left or None})


def _ranked(case: Case, rank: int) -> dict[str, float]:
    """Settings for another rank with the same scale, within what is usual."""
    adapter = case.recipe.adapter
    if adapter.rslora:
        return {
            "adapter.rank": rank,
            "adapter.alpha": max(1, math.floor(adapter.alpha * math.sqrt(rank / adapter.rank))),
        }
    ratio = 2 if adapter.alpha >= 2 * adapter.rank else 1
    return {"adapter.rank": rank, "adapter.alpha": rank * ratio}
