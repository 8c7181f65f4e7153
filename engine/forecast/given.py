"""What the loader gives out in an epoch, by each method, and whether that is the trainer's own count."""

from typing import TYPE_CHECKING

from engine.recipe import PREFERENCE, Recipe
from engine.situation import DataFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

PAIRED = ("dpo", "orpo")
"""Methods whose rows are two answers."""

ESTIMATED = "lengths are estimated from characters: `ttune data audit` counts them"
SAMPLED = "steps are exact, tokens the most that there can be: nobody knows how long the sampled answers will be"


def given_out(recipe: Recipe, data: DataFacts) -> "tuple[Ints, Ints]":
    """(sequences,) twice: width in tokens of what the loader gives out in an epoch, and tokens that are counted of it.

    A pair of answers is as wide as its longer one, and both are counted; kto takes pairs apart.
    """
    import numpy as np

    from engine.steps.plan import sequences

    assert data.lengths is not None
    if recipe.method.kind in PREFERENCE and data.rejected is not None:
        better, worse = _answers(recipe, data, data.rejected)
        if len(better) and recipe.method.kind == "kto":
            apart = np.stack([better, worse], axis=1).ravel()
            return apart, apart
        if len(better):
            return np.maximum(better, worse), better + worse
    lengths = data.lengths
    if data.trained is not None:
        kept = lengths[data.trained > 0]
        lengths = kept if len(kept) else lengths
    given = sequences(lengths, recipe).lengths
    return given, given * 2 if recipe.method.kind in PAIRED else given


def _answers(recipe: Recipe, data: DataFacts, rejected: "NDArray[np.int32]") -> "tuple[Ints, Ints]":
    """Tokens of the better and the worse answers that are learned from.

    Both share a prompt: where something of the better one is left behind it, something of the worse one is too. Of
    the same answer twice dpo and orpo learn nothing.
    """
    import numpy as np

    assert data.lengths is not None
    longest = recipe.training.max_length
    kept = rejected > 0
    if data.trained is not None:
        kept &= data.trained > 0
    if data.alike is not None and recipe.method.kind in PAIRED:
        kept &= ~data.alike
    better, worse = (it[kept].clip(max=longest).astype(np.int64) for it in (data.lengths, rejected))
    return better, worse


def why_about(recipe: Recipe, data: DataFacts) -> str:
    """Why steps and tokens are not the trainer's own count, in one line; "" where they are."""
    if not data.exact or data.lengths is None or data.trained is None:
        return ESTIMATED
    if recipe.method.kind == "grpo":
        return _why_about_prompts(recipe, data)
    return _why_about_lengths(recipe, data) or _why_about_pairs(recipe, data)


def _why_about_lengths(recipe: Recipe, data: DataFacts) -> str:
    """Whether the lengths say what is left of each row at the recipe's length."""
    assert data.lengths is not None
    length, longest = recipe.training.max_length, int(data.lengths.max(initial=0))
    if recipe.method.kind in PREFERENCE and data.rejected is not None:
        longest = max(longest, int(data.rejected.max(initial=0)))
    if data.counted_at is None:  # no row was cut
        known = longest <= length or recipe.method.kind == "cpt"
    else:
        known = length == data.counted_at and recipe.method.kind != "cpt"
    return "" if known else f"nobody has counted what is left of rows at {length} tokens: `ttune data audit` does"


def _why_about_pairs(recipe: Recipe, data: DataFacts) -> str:
    if recipe.method.kind not in PAIRED:
        return ""
    if data.rejected is None:
        return f"the rows are no pairs of answers, which {recipe.method.kind} learns from"
    if data.alike is None:
        return "some pairs may hold the same answer twice once they are cut, and are left out then"
    return ""


def _why_about_prompts(recipe: Recipe, data: DataFacts) -> str:
    """Prompts that leave no room for an answer are left out: they must not be cut below that."""
    room = recipe.training.max_length - recipe.method.grpo.max_new_tokens
    if data.counted_at is not None and data.counted_at <= room:
        return f"nobody has counted which prompts leave room for answers at {recipe.training.max_length} tokens"
    return SAMPLED
