"""How many parameters a recipe trains, and how they are held."""

from dataclasses import dataclass
from typing import Literal

from engine.forecast.shape import Linear, ModelShape
from engine.recipe import Recipe, layer_names

Backend = Literal["unsloth", "hf"]

_QUANT_BLOCK = 64
"""Weights that share a scale in NF4 (Dettmers et al. 2023, QLoRA, section 3)."""
_NESTED_BLOCK = 256
"""Scales that share one of 32 bit when they are quantised too (double quantisation)."""
_STATE_BLOCK = 256
"""Optimiser states that share two scales of 32 bit (bitsandbytes' block-wise 8-bit optimisers)."""

NF4_BYTES = 0.5 + (1 + 4 / _NESTED_BLOCK) / _QUANT_BLOCK
"""Bytes of one 4-bit weight with its share of the scales: 0.516."""
STATE_BYTES_8BIT = 2 * (1 + 4 / _STATE_BLOCK)
"""Bytes of both moments of one parameter in 8 bit."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What is trained, and in which types."""

    adapter: int
    """Parameters of the adapter; 0 for full training."""
    whole: int
    """Parameters of layers trained as a whole beside the adapter, which are copied; with full training all of them."""
    of_embeddings: int
    """How many of `whole` are an embedding's: bitsandbytes keeps their optimiser states in 32 bit."""
    weight_bytes: float
    """Bytes of one trained parameter."""
    full: bool = False

    @property
    def parameters(self) -> int:
        """All that is trained."""
        return self.adapter + self.whole

    @property
    def copied_bytes(self) -> int:
        """Memory of what training adds to the weights: the adapter, and copies of whole layers."""
        return 0 if self.full else round(self.parameters * self.weight_bytes)

    @property
    def gradient_bytes(self) -> int:
        """Gradients have the type of what they are of."""
        return round(self.parameters * self.weight_bytes)

    def state_bytes(self, optimiser: str) -> int:
        """AdamW's two moments: 32-bit ones of bitsandbytes, torch's in the parameters' type, or 8-bit ones."""
        if optimiser in ("adamw_8bit", "paged_adamw_8bit"):
            small = self.parameters - self.of_embeddings
            return round(small * STATE_BYTES_8BIT + 8 * self.of_embeddings)
        each = 8.0 if optimiser == "paged_adamw" else 2 * self.weight_bytes
        return round(each * self.parameters)


def trained_of(recipe: Recipe, shape: ModelShape, backend: Backend, element_bytes: int) -> Trained:
    """What a recipe trains of a model. `element_bytes`: of the base's 16- or 32-bit weights."""
    adapter = recipe.adapter
    if adapter.kind == "full":
        held = 4 if recipe.training.precision == "fp16" else element_bytes
        return Trained(0, shape.parameters - shape.vision, shape.embedding, held, full=True)
    whole = len(set(adapter.also_train))
    if shape.tied:
        whole = min(whole, 1)
    embeddings = shape.embedding if "embed_tokens" in adapter.also_train else 0
    # trl holds adapters of quantised models in bf16; peft and Unsloth hold the others in 32 bit
    small = adapter.kind == "qlora" and backend == "hf" and recipe.training.precision != "fp16"
    return Trained(
        adapter=adapter_parameters(recipe, shape), whole=whole * shape.embedding, of_embeddings=embeddings,
        weight_bytes=min(element_bytes, 2) if small else 4,
    )  # fmt: skip


def adapter_parameters(recipe: Recipe, shape: ModelShape) -> int:
    """rank x (inputs + outputs) for each adapted layer (Hu et al. 2021, LoRA, section 4); DoRA adds its magnitudes."""
    adapter = recipe.adapter
    names = set(layer_names(adapter.targets, frozenset(layer.name for layer in shape.linears)))
    head = Linear("lm_head", shape.hidden, shape.vocabulary, False, 1)
    return sum(
        layer.blocks * (adapter.rank * (layer.inputs + layer.outputs) + (layer.outputs if adapter.dora else 0))
        for layer in (*shape.linears, head)
        if layer.name in names
    )


def weight_bytes(recipe: Recipe, shape: ModelShape, element_bytes: int, backend: Backend) -> int:
    """Memory of the base model's weights: 4-bit linear layers where the recipe says qlora, all else as it is.

    Experts are stacked tensors: bitsandbytes quantises linear layers alone, Unsloth experts too.
    """
    if recipe.adapter.kind == "full":
        held = 4 if recipe.training.precision == "fp16" else element_bytes
        return shape.parameters * held
    if recipe.adapter.kind != "qlora":
        return shape.parameters * element_bytes
    small = shape.linear_weights + (shape.expert_weights if backend == "unsloth" else 0)
    return round(small * NF4_BYTES) + (shape.parameters - small) * element_bytes
