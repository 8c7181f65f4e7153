"""What is trained of the model."""

from typing import Literal

from engine.recipe.section import Section, setting, several

LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The seven linear layers of a Llama-shaped block."""

TARGET_GROUPS = {
    "attention": ("q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj"),
    "mlp": ("gate_proj", "up_proj", "down_proj", "gate_up_proj"),
}
"""Groups of layers; the last of each are what Phi-3 has in the place of several. `all` is both."""

_SMALL = {"adapter.kind": ("lora", "qlora")}


class Adapter(Section):
    """The small matrices that are trained while the base model stays as it is; or all of it (full)."""

    kind: Literal["lora", "qlora", "full"] = "lora"
    """lora: the base in 16 bit (32 on a CPU). qlora: the base in 4 bit. full: every weight is trained, almost never
    worth it.

    qlora saves 33-60% of the memory, is about 39% slower and costs 1-5% of quality.
    """
    rank: int = setting(16, advice="8 … 64", ge=1, le=1024, when=_SMALL)
    """Width of the adapter: 8 for simple classification or format, 16-32 for most, 64 for a strong change."""
    alpha: float = setting(16, advice="r or 2r", gt=0, le=10_000, when=_SMALL)
    """The adapter's effect is scaled by alpha / rank (alpha / sqrt(rank) with `rslora`)."""
    dropout: float = setting(0.0, unit="share", advice="0, or 0.05 … 0.1 when overfitting", ge=0, lt=1, when=_SMALL)
    """Share of adapter inputs dropped in training; 0 keeps Unsloth's fast path."""
    targets: tuple[str, ...] = several(("all",), min_length=1, when=_SMALL)
    """Layers that get an adapter: `all` seven linear ones, `attention` (faster, slightly worse), `mlp`, or names such
    as `q_proj`."""
    also_train: tuple[Literal["embed_tokens", "lm_head"], ...] = several((), when=_SMALL)
    """Layers trained as a whole beside the adapter: for new tokens or another language. Costs their size in 16 bit and
    twice that in optimiser states."""
    rslora: bool = setting(False, when=_SMALL)
    """Scale by alpha / sqrt(rank), so that high ranks still learn."""
    dora: bool = setting(False, when=_SMALL)
    """Train direction and size of the weights apart: better at low ranks, slower, and outside Unsloth's fast path."""
    init: Literal["default", "pissa"] = setting("default", when=_SMALL)
    """default: the adapter starts without effect. pissa: from the strongest directions of the weights; learns faster,
    takes longer to load."""


def layer_names(targets: tuple[str, ...], there: frozenset[str]) -> tuple[str, ...]:
    """Names of the layers that targets stand for, of those that a model has (`there`).

    A name that is no group stands for itself, also where the model has no such layer.
    """
    wanted: list[str] = []
    for target in targets:
        groups = tuple(TARGET_GROUPS) if target == "all" else (target,) if target in TARGET_GROUPS else ()
        names = [name for group in groups for name in TARGET_GROUPS[group] if name in there] if groups else [target]
        wanted += names
    return tuple(dict.fromkeys(wanted))
