"""What a forward and a backward pass hold, in bytes for each token.

A block holds tensors of four widths: the residual stream's (hidden), the query heads' together (queries), the key
heads' (keys; the values have the same), and the feed-forward's. How many bytes of each are held at the highest is
counted from what each backend saves for its backward pass, and checked against measured peaks
(tests/recorded/memory-*.jsonl): on Llama shapes the peaks are linear in tokens, and these whole numbers give their
slopes to 1%. What transformers saves of the other families is counted on the CPU (tests/journeys/test_saved.py).
"""

from dataclasses import dataclass

from engine.forecast.shape import ModelShape
from engine.forecast.trained import Backend


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes for each unit of each width and each token of a block."""

    hidden: float
    queries: float
    keys: float
    feed_forward: float

    def per_token(self, shape: ModelShape) -> float:
        """Bytes for one token in one block of a model."""
        dense = self.hidden * shape.hidden + self.queries * shape.queries + self.keys * shape.keys
        routed = 2 * shape.hidden * shape.active_experts  # each expert that a token goes through gets a copy of it
        return dense + routed + self.feed_forward * shape.active_width + 4 * shape.heads

    def __add__(self, other: "Held") -> "Held":
        return Held(
            self.hidden + other.hidden, self.queries + other.queries, self.keys + other.keys,
            self.feed_forward + other.feed_forward,
        )  # fmt: skip

    def scaled(self, factor: float) -> "Held":
        """The same in another element size."""
        return Held(*(factor * part for part in (self.hidden, self.queries, self.keys, self.feed_forward)))


@dataclass(frozen=True, slots=True)
class Passes:
    """What the passes through one block hold."""

    kept: Held
    """Saved in the forward pass for the backward pass of the same block."""
    highest: Held
    """At the highest of a block's backward pass, what is saved of it included."""
    without_gradients: Held
    """At the highest of a block's forward pass when nothing is saved."""


_UNSLOTH = Passes(
    # norms save their 2-byte output, attention q, k, v and its output, the feed-forward its two halves
    kept=Held(6, 4, 4, 4),
    # + the block's input on its way from host memory, gradients, and the product of both halves with its gradient
    highest=Held(16, 4, 4, 12),
    without_gradients=Held(10, 0, 0, 6),
)

_HF_NARROW = Passes(
    # norms save their input in 32 bit (2 x 4) and give 16 bit (2 x 2); the feed-forward saves four tensors
    kept=Held(12, 4, 4, 8),
    # + the residual's gradient (2) and those of both halves (2 x 2)
    highest=Held(14, 4, 4, 12),
    without_gradients=Held(8, 0, 0, 8),
)

_HF_WIDE = Passes(
    # adapters in 32 bit: each of seven layers has its own 16-bit copy of its input, and five a 32-bit one
    kept=Held(38, 6, 4, 8),
    highest=Held(38, 10, 4, 14),
    without_gradients=Held(12, 0, 0, 12),
)

_FULL = Passes(
    # norms are trained and so save their normalised input too (2 x 2)
    kept=Held(16, 4, 4, 8),
    highest=Held(18, 4, 4, 12),
    without_gradients=Held(8, 0, 0, 8),
)


def passes(backend: Backend, shape: ModelShape, *, adapter_bytes: float, full: bool, element_bytes: int) -> Passes:
    """What a backend's blocks hold. `adapter_bytes`: of a trained parameter; `element_bytes`: of a base weight.

    Full training has been measured on no GPU yet: its numbers are what transformers saves.
    """
    wide = adapter_bytes > element_bytes
    if full:
        found, more = _FULL, _more_of_full(shape)
    elif backend == "unsloth":
        found, more = _UNSLOTH, _more_of_unsloth(shape)
    else:
        found, more = (_HF_WIDE if wide else _HF_NARROW), _more_of_hf(shape, wide=wide)
    factor = element_bytes / 2
    return Passes(
        (found.kept + more).scaled(factor), (found.highest + more).scaled(factor),
        found.without_gradients.scaled(factor),
    )  # fmt: skip


def _more_of_hf(shape: ModelShape, *, wide: bool) -> Held:
    """What transformers saves of other families than Llama: each norm more its input in 32 bit, those of queries and
    keys too; Phi 3's joined layers have their outputs cut up, and three inputs less to copy.
    """
    heads = 4.0 if shape.qk_norm else 0.0
    norms = Held(4.0 * (shape.layer_norms - 2), heads, heads, 0)
    if not shape.fused:
        return norms
    return norms + (Held(-16, 0, 2, 0) if wide else Held(0, 4, 2, 0))


def _more_of_full(shape: ModelShape) -> Held:
    """The same where norms are trained: they save their normalised input too, Gemma's in 32 bit."""
    each = 8.0 if shape.family.startswith("gemma") else 6.0
    heads = each if shape.qk_norm else 0.0
    norms = Held(each * (shape.layer_norms - 2) + 2 * (each - 6), heads, heads, 0)
    return norms + (Held(0, 4, 2, 0) if shape.fused else Held(0, 0, 0, 0))


def _more_of_unsloth(shape: ModelShape) -> Held:
    """Its kernels save 16 bit for each norm more. Families other than Llama have been measured on no GPU yet."""
    heads = 2.0 if shape.qk_norm else 0.0
    return Held(2.0 * (shape.layer_norms - 2), heads, heads, 0)


def attention_bytes(shape: ModelShape, rows: int, width: int, backend: Backend, *, masked: bool) -> int:
    """What attention holds beyond its inputs and outputs, in one block.

    transformers' mask for padded or packed rows is (rows, 1, width, width), a byte each, and as a 16-bit bias; with a
    mask the keys and values are also copied to as many heads as there are queries. Unsloth needs none of it: padding
    stands behind all that is trained. A model with attention sinks (gpt-oss) has no fast kernel in transformers: its
    scores are built as a whole, (rows, heads, width, width), before and after the softmax and with a gradient.
    """
    if backend == "unsloth":
        return 0
    scores = 3 * 2 * rows * shape.heads * width * width if shape.sinks else 0
    if not masked:
        return scores
    return scores + 3 * rows * width * width + 4 * (shape.queries - shape.keys) * rows * width
