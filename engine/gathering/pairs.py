"""Which pairs of answers are the same answer twice: training leaves those out, since there is nothing to choose."""

from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from engine.data.dataset import Dataset
from engine.data.example import Conversation, Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 20_000
"""Pairs of one length that are read: about a second."""


def alike(dataset: Dataset, counts: Any, cut_at: int) -> "NDArray[np.bool_] | None":
    """(train,): whether a training row's two answers are the same tokens; None where that is not sure of every row.

    `counts`: of the training rows, as an audit that cut them at `cut_at` tokens left them. Only answers of as many
    tokens can be the same; of these the texts decide.
    """
    import numpy as np

    found = np.zeros(len(counts), dtype=np.bool_)
    numbers = np.flatnonzero((counts["tokens"] == counts["rejected"]) & (counts["trained"] > 0)).tolist()
    if len(numbers) > _MOST:
        return None
    places = dataset.split.train.array[numbers].tolist()
    for number, example in zip(numbers, dataset.examples.at(places), strict=True):
        tokens, trained = (int(counts[name][number]) for name in ("tokens", "trained"))
        same = _same(example, trained if tokens >= cut_at else None)
        if same is None:
            return None
        found[number] = same
    return found


def _same(example: Example, left: int | None) -> bool | None:
    """Whether both answers of a pair are the same; None where tokens alone would tell.

    `left`: tokens that a cut left of them, each at least a byte of text; None where nothing was cut.
    """
    better, worse = example.conversation[-len(example.rejected) :], example.rejected
    if better == worse:
        return True
    ours, theirs = _bare(better), _bare(worse)
    if ours == theirs:
        return None
    if left is None:
        return False
    one_turn = len(better) == len(worse) == 1
    return False if one_turn and _common_bytes(ours, theirs) < left else None


def _bare(turns: Conversation) -> str:
    """A text without what chat templates take off and tokenizers may fold: blanks around it, forms of letters."""
    return "\0".join(normalize("NFKC", turn.content).casefold().strip() for turn in turns)


def _common_bytes(one: str, other: str) -> int:
    """Bytes at the beginning that two texts have in common, at most."""
    same = next((at for at, (ours, theirs) in enumerate(zip(one, other, strict=False)) if ours != theirs), None)
    return 4 * (min(len(one), len(other)) if same is None else same)
