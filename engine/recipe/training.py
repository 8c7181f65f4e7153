"""How the training goes."""

from typing import Literal

from engine.recipe.section import MOST_SEED, Section, setting

MOST_STEPS = 10_000_000
MOST_ACCUMULATION = 65_536
_RATE, _LENGTH, _BATCH, _CHECK = "Rate", "Length and batch", "Memory", "Checkpoints"


class Training(Section):
    """How the training goes."""

    learning_rate: float = setting(1e-4, advice="LoRA 5e-5 … 3e-4, QLoRA 1e-4 … 5e-4", gt=0, le=1, group=_RATE)
    """Peak step size of the optimiser."""
    schedule: Literal["cosine", "linear", "constant"] = setting("cosine", group=_RATE)
    """How the rate falls after the warm-up. Never constant but for tests."""
    warmup: float = setting(
        0.1, unit="share of steps, or steps", advice="0.03 … 0.1, 5 … 10", ge=0, le=MOST_STEPS, group=_RATE
    )
    """How long the rate rises from 0: below 1 a share of the run, from 1 a number of steps."""
    optimiser: Literal["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"] = setting("adamw_8bit", group=_RATE)
    """8-bit states take a quarter of the memory; paged ones move to host memory when it is short. Without a GPU plain
    adamw is taken instead, and said."""
    weight_decay: float = setting(0.01, ge=0, lt=1, group=_RATE)
    """Pull of the weights towards 0."""
    max_grad_norm: float = setting(1.0, gt=0, le=1_000_000, group=_RATE)
    """Gradients longer than this are shortened to it."""
    epochs: float = setting(3, advice="1 … 3", gt=0, le=1000, group=_LENGTH)
    """Times that every training row is seen."""
    max_steps: int | None = setting(None, unit="steps", ge=1, le=MOST_STEPS, group=_LENGTH)
    """End after this many optimiser steps, whatever the epochs; empty: the epochs decide."""
    micro_batch: int = setting(4, unit="rows", advice="1 … 16", ge=1, le=4096, group=_LENGTH)
    """Rows that go through the model at once; the main lever on memory."""
    accumulation: int = setting(4, unit="micro-batches", ge=1, le=MOST_ACCUMULATION, group=_LENGTH)
    """Micro-batches whose gradients are added up for one step; effective batch = micro_batch x accumulation."""
    max_length: int = setting(2048, unit="tokens", ge=8, le=10_000_000, group=_LENGTH)
    """Longer rows lose their end."""
    packing: bool = setting(False, group=_LENGTH)
    """Put several short rows into one of max_length tokens, each seeing only itself: no padding, fewer steps."""
    order: Literal["by_length", "random", "given"] = setting("by_length", group=_LENGTH)
    """by_length: rows of like length share a micro-batch, which saves padding, and the longest come first, so that
    memory runs short at once or never. random. given: as in the data, for a curriculum."""
    seed: int = setting(3407, ge=0, le=MOST_SEED, group=_LENGTH)
    """Decides the order of rows and the adapter's start."""
    precision: Literal["auto", "bf16", "fp16", "fp32"] = setting("auto", group=_BATCH)
    """auto: bf16 where the GPU has it, else fp16; fp32 on a CPU."""
    gradient_checkpointing: Literal["unsloth", "plain", "off"] = setting("unsloth", group=_BATCH)
    """Recompute activations instead of keeping them: about 30% slower, far less memory. unsloth: also moves what is
    kept to host memory; plain where another backend runs. Not used on a CPU."""
    rope_scaling: Literal["auto", "linear", "yarn", "off"] = setting("auto", group=_BATCH)
    """Positions beyond the model's own length. auto: linear, by max_length / the model's own, and only where it is
    exceeded. off: leave it to the model."""
    evaluate_every: float = setting(
        0.1, unit="share of steps, or steps", advice="0.05 … 0.2", gt=0, le=MOST_STEPS, group=_CHECK
    )
    """Measure validation loss this often: below 1 a share of the run, from 1 a number of steps."""
    save_every: float | None = setting(None, unit="share of steps, or steps", gt=0, le=MOST_STEPS, group=_CHECK)
    """Save a checkpoint this often; empty: at each evaluation. Else a multiple of evaluate_every, since the best
    checkpoint is chosen by evaluations."""
    keep_checkpoints: int = setting(2, unit="checkpoints", ge=1, le=1000, group=_CHECK)
    """The best and the newest ones; older ones are removed."""
    patience: int = setting(0, unit="evaluations", advice="3", ge=0, le=1000, group=_CHECK)
    """Stop early after this many evaluations without a better one; 0: never."""
