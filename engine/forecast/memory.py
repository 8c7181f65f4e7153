"""Peak memory of a run by part: the highest of its phases.

    load < forward and backward, optimiser step, evaluation, sampling answers (grpo)

Parts that stay (weights, adapter, optimiser states, what CUDA itself takes) are in every phase; activations and the
loss's are those of the phase that is highest. Figures are checked against measured peaks: tests/bench/forecast.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.forecast.activations import Passes, attention_bytes, passes
from engine.forecast.given import PAIRED
from engine.forecast.loss import loss_bytes
from engine.forecast.rows import Widest, padded
from engine.forecast.shape import ModelShape
from engine.forecast.trained import Backend, Trained, trained_of, weight_bytes
from engine.forecast.types import Memory
from engine.recipe import Recipe

PARTS = (
    "weights", "adapter", "reference", "gradients", "optimiser", "step_copy", "activations", "loss", "evaluation",
    "sampling", "allocator", "context",
)  # fmt: skip
"""In the order in which they are told; those of 0 bytes are left out. `step_copy`: what torch's AdamW holds of its
parameters' size for as long as its step takes, beside the states that stay."""

_CONTEXT_BYTES: Mapping[Backend, int] = {"hf": 760 << 20, "unsloth": 800 << 20}
"""CUDA's context with the kernels that are loaded: NVML's figure less torch's, measured on an H100 with CUDA 13."""
_UNSLOTH_BUFFERS_BYTES = 32 << 20
"""What Unsloth holds from loading on, beyond weights: measured for 1B and 8B shapes alike."""

_SPLIT_SHARE: Mapping[Backend, float] = {"hf": 0.18, "unsloth": 0.03}
"""Memory that torch's allocator has taken and cannot use, as a share of what comes and goes: its blocks are split by
tensors of other sizes. Unsloth turns on expandable segments, which barely split."""
_SPLIT_SHARE_UNPACKED = 0.25
"""The same where layers of 4 bit are unpacked on the way: 18% to 31% were measured."""
_SPLIT_SHARE_KEPT = 0.03
"""The same without checkpointing, where tensors stay instead of coming and going."""
_SPLIT_SHARE_HELD = 0.01
"""Of what stays, in the allocator's rounding to blocks of 2 and 20 MiB."""

_OFFLOAD_FROM_LENGTH = 512
"""Below this max_length Unsloth checkpoints without moving activations to host memory."""
_OFFLOAD_FROM_BYTES = 2 << 20
"""Smaller tensors stay on the GPU."""


@dataclass(frozen=True, slots=True)
class Situated:
    """What memory depends on beside recipe and shape."""

    backend: Backend
    training: Widest
    evaluation: Widest | None = None
    masked: bool = True
    """Whether batches hold padding or packed rows, for which transformers builds a mask."""
    element_bytes: int = 2
    """Of 16- or 32-bit weights."""
    workspace_bytes: int = 32 << 20
    """cuBLAS's workspace; the forward and the backward thread have one each."""


def peak_memory(recipe: Recipe, shape: ModelShape, situated: Situated) -> Memory:
    """The peak by part, as NVML sees it; host memory for what is moved there."""
    if shape.four_bit and recipe.adapter.kind == "lora":  # the base decides
        recipe = recipe.model_copy(update={"adapter": recipe.adapter.model_copy(update={"kind": "qlora"})})
    return _Forecast(recipe, shape, situated).memory()


