"""A model's shape: its sizes, and which weights follow from them."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear layer that every block has."""

    name: str
    inputs: int
    outputs: int
    bias: bool
    blocks: int
    """How many blocks have it."""

    @property
    def weights(self) -> int:
        """Weights in one block, without the bias."""
        return self.inputs * self.outputs


@dataclass(frozen=True, slots=True)
class Latent:
    """Attention whose queries, keys and values go through narrow layers (DeepSeek's MLA), with widths of one head."""

    queries: int
    """Width of the narrow layer that queries go through; 0 where they go straight."""
    keys: int
    """The same of keys and values together."""
    plain: int
    turned: int
    """Parts of a query's and a key's head without and with positions."""
    values: int

    @property
    def norms(self) -> int:
        """Weights of the norms of narrow layers."""
        return self.queries + self.keys


@dataclass(frozen=True)
class ModelShape:
    """Sizes of a decoder-only model."""

    family: str
    """config.json's `model_type` of the text model."""
    known: bool
    """Whether this family's layout is known; else it is taken for Llama's, since the weight files say so."""
    hidden: int
    blocks: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    """Width of the feed-forward layers of a dense block."""
    vocabulary: int
    tied: bool
    """Whether the output layer is the embedding."""
    native_length: int
    """Positions that the model was made for, with the RoPE scaling of its own config; 0 where nothing says."""
    window: int | None = None
    """Tokens that sliding-window layers look back; None without such layers."""
    softcap: float | None = None
    """Soft cap of attention scores (Gemma 2), which takes them off the fast attention kernels."""
    layer_norms: int = 2
    qkv_bias: bool = False
    o_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    fused: bool = False
    """Phi 3: q, k, v are one layer, and gate and up another."""
    joined: bool = False
    """GLM: gate and up alone are one layer."""
    latent: Latent | None = None
    sinks: bool = False
    experts: int = 0
    """Experts in a block; 0 for dense models."""
    active_experts: int = 0
    """Experts that a token goes through."""
    expert_width: int = 0
    shared_width: int = 0
    shared_gate: bool = False
    expert_bias: bool = False
    dense_blocks: int = 0
    """Blocks of a mixture-of-experts model that have a dense feed-forward instead."""
    four_bit: bool = False
    """Whether the files hold 4-bit weights of bitsandbytes already."""
    vision: int = 0
    """Parameters of the part that sees pictures, which is loaded with the rest and not trained."""

    @property
    def queries(self) -> int:
        """Width of all query heads together."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Width of all key heads together; values have the same."""
        return self.kv_heads * self.head_dim

    @property
    def active_width(self) -> int:
        """Feed-forward width that one token goes through in the widest block."""
        if not self.experts:
            return self.feed_forward
        sparse = self.active_experts * self.expert_width + self.shared_width
        return max(sparse, self.feed_forward if self.dense_blocks else 0)

    @cached_property
    def linears(self) -> tuple[Linear, ...]:
        """The linear layers of the blocks: what an adapter is put on and what 4 bit quantises. Experts are none."""
        return (*self._attention(), *self._feed_forward())

    def _attention(self) -> tuple[Linear, ...]:
        q, kv, hidden, blocks = self.queries, self.keys, self.hidden, self.blocks
        if self.latent:
            return self._through_latent(self.latent)
        out = Linear("o_proj", q, hidden, self.o_bias, blocks)
        if self.fused:
            return Linear("qkv_proj", hidden, q + 2 * kv, self.qkv_bias, blocks), out
        return (
            Linear("q_proj", hidden, q, self.qkv_bias, blocks), Linear("k_proj", hidden, kv, self.qkv_bias, blocks),
            Linear("v_proj", hidden, kv, self.qkv_bias, blocks), out,
        )  # fmt: skip

    def _through_latent(self, latent: Latent) -> tuple[Linear, ...]:
        hidden, blocks, bias = self.hidden, self.blocks, self.o_bias
        queries: tuple[Linear, ...] = (Linear("q_proj", hidden, self.queries, False, blocks),)
        if latent.queries:
            queries = (
                Linear("q_a_proj", hidden, latent.queries, bias, blocks),
                Linear("q_b_proj", latent.queries, self.queries, False, blocks),
            )
        return (
            *queries,
            Linear("kv_a_proj_with_mqa", hidden, latent.keys + latent.turned, bias, blocks),
            Linear("kv_b_proj", latent.keys, self.heads * (latent.plain + latent.values), False, blocks),
            Linear("o_proj", self.heads * latent.values, hidden, bias, blocks),
        )

    def _feed_forward(self) -> tuple[Linear, ...]:
        dense = self.dense_blocks if self.experts else self.blocks
        sparse = self.blocks - dense
        widths = ((self.feed_forward, dense), (self.shared_width, sparse))
        return tuple(
            layer for width, blocks in widths if width and blocks for layer in self._gated(width, blocks)
        )  # fmt: skip

    def _gated(self, width: int, blocks: int) -> tuple[Linear, ...]:
        down = Linear("down_proj", width, self.hidden, self.mlp_bias, blocks)
        if self.fused or self.joined:
            return Linear("gate_up_proj", self.hidden, 2 * width, self.mlp_bias, blocks), down
        up = (Linear(name, self.hidden, width, self.mlp_bias, blocks) for name in ("gate_proj", "up_proj"))
        return *up, down

    @cached_property
    def linear_weights(self) -> int:
        """Weights of all linear layers of the blocks."""
        return sum(layer.weights * layer.blocks for layer in self.linears)

    @cached_property
    def expert_weights(self) -> int:
        """Weights of all experts, biases included: stacked tensors, not linear layers."""
        matrices = 3 * self.hidden * self.expert_width
        biases = 2 * self.expert_width + self.hidden if self.expert_bias else 0
        return (self.blocks - self.dense_blocks) * self.experts * (matrices + biases)

    @property
    def embedding(self) -> int:
        """Weights of the embedding; the output layer has as many where it is not tied."""
        return self.vocabulary * self.hidden

    @cached_property
    def small(self) -> int:
        """Norms, biases, routers and sinks."""
        biases = sum(layer.outputs * layer.blocks for layer in self.linears if layer.bias)
        of_heads = (2 * self.head_dim if self.qk_norm else 0) + (self.latent.norms if self.latent else 0)
        norms = self.blocks * (self.layer_norms * self.hidden + of_heads)
        router = self.experts * (self.hidden + (1 if self.expert_bias else 0)) if self.experts else 0
        gate = self.hidden if self.shared_gate else 0
        sinks = self.blocks * self.heads if self.sinks else 0
        return biases + norms + self.hidden + sinks + (self.blocks - self.dense_blocks) * (router + gate)

    @cached_property
    def parameters(self) -> int:
        """All parameters, each counted once."""
        heads = 1 if self.tied else 2
        return self.linear_weights + self.expert_weights + heads * self.embedding + self.small + self.vision

    @cached_property
    def active_parameters(self) -> int:
        """Parameters that one token goes through: all but idle experts and the embedding's table."""
        idle = self.expert_weights * (1 - self.active_experts / self.experts) if self.experts else 0
        return round(self.linear_weights + self.expert_weights - idle + self.embedding + self.small)
