"""What the output layer and the loss hold: neither backend builds all logits at once."""

import math

from engine.forecast.shape import ModelShape
from engine.forecast.trained import Backend

_TRL_TOKENS, _TRL_VOCABULARY = 4096, 32_768
"""trl 1.15 computes logits in tiles of so many tokens and words, in 16 bit (trl/kernels/chunked_logprob.py)."""
_UNSLOTH_TILE_BYTES = 256 << 20
_UNSLOTH_TILED_FROM = 4096
"""From so many trained tokens on unsloth_zoo 2026.10 goes through a frozen output layer in tiles of 256 MiB."""
_UNSLOTH_MOST_ROWS, _UNSLOTH_LEAST_ROWS = 4096, 512
_UNSLOTH_LEAST_LOGITS = 512 * 151_936
"""Else in chunks of rows (unsloth_zoo/fused_losses/fused_linear.py), 32-bit logits of all words for each."""


def loss_bytes(shape: ModelShape, tokens: int, trained: int, backend: Backend, *, head_trained: bool) -> int:
    """Memory at the loss, beyond what the blocks keep.

    `tokens`: that go through the model at once; `trained`: those that carry loss, for which alone logits are computed.
    """
    hidden = shape.hidden
    last = 6 * tokens * hidden  # the last norm's input in 32 bit and its output
    if backend == "unsloth":
        head = 4 * shape.embedding if head_trained else 0  # its gradient is summed in 32 bit
        return last + 4 * trained * hidden + _unsloth_logits(shape, trained, head_trained=head_trained) + head
    tile = 2 * min(trained, _TRL_TOKENS) * min(shape.vocabulary, _TRL_VOCABULARY)
    head = 6 * shape.embedding if head_trained else 0  # its gradient is summed in 32 bit, then rounded to 16
    return last + 8 * trained * hidden + tile + head


def _unsloth_logits(shape: ModelShape, trained: int, *, head_trained: bool) -> int:
    if trained >= _UNSLOTH_TILED_FROM and not head_trained:
        return _UNSLOTH_TILE_BYTES
    words = shape.vocabulary
    least = min(max(_power_of_two(_UNSLOTH_LEAST_LOGITS / words), _UNSLOTH_LEAST_ROWS), _UNSLOTH_MOST_ROWS)
    rows = min(max(_power_of_two(trained * shape.hidden / words), least), _UNSLOTH_MOST_ROWS, max(1, trained))
    return 4 * rows * words


def _power_of_two(number: float) -> int:
    """The greatest power of two up to a number; 1 below 1."""
    return 1 << max(0, math.floor(math.log2(max(number, 1.0))))