class _Forecast:
    """One recipe's phases."""

    def __init__(self, recipe: Recipe, shape: ModelShape, situated: Situated) -> None:
        self._recipe = recipe
        self._shape = shape
        self._at = situated
        self._trained: Trained = trained_of(recipe, shape, situated.backend, situated.element_bytes)
        self._passes: Passes = passes(
            situated.backend, shape, adapter_bytes=self._trained.weight_bytes, full=self._trained.full,
            element_bytes=situated.element_bytes,
        )  # fmt: skip
        self._checkpointing = checkpointing_of(recipe, situated.backend)

    def memory(self) -> Memory:
        held, phases = self._held(), self._phases()
        phase = max(phases, key=lambda name: sum(phases[name].values()))
        parts = held | phases[phase]
        transient = {name: size for name, size in phases[phase].items() if name != "gradients"}
        parts["allocator"] = round(
            self._split_share() * sum(transient.values()) + _SPLIT_SHARE_HELD * sum(held.values())
        ) + 2 * self._at.workspace_bytes  # fmt: skip
        parts["context"] = _CONTEXT_BYTES[self._at.backend]
        return Memory({name: parts[name] for name in PARTS if parts.get(name)}, phase, self._on_host())

    def _split_share(self) -> float:
        if self._checkpointing == "off":
            return _SPLIT_SHARE_KEPT
        unpacked = self._at.backend == "hf" and self._recipe.adapter.kind == "qlora"
        return _SPLIT_SHARE_UNPACKED if unpacked else _SPLIT_SHARE[self._at.backend]

    def _held(self) -> dict[str, int]:
        """What stays from the first step on."""
        recipe, trained = self._recipe, self._trained
        weights = weight_bytes(recipe, self._shape, self._at.element_bytes, self._at.backend)
        return {
            "weights": weights + (self._unsloth_buffers() if self._at.backend == "unsloth" else 0),
            "adapter": trained.copied_bytes,
            "reference": self._reference(weights),
            "optimiser": trained.state_bytes(recipe.training.optimiser),
        }

    def _unsloth_buffers(self) -> int:
        """A 16-bit copy of the largest 4-bit layer, into which each is unpacked in turn."""
        return _UNSLOTH_BUFFERS_BYTES + (self._unpacked() if self._recipe.adapter.kind == "qlora" else 0)

    def _unpacked(self) -> int:
        """The largest linear layer in the type that is computed in."""
        return max(layer.weights for layer in self._shape.linears) * self._at.element_bytes

    def _reference(self, weights: int) -> int:
        """What dpo and kto are measured against: a fresh adapter switched off costs nothing, a full model is copied."""
        if self._recipe.method.kind not in ("dpo", "kto"):
            return 0
        if self._trained.full:
            return weights
        begun = bool(self._recipe.model.adapter) or self._recipe.adapter.init == "pissa"
        return self._trained.copied_bytes if begun else 0

    def _phases(self) -> dict[str, dict[str, int]]:
        found = {"training": self._training(), "optimiser step": self._optimiser_step()}
        if self._at.evaluation is not None:
            found["evaluation"] = {"evaluation": self._without_gradients(self._at.evaluation)}
        if self._recipe.method.kind == "grpo":
            found["sampling"] = {"sampling": self._sampling()}
        return found

    def _training(self) -> dict[str, int]:
        """The higher of two moments, both with what checkpoints keep: at the loss, and in a block's backward pass."""
        tokens, shape = self._batch().tokens, self._shape
        kept, attention = self._kept(tokens), self._attention()
        trained, head = self._batch().trained, self._head_trained()
        loss = loss_bytes(shape, tokens, trained, self._at.backend, head_trained=head)
        block = self._block(tokens)
        gradients = self._trained.gradient_bytes
        if block + attention >= loss:
            return {"gradients": gradients, "activations": kept + attention + block, "loss": 0}
        return {"gradients": gradients, "activations": kept, "loss": loss}

    def _block(self, tokens: int) -> int:
        """The highest of one block's backward pass, beyond what is kept of it already."""
        passes, shape = self._passes, self._shape
        highest = tokens * passes.highest.per_token(shape)
        if self._checkpointing == "off":
            return round(highest - tokens * passes.kept.per_token(shape) if highest else 0)
        if self._recipe.adapter.kind == "qlora" and self._at.backend == "hf":
            # where the unpacked layer is there, the gradients of the feed-forward's halves are not yet
            before = tokens * 2 * shape.active_width
            return round(max(highest, highest - before + self._unpacked()))
        return round(highest) + self._head_waits()

    def _head_waits(self) -> int:
        """A tied output layer's gradient waits for the embedding's, to which it is added: seen with transformers."""
        waits = self._trained.full and self._shape.tied and self._at.backend == "hf"
        return 2 * self._shape.embedding if waits else 0

    def _kept(self, tokens: int) -> int:
        """What all blocks keep for the backward pass."""
        shape, size = self._shape, self._at.element_bytes
        if self._checkpointing == "off":
            return round(shape.blocks * tokens * self._passes.kept.per_token(shape))
        stream = size * tokens * shape.hidden
        if self._checkpointing == "unsloth" and stream > _OFFLOAD_FROM_BYTES:
            return 2 * stream  # one is on its way from host memory while the other is used
        return shape.blocks * stream

    def _on_host(self) -> int:
        stream = self._at.element_bytes * self._batch().tokens * self._shape.hidden
        moved = self._checkpointing == "unsloth" and stream > _OFFLOAD_FROM_BYTES
        return self._shape.blocks * stream if moved else 0

    def _batch(self) -> Widest:
        """What goes through the model at once: pairs of answers are two rows."""
        batch = self._at.training
        if self._recipe.method.kind in PAIRED:
            return Widest(2 * batch.rows, batch.width, 2 * batch.trained)
        return batch

    def _attention(self) -> int:
        batch = self._batch()
        return attention_bytes(self._shape, batch.rows, batch.width, self._at.backend, masked=self._at.masked)

    def _head_trained(self) -> bool:
        return self._trained.full or "lm_head" in self._recipe.adapter.also_train

    def _optimiser_step(self) -> dict[str, int]:
        """torch's AdamW goes through all parameters at once and holds one more of their size; bitsandbytes does not."""
        gradients = self._trained.gradient_bytes
        return {"gradients": gradients, "step_copy": gradients if self._recipe.training.optimiser == "adamw" else 0}

    def _without_gradients(self, batch: Widest) -> int:
        pair = 2 if self._recipe.method.kind in PAIRED else 1
        tokens = pair * batch.tokens
        block = tokens * self._passes.without_gradients.per_token(self._shape)
        if self._recipe.adapter.kind == "qlora" and self._at.backend == "hf":
            block += self._unpacked()
        loss = loss_bytes(self._shape, tokens, pair * batch.trained, self._at.backend, head_trained=False)
        return round(max(block, loss))

    def _sampling(self) -> int:
        """GRPO samples a whole step's answers at once: a cache of keys and values, and the logits of one token each."""
        recipe, shape = self._recipe, self._shape
        rows = recipe.training.micro_batch * recipe.training.accumulation
        width = padded(self._at.training.width)
        cache = 2 * shape.blocks * shape.keys * rows * width * self._at.element_bytes
        grown = cache // shape.blocks  # a block's cache is copied when it grows
        return cache + grown + 3 * 4 * rows * shape.vocabulary


def checkpointing_of(recipe: Recipe, backend: Backend) -> str:
    """How activations are checkpointed: Unsloth's way is Unsloth's alone, and not worth it for short rows."""
    asked = recipe.training.gradient_checkpointing
    if asked == "unsloth" and (backend == "hf" or padded(recipe.training.max_length) < _OFFLOAD_FROM_LENGTH):
        return "plain"
    return asked
